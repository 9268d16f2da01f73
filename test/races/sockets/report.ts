import type { Played } from "./play.ts";

/** A table: for each race and kind how many rounds, how many that broke a promise, how long the final took, and what won how often. */
export function table(played: readonly Played[]): string {
  const groups = grouped(played, ({ race, kind }) => `${race}: ${kind}`);
  const rows = [...groups]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, of]) => row(name, of));
  const titles = ["race", "rounds", "violations", "median", "p99", "what won"];
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...rows.map((cells) => cells[column]?.length ?? 0)),
  );
  const isText = (column: number) => column === 0 || column === titles.length - 1;
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd();
  return `${[titles, ...rows].map(line).join("\n")}\n`;
}

function grouped(
  played: readonly Played[],
  nameOf: (one: Played) => string,
): ReadonlyMap<string, readonly Played[]> {
  const groups = new Map<string, Played[]>();
  for (const one of played) {
    const name = nameOf(one);
    const group = groups.get(name);
    if (group) group.push(one);
    else groups.set(name, [one]);
  }
  return groups;
}

function row(name: string, played: readonly Played[]): readonly string[] {
  const latencies = played.flatMap(({ latency }) => latency ?? []).sort((a, b) => a - b);
  const quantile = (share: number) =>
    latencies.length === 0 ? "" : `${latencies[Math.floor(share * (latencies.length - 1))]?.toFixed(1)} ms`;
  const won = [...grouped(played, ({ what }) => what)]
    .filter(([what]) => what !== "")
    .map(([what, { length }]) => `${what} ${length}`)
    .sort()
    .join("; ");
  const bad = played.filter(({ wrongs }) => wrongs.length > 0).length;
  return [name, `${played.length}`, `${bad}`, quantile(0.5), quantile(0.99), won];
}

/** A round that broke a promise, as a story, and how to play it again. `more` is what else the command must say. */
export function storyOf({ race, kind, seed, wrongs, story }: Played, more = ""): string {
  const again = `npm run races:sockets -- --race ${race} --kind "${kind}" --seed ${seed} --again --rounds 100${more}`;
  return `VIOLATION in ${race}: ${kind}\n${wrongs.map((wrong) => `  ${wrong}\n`).join("")}${story.map((line) => `    ${line}\n`).join("")}  again: ${again}\n`;
}

import type { Evidence } from "./evidence.ts";
import { type Found, judgeCalls, judgeCensus, judgeGhosts, Runs } from "./judge.ts";
import type { People } from "./people.ts";
import { probe } from "./probe.ts";
import { quiet } from "./quiet.ts";
import type { Report } from "./report.ts";
import type { ServerProcess } from "./server-process.ts";

/** What is left when there are no more faults, and half of the phones are gone; what must not be left is noted as wrong. */
export async function finalLooks(
  people: People,
  server: ServerProcess,
  evidence: Evidence,
  { isFaultless, wasKilled }: { readonly isFaultless: boolean; readonly wasKilled: boolean },
): Promise<Pick<Report, "excused" | "stuckForks" | "ghosts" | "forsaken">> {
  const { place, phones } = people;
  const { runs } = evidence;
  const wrongs = (all: readonly string[]) => {
    for (const wrong of all) evidence.wrong(wrong);
  };

  const here = phones.filter(({ goal }) => goal === "awake");
  const census = await quiet(place, here, server);
  wrongs(here.filter(({ isThere }) => !isThere).map(({ name }) => `${name} cannot register`));
  wrongs(judgeCensus(census));
  if (census.open > 0) evidence.wrong(`${census.open} forks are open when all should be over`);
  const before = judgeGhosts(census, runs, wasKilled);
  wrongs(await probe(people));
  const after = judgeGhosts(await server.census(), new Runs(), false);
  wrongs(after.violations.map((ghost) => `${ghost}, also after a send`));
  const judged = judgeCalls({ calls: place.calls.values(), messages: place.messages, runs, isFaultless });
  wrongs(before.violations);
  wrongs(judged.violations);
  if (isFaultless)
    for (const [what, times] of Object.entries(evidence.counts))
      if (/ 5\d\d$/.test(what)) evidence.wrong(`${times} times ${what}, without a fault`);
  return {
    excused: joined(before, judged),
    stuckForks: census.stuck.length,
    ghosts: after.violations.length,
    forsaken: census.forsaken,
  };
}

function joined(...all: readonly Found[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const { excused } of all)
    for (const [what, times] of Object.entries(excused)) sum[what] = (sum[what] ?? 0) + times;
  return sum;
}

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { coverage } from "./coverage.ts";
import { dice } from "./dice.ts";
import { type Exploration, exploration, explore, type Finding, timeOf } from "./explore.ts";
import { MAX_INPUT } from "./mutate.ts";
import { SHAPES } from "./shapes.ts";
import { MAX_MS, type Target } from "./target.ts";

// `npm run fuzz`: hostile shapes against the clock, then mutants guided by coverage, for as long as asked.

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    target: { type: "string", default: "" },
    file: { type: "string" },
  },
});

/** How long one target is explored before the next one's turn comes, in ms. */
const TURN = 2_000;
/** What may be kept for ever beside the inputs, in octets: caches that have an end. */
const MAX_GROWTH = 16 * 2 ** 20;

const say = (text: string) => process.stdout.write(`${text}\n`);

/** Has every shape in every place of every target, and answers what takes too long. */
async function timed(targets: readonly Target[]): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  const slow: { ms: number; where: string }[] = [];
  for (const target of targets) {
    for (const { name, of } of SHAPES) {
      for (const [index, place] of target.places.entries()) {
        const input = place(of(MAX_INPUT)).slice(0, MAX_INPUT);
        const finding = await tooSlow(target, input, (ms) =>
          slow.push({ ms, where: `${target.name}: ${name}, place ${index}` }),
        );
        if (finding !== undefined && !found.some(({ target: other }) => other === target))
          found.push(finding);
      }
    }
  }
  slow.sort((a, b) => b.ms - a.ms);
  say(`${slow.length} hostile shapes of ${MAX_INPUT} octets; the slowest:`);
  for (const { ms, where } of slow.slice(0, 5)) say(`  ${ms.toFixed(1).padStart(6)} ms  ${where}`);
  return found;
}

/** What is wrong with an input, its time told. */
async function tooSlow(
  target: Target,
  input: string,
  told: (ms: number) => void,
): Promise<Finding | undefined> {
  try {
    const ms = await timeOf(target, input);
    told(ms);
    return ms > MAX_MS ? { target, input, error: new Error(`took ${ms.toFixed()} ms`) } : undefined;
  } catch (error) {
    return { target, input, error };
  }
}

/** Octets of the heap that are in use by more than the inputs. */
function heap(explorations: readonly Exploration[]): number {
  globalThis.gc?.();
  const kept = explorations.flatMap(({ corpus, slowest }) => [...corpus, slowest.input]);
  return process.memoryUsage().heapUsed - kept.reduce((sum, { length }) => sum + length, 0);
}

function report({ target, input, error }: Finding): void {
  say(`\nFOUND by "${target.name}": ${error instanceof Error ? error.stack : String(error)}`);
  say(`  ${input.length} octets: ${JSON.stringify(input.slice(0, 400))}${input.length > 400 ? "…" : ""}`);
  const file = `.tmp/fuzz/${createHash("sha256").update(input).digest("hex").slice(0, 12)}`;
  writeFileSync(file, input, "latin1");
  say(`  again: npm run fuzz -- --target "${target.name}" --file ${file}`);
}

// What runs is counted block by block only if it is loaded behind this.
const blocks = coverage((url) => url.includes("/.tmp/fuzz/targets-"));
const { TARGETS } = await import("./targets.ts");
const targets = TARGETS.filter(({ name }) => name.includes(values.target));
const found: Finding[] = [];

if (values.file !== undefined) {
  const input = readFileSync(values.file, "latin1");
  for (const target of targets) {
    try {
      say(`${target.name}: ${(await timeOf(target, input)).toFixed(1)} ms`);
    } catch (error) {
      found.push({ target, input, error });
    }
  }
} else {
  const seed = Number(values.seed);
  say(`seed ${seed}, ${targets.length} targets, ${values.seconds} s`);
  found.push(...(await timed(targets)));
  await explored(targets.map(exploration), seed, Date.now() + Number(values.seconds) * 1_000);
}

for (const finding of found) report(finding);
process.exit(found.length > 0 ? 1 : 0);

async function explored(explorations: readonly Exploration[], seed: number, until: number): Promise<void> {
  const known = new Set<string>();
  const heaps: number[] = [];
  const broken = new Set<Target>();
  for (let round = 0; Date.now() < until; round++) {
    for (const [index, each] of explorations.entries()) {
      if (broken.has(each.target)) continue;
      const end = Math.min(until, Date.now() + TURN);
      const finding = await explore(
        each,
        dice(seed + round * explorations.length + index),
        () => Date.now() < end,
        blocks,
        known,
      );
      heaps.push(heap(explorations));
      if (finding === undefined) continue;
      found.push(finding);
      broken.add(each.target);
    }
  }
  const runs = explorations.reduce((sum, each) => sum + each.runs, 0);
  const [slowest] = explorations.toSorted((a, b) => b.slowest.ms - a.slowest.ms);
  say(
    `${runs} runs, ${known.size} blocks, ${explorations.reduce((sum, { corpus }) => sum + corpus.length, 0)} inputs kept`,
  );
  say(
    `slowest: ${slowest?.slowest.ms.toFixed(1)} ms, ${slowest?.slowest.input.length} octets, "${slowest?.target.name}"`,
  );
  // The first turns load code and fill caches.
  const [first = 0, ...later] = heaps.slice(Math.floor(heaps.length / 3));
  const growth = (later.at(-1) ?? first) - first;
  const each = growth / Math.max(1, later.length);
  say(
    `memory: ${(each / 1024).toFixed(1)} KiB a turn over ${later.length} turns, ${(growth / 2 ** 20).toFixed(1)} MiB in all`,
  );
  if (growth > MAX_GROWTH) throw new Error(`memory grew by ${growth} octets`);
}

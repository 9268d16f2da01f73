import type { Coverage } from "./coverage.ts";
import type { Dice } from "./dice.ts";
import { mutate } from "./mutate.ts";
import { shrunk } from "./shrink.ts";
import { kindOf, MAX_MS, type Target } from "./target.ts";

/** An input that must not be. */
export interface Finding {
  readonly target: Target;
  readonly input: string;
  readonly error: unknown;
}

/** A target that is being explored: what inputs led anywhere, and what came of all. */
export interface Exploration {
  readonly target: Target;
  /** The seeds, and mutants that ran code that none before them did. */
  readonly corpus: string[];
  runs: number;
  slowest: { ms: number; input: string };
}

/** So many at a time: V8 counts what has run in no time, and takes 20 ms to tell. */
const BATCH = 512;
const MAX_CORPUS = 256;
/** Long inputs are slow, and say little more. In octets. */
const MAX_KEPT = 4_096;

export function exploration(target: Target): Exploration {
  return { target, corpus: [...target.seeds], runs: 0, slowest: { ms: 0, input: "" } };
}

/**
 * Runs mutants of the corpus as long as `goesOn` says so, in batches. With `coverage`, those that run code for the first time join
 * the corpus; `known` are the blocks that have been run. Answers what is found, shrunk.
 */
export async function explore(
  exploration: Exploration,
  dice: Dice,
  goesOn: (runs: number) => boolean,
  coverage?: Coverage,
  known: Set<string> = new Set(),
): Promise<Finding | undefined> {
  const { corpus } = exploration;
  coverage?.take();
  for (let runs = 0; goesOn(runs); runs += BATCH) {
    const batch = Array.from({ length: BATCH }, () => mutant(corpus, dice));
    for (const input of batch) {
      const found = await tried(exploration, input);
      if (found !== undefined) return found;
    }
    if (coverage !== undefined && isNew(coverage.take(), known)) {
      for (const input of await leading(exploration.target, batch, coverage, known))
        keep(corpus, input, dice);
    }
  }
  return undefined;
}

/** Those inputs of a batch that run what is not known, and no more of them than it takes: by halves, since counting takes long. */
async function leading(
  target: Target,
  batch: readonly string[],
  coverage: Coverage,
  known: Set<string>,
): Promise<readonly string[]> {
  const found: string[] = [];
  const half = Math.ceil(batch.length / 2);
  for (const part of [batch.slice(0, half), batch.slice(half)]) {
    for (const input of part) await target.run(input);
    const blocks = coverage.take();
    if (!isNew(blocks, known)) continue;
    if (part.length > 1) found.push(...(await leading(target, part, coverage, known)));
    else found.push(...part);
    for (const block of blocks.keys()) known.add(block);
  }
  return found;
}

function mutant(corpus: readonly string[], dice: Dice): string {
  const [one = "", other = ""] = [corpus[dice.below(corpus.length)], corpus[dice.below(corpus.length)]];
  return mutate(one, other, dice);
}

/** Runs the input; answers what is wrong with it. */
async function tried(exploration: Exploration, input: string): Promise<Finding | undefined> {
  const { target } = exploration;
  exploration.runs++;
  try {
    const ms = await timeOf(target, input);
    if (ms > exploration.slowest.ms) exploration.slowest = { ms, input };
    return ms > MAX_MS ? { target, input, error: new Error(`took ${ms.toFixed()} ms`) } : undefined;
  } catch (error) {
    const kind = kindOf(error);
    const least = await shrunk(input, async (text) => kindOf(await failure(target, text)) === kind);
    return { target, input: least, error: (await failure(target, least)) ?? error };
  }
}

async function failure(target: Target, input: string): Promise<unknown> {
  try {
    await target.run(input);
    return undefined;
  } catch (error) {
    return error;
  }
}

/**
 * How long the target takes for the input, in ms, by the clock or the processor, whichever says less, since others use the machine,
 * too; if that is long, the best of some times.
 */
export async function timeOf(target: Target, input: string): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let times = 0; times < 6 && best > MAX_MS / 4; times++) {
    const [from, used] = [performance.now(), process.cpuUsage()];
    await target.run(input);
    const ms = performance.now() - from;
    const { user, system } = process.cpuUsage(used);
    best = Math.min(best, ms, (user + system) / 1_000);
  }
  return best;
}

function isNew(blocks: ReadonlyMap<string, number>, known: ReadonlySet<string>): boolean {
  for (const block of blocks.keys()) if (!known.has(block)) return true;
  return false;
}

/** The corpus has an end: a new one takes the place of some other. */
function keep(corpus: string[], input: string, dice: Dice): void {
  if (input.length > MAX_KEPT) return;
  // A copy: a part of a string keeps all of it in memory.
  const copy = Buffer.from(input, "latin1").toString("latin1");
  if (corpus.length < MAX_CORPUS) corpus.push(copy);
  else corpus[dice.below(corpus.length)] = copy;
}

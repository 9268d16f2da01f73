import { cancel } from "./cancel.ts";
import type { Transport } from "./line.ts";
import type { Kind, Race } from "./race.ts";
import type { RacePhone } from "./race-phone.ts";
import { reconnect } from "./reconnect.ts";
import { PEOPLE, Round, userOf } from "./round.ts";
import type { Server } from "./server.ts";
import { vanish } from "./vanish.ts";
import { wake } from "./wake.ts";

export const RACES: readonly Race[] = [reconnect, vanish, cancel, wake];

/** The kind of this name, or those with this in their names. */
export function kindsOf({ kinds }: Race, wanted: string): readonly Kind[] {
  const exact = kinds.filter(({ name }) => name === wanted);
  return exact.length > 0 ? exact : kinds.filter(({ name }) => name.includes(wanted));
}

/** What is to be played. */
export interface Plan {
  readonly race: Race;
  readonly rounds: number;
  /** Of the first round; the others' follow from it. */
  readonly seed: number;
  /** Whether all rounds have that seed. */
  readonly again: boolean;
  /** See `kindsOf`. */
  readonly kind: string;
  /** How many rounds are played at a time. */
  readonly atOnce: number;
  readonly transport: Transport;
}

/** What a round came to. */
export interface Played {
  readonly race: string;
  readonly kind: string;
  readonly seed: number;
  /** What broke a promise; empty if nothing did. */
  readonly wrongs: readonly string[];
  readonly story: readonly string[];
  /** Of a round that went well; see `Outcome`. */
  readonly what: string;
  readonly latency: number | undefined;
}

/** Whom the server must know for so many rounds. */
export function* usersOf(rounds: number): Generator<string> {
  for (let round = 0; round < rounds; round++) for (const person of PEOPLE) yield userOf(person, round);
}

/** After so many violations no more rounds are played: it is clear by then. */
const ENOUGH = 200;

/** Plays the rounds, whose users are those of the numbers from `first` on. */
export async function play(server: Server, plan: Plan, first = 0): Promise<readonly Played[]> {
  const { race, rounds, kind, atOnce } = plan;
  const kinds = kindsOf(race, kind);
  if (kinds.length === 0) throw new Error(`no race "${race.name}" has a kind "${kind}"`);
  const played: Played[] = [];
  const callers: RacePhone[] = [];
  let next = 0;
  let violations = 0;
  const worker = async () => {
    while (next < rounds && violations < ENOUGH) {
      const number = next++;
      const outcome = await one(server, plan, kinds, callers, number, first + number);
      played.push(outcome);
      if (outcome.wrongs.length > 0) violations++;
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, rounds) }, worker));
  for (const caller of callers) caller.die("destroyed");
  return played;
}

async function one(
  server: Server,
  { race, seed, again, transport }: Plan,
  kinds: readonly Kind[],
  callers: RacePhone[],
  number: number,
  users: number,
): Promise<Played> {
  const round = new Round(server, transport, again ? seed : seedOf(seed, number), users, callers);
  const { name, play: run } = round.dice.pick(kinds);
  let what = "";
  let latency: number | undefined;
  try {
    ({ what, latency } = await run(round));
  } catch (error) {
    round.wrongs.push(error instanceof Error ? error.message : String(error));
  } finally {
    round.end();
  }
  const { wrongs, story } = round;
  return { race: race.name, kind: name, seed: round.seed, wrongs, story, what, latency };
}

/** The first round's is the seed itself: so it is told again alone. */
function seedOf(seed: number, number: number): number {
  return (seed + Math.imul(number, 0x9e3779b1)) >>> 0;
}

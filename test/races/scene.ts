import { aWorld } from "./a-world.ts";
import { aCaller, type Caller } from "./caller.ts";
import { wrongAtRest, wrongInTheEnd } from "./invariants.ts";
import { aPhone, type Phone, type PhoneTraits } from "./phone.ts";
import { type Choose, inOrder } from "./schedule.ts";
import type { World, WorldOptions } from "./world.ts";

/** Who plays. */
export interface Cast {
  readonly world: World;
  readonly caller: Caller;
  /** Bob's, and nobody else's at first. */
  readonly phones: readonly [Phone, Phone, ...Phone[]];
}

/** What somebody does, one thing after the other: each may be done as soon as the one before it has begun. */
export type Script = readonly (readonly [what: string, act: () => void])[];

/** How a story begins, and what then happens at once. */
export interface Scene {
  readonly name: string;
  /** Which races of the catalogue it is about. */
  readonly races: string;
  /** What the phones are like, where it matters. */
  readonly phones?: readonly Partial<PhoneTraits>[];
  /** What is so before: done in order, with nothing going wrong. */
  readonly before?: readonly ((cast: Cast) => void)[];
  readonly race: (cast: Cast) => readonly Script[];
  /** What must hold here beside all that always must, if nothing failed. */
  readonly expects?: (cast: Cast) => readonly string[];
}

const PHONE: Omit<PhoneTraits, "name"> = {
  user: "bob",
  push: "fcm",
  wakes: true,
  keepsCallId: false,
  answers: [100, 180, 200],
};

export interface Played {
  readonly cast: Cast;
  readonly wrongs: readonly string[];
}

/** Plays a scene: the race by `choose`, to the end of all that follows. */
export async function play(
  { phones = [], before = [], race, expects }: Scene,
  choose: Choose,
  {
    traits = [],
    isForPorts = false,
    ...options
  }: WorldOptions & {
    readonly traits?: readonly Partial<PhoneTraits>[];
    /** Everybody acts at once, and only the calls of ports take turns, until the functions that this set going are done. */
    readonly isForPorts?: boolean;
  } = {},
): Promise<Played> {
  const world = aWorld(options);
  const one = (index: number) =>
    aPhone(world, { ...PHONE, ...traits[index], ...phones[index], name: `bob${index + 1}` });
  const cast: Cast = { world, caller: aCaller(world), phones: [one(0), one(1)] };
  for (const act of before) {
    act(cast);
    await world.run(inOrder);
  }
  world.tell(() => "— the race —");
  world.begin();
  const wrongs: string[] = [];
  const rest = () => {
    for (const wrong of wrongAtRest(cast)) if (!wrongs.includes(wrong)) wrongs.push(wrong);
  };
  const scripts = race(cast);
  if (isForPorts) {
    for (const script of scripts) for (const [, act] of script) act();
    await world.run(choose, true);
    await world.run(inOrder, false, rest);
  } else {
    for (const [index, script] of scripts.entries()) follow(world, `script ${index + 1}:`, script);
    await world.run(choose, false, rest);
  }
  wrongs.push(...wrongInTheEnd(cast), ...(expects?.(cast) ?? []));
  return { cast, wrongs };
}

function follow(world: World, who: string, script: Script): void {
  const [next, ...others] = script;
  if (next === undefined) return;
  const [what, act] = next;
  world.move(who, what, () => {
    act();
    follow(world, who, others);
  });
}

import fc from "fast-check";
import { FAULTS, type Fault, ORDINARY_FAULTS, type PortCall } from "./fault.ts";
import type { PhoneTraits } from "./phone.ts";
import { type Played, play, type Scene } from "./scene.ts";
import { byNumbers, CHOICES } from "./schedule.ts";
import type { Mutation } from "./world.ts";

/** Everything that is left to chance in a story: told again, it is the same story. */
export interface Plot {
  readonly scene: number;
  readonly phones: readonly Partial<PhoneTraits>[];
  /** Whose turn it is, each time. */
  readonly choices: readonly number[];
  readonly faults: readonly (readonly [at: number, fault: Fault])[];
  readonly skews: readonly number[];
  readonly twice: readonly number[];
  readonly lateness: readonly number[];
}

/** What may go wrong besides the order of things. */
export interface Hardships {
  readonly faults: "ordinary" | "all";
  /** Whether clocks are off by up to 30 s. */
  readonly skews: boolean;
}

/** More calls of ports than most races have. */
const PORT_CALLS = 60;
const SKEW = 30_000;
const ANSWERS: readonly (readonly number[])[] = [
  [100, 180, 200],
  [180, 200],
  [200],
  [180, 486],
  [180, 603],
  [100],
  [180],
  [],
];

const traits: fc.Arbitrary<Partial<PhoneTraits>> = fc.record({
  push: fc.constantFrom("fcm", "apns", "none"),
  wakes: fc.boolean(),
  keepsCallId: fc.boolean(),
  answers: fc.constantFrom(...ANSWERS),
});

/** Stories of so many scenes; the plainest is the one in which everybody waits for his turn, and nothing goes wrong. */
export function plots(scenes: number, hardships: Hardships): fc.Arbitrary<Plot> {
  const fault = fc.constantFrom(...(hardships.faults === "all" ? FAULTS : ORDINARY_FAULTS));
  return fc.record({
    scene: fc.nat(scenes - 1),
    phones: fc.tuple(traits, traits),
    choices: fc.array(fc.nat(CHOICES - 1), { maxLength: 90, size: "max" }),
    faults: fc.array(fc.tuple(fc.nat(PORT_CALLS), fault), { maxLength: 2 }),
    skews: hardships.skews
      ? fc.array(fc.integer({ min: -SKEW, max: SKEW }), { maxLength: 12, size: "max" })
      : fc.constant([]),
    twice: fc.array(fc.nat(12), { maxLength: 2 }),
    lateness: fc.array(fc.nat(20_000), { maxLength: 4 }),
  });
}

/** Tells the story of a plot. */
export function played(
  scenes: readonly Scene[],
  { scene, phones, choices, faults, skews, twice, lateness }: Plot,
  more: { readonly isTold?: boolean; readonly mutation?: Mutation } = {},
): Promise<Played> {
  const chosen = scenes[scene];
  if (chosen === undefined) throw new Error(`there is no scene ${scene}`);
  const at = new Map(faults);
  const options = {
    faults: ({ number }: PortCall) => at.get(number),
    skews,
    twice: new Set(twice),
    lateness,
    traits: phones,
  };
  return play(chosen, byNumbers(choices), { ...options, ...more });
}

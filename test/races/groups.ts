import type { Hardships } from "./plot.ts";
import type { Scene } from "./scene.ts";
import { ANSWERS, CONNECTIONS, MESSAGES, WAKING } from "./scenes.ts";

/** Scenes that one set of invariants is mostly about, and what goes wrong in them besides the order of things. */
export interface Group {
  readonly name: string;
  readonly scenes: readonly Scene[];
  readonly hardships: Hardships;
}

const ORDINARY: Hardships = { faults: "ordinary", skews: false };
const HOSTILE: Hardships = { faults: "all", skews: false };
const SKEWED: Hardships = { faults: "ordinary", skews: true };

const ALL = [...CONNECTIONS, ...WAKING, ...ANSWERS, ...MESSAGES];

export const PLAIN: readonly Group[] = [
  { name: "bindings follow their connections (a, b, c, d, p, q)", scenes: CONNECTIONS, hardships: ORDINARY },
  {
    name: "a phone is woken once, for whoever calls it (b, e, f, h, k, o)",
    scenes: WAKING,
    hardships: ORDINARY,
  },
  { name: "a call has one end (b, f, g, i, n)", scenes: ANSWERS, hardships: ORDINARY },
  { name: "a MESSAGE comes once (b, h, r)", scenes: MESSAGES, hardships: ORDINARY },
];

export const HARD: readonly Group[] = [
  { name: "ports fail and functions die (i, j)", scenes: ALL, hardships: HOSTILE },
  { name: "clocks disagree by up to 30 s (m)", scenes: ALL, hardships: SKEWED },
];

import type { Dice } from "../fuzz/dice.ts";
import type { Call } from "./call.ts";
import type { Device } from "./device.ts";

/** Where phones are: what they share. */
export interface Place {
  readonly dice: Dice;
  readonly port: () => number;
  readonly calls: Map<string, Call>;
  /** Who got which MESSAGE, by Call-ID: the branches of it that came to each phone. */
  readonly messages: Map<string, Map<Device, Set<string>>>;
  /** Whether nothing has happened to a call's sides since before it was placed, and its callee could be reached. */
  isSteady(call: Call): boolean;
  /** Something that must never be. */
  wrong(what: string): void;
  count(what: string): void;
}

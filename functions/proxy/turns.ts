import type { Octets } from "../sip/octets.ts";
import { readParams } from "../sip/params.ts";
import { Scanner } from "../sip/scanner.ts";
import { qOf } from "./q-value.ts";

/**
 * Whose turn it is when, of contacts in the order of preference: contacts of one q at once, and those of the next when they
 * have failed (RFC 3261 §16.6); or as the caller would like it, all of them at once or one after the other (RFC 3841
 * §9.1). `atOnce` is how many may have the same turn (RFC 5393 §5.3.3). Answers the turn of each, from 0 on.
 */
export function turnsOf(
  paramsOfEach: readonly Octets[],
  parallel: boolean | undefined,
  atOnce: number,
): readonly number[] {
  let turn = 0;
  let size = 0;
  let last: number | undefined;
  return paramsOfEach.map((params) => {
    const q = parallel === undefined && paramsOfEach.length > 1 ? qIn(params) : 0;
    const isNext = last !== undefined && (parallel === false || q !== last || size >= atOnce);
    if (isNext) turn += 1;
    size = isNext ? 1 : size + 1;
    last = q;
    return turn;
  });
}

function qIn(params: Octets): number {
  return qOf(readParams(new Scanner(params, "Contact")));
}

import { DIGIT } from "../sip/chars.ts";
import { type Params, paramOf } from "../sip/params.ts";
import { Scanner } from "../sip/scanner.ts";

const DOT = 46;

/**
 * How much the callee prefers this Contact, from 0 to 1 (RFC 3261 §20.10). 1 if it does not say, or nothing that could
 * be understood (RFC 3841 §7.2.3): the caller is not to blame for that.
 */
export function qOf(params: Params): number {
  const text = paramOf(params, "q") ?? "";
  const scanner = new Scanner(text, "q");
  const hasDigits = scanner.run(DIGIT) !== "";
  if (scanner.take(DOT)) scanner.run(DIGIT);
  return hasDigits && scanner.atEnd ? Math.min(Number(text), 1) : 1;
}

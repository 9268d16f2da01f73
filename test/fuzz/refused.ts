import type { SipMessage } from "../../functions/sip/message.ts";
import type { Octets } from "../../functions/sip/octets.ts";
import { parse } from "../../functions/sip/parse.ts";
import { Refusal } from "../../functions/sip/refusal.ts";
import { SipSyntaxError } from "../../functions/sip/syntax-error.ts";

/** What the reading answers; undefined if it refuses the input as it may. Any other error goes on. */
export function unlessRefused<Value>(reading: () => Value): Value | undefined {
  try {
    return reading();
  } catch (error) {
    if (error instanceof SipSyntaxError || error instanceof Refusal) return undefined;
    throw error;
  }
}

/** The message; undefined if it is nothing but longer than we take messages: what we write may be, if a stranger's request was almost. */
export function unlessTooLong(text: Octets): SipMessage | undefined {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof SipSyntaxError && /^(a line of )?more than/.test(error.problem)) return undefined;
    throw error;
  }
}

/** What the reading answers; undefined for what the grammar does not allow. Any other error goes on. */
export function unlessMalformed<Value>(reading: () => Value): Value | undefined {
  try {
    return reading();
  } catch (error) {
    if (error instanceof SipSyntaxError) return undefined;
    throw error;
  }
}

import { type CharClass, DIGIT, URI_HEADERS } from "../sip/chars.ts";
import type { Octets } from "../sip/octets.ts";
import { type Params, paramOf } from "../sip/params.ts";
import { Scanner, unquoted } from "../sip/scanner.ts";

// The Contact header parameters that the registrar understands. Each throws `SipSyntaxError` that names the parameter.

const MAX_REG_ID = 2 ** 31 - 1;
const MAX_INSTANCE = 256;
const LESS = 60;
const GREATER = 62;
const DOT = 46;
const MAX_Q_DECIMALS = 3;

/** What an instance id is made of, besides `%` (RFC 5626 §11.2 `uric`). */
const URIC: CharClass = withOctets(URI_HEADERS, "@;,%");

/** The instance id with its brackets, `<urn:uuid:…>`; undefined if there is none (RFC 5626 §4.1). */
export function readInstance(params: Params): Octets | undefined {
  const value = paramOf(params, "+sip.instance");
  if (value === undefined) return undefined;
  const text = unquoted(value);
  const scanner = new Scanner(text, "Contact +sip.instance");
  if (value === text) return scanner.fail("expected a quoted string");
  if (text.length > MAX_INSTANCE) return scanner.fail(`longer than ${MAX_INSTANCE} octets`);
  if (!scanner.take(LESS)) return scanner.fail('expected "<"');
  scanner.some(URIC, "a URN");
  return scanner.take(GREATER) && scanner.atEnd ? text : scanner.fail('expected ">" and nothing behind it');
}

/** The reg-id; undefined if there is none (RFC 5626 §4.2: 1 to 2^31 - 1). */
export function readRegId(params: Params): number | undefined {
  const value = paramOf(params, "reg-id");
  if (value === undefined) return undefined;
  const scanner = new Scanner(value, "Contact reg-id");
  const regId = scanner.number(MAX_REG_ID);
  if (!scanner.atEnd) return scanner.fail("expected a number");
  return regId > 0 ? regId : scanner.fail("expected a number from 1");
}

/** How much a contact is preferred, 0 to 1 with at most three decimals (RFC 3261 §20.10); undefined if it does not say. */
export function readQ(params: Params): number | undefined {
  const value = paramOf(params, "q");
  if (value === undefined) return undefined;
  const scanner = new Scanner(value, "Contact q");
  scanner.number(1);
  const isOneDigit = scanner.at === 1;
  const decimals = scanner.take(DOT) ? scanner.run(DIGIT) : "";
  const isRight = isOneDigit && scanner.atEnd && decimals.length <= MAX_Q_DECIMALS && Number(value) <= 1;
  return isRight ? Number(value) : scanner.fail("expected 0 to 1 with at most three decimals");
}

function withOctets(base: CharClass, more: string): CharClass {
  const table = Uint8Array.from(base);
  for (const character of more) table[character.charCodeAt(0)] = 1;
  return table;
}

import { DIGIT, PARAM_VALUE } from "../sip/chars.ts";
import type { Octets } from "../sip/octets.ts";
import { Scanner } from "../sip/scanner.ts";
import { SipSyntaxError } from "../sip/syntax-error.ts";

/**
 * The values that one feature parameter allows (RFC 3840 §9, RFC 3841 §8): any of a list (`"en,de"`), all but one
 * (`"!presence"`), numbers within bounds (`"#>=3"`). Held as sets, so that two are compared in linear time.
 */
export interface FeatureValues {
  /** Tokens in lower case, for their case does not matter; a string as spelled, with its angle brackets. */
  readonly listed: ReadonlySet<Octets>;
  /** In ascending order; none overlaps another. */
  readonly ranges: readonly Range[];
  /** Whatever is not this token is allowed, too; "" excludes nothing. Undefined if no token is negated. */
  readonly allBut: Octets | undefined;
}

/** Numbers from `low` to `high`, both included. */
interface Range {
  readonly low: number;
  readonly high: number;
}

const BANG = 33;
const HASH = 35;
const PLUS = 43;
const COMMA = 44;
const MINUS = 45;
const DOT = 46;
const COLON = 58;
const LESS = 60;
const EQUALS = 61;
const GREATER = 62;

/** A feature without a value is a boolean that is true (RFC 3841 §8). */
const TRUE: FeatureValues = only("true");
/** A value that nobody can ask for by name: no token begins with an angle bracket, and no string ends in that one. */
const UNREADABLE: FeatureValues = only("<");

/** The one token, whatever octets it is made of. */
export function only(token: Octets): FeatureValues {
  return { listed: new Set([token.toLowerCase()]), ranges: [], allBut: undefined };
}

/**
 * The values of a parameter's unquoted text; undefined is a flag. `part` names the parameter for the error. Tokens may
 * have octets that RFC 3840 §9 does not allow there and clients use all the same ("/" of a version or a media type).
 * Throws `SipSyntaxError`.
 */
export function readFeatureValues(text: Octets | undefined, part: string): FeatureValues {
  if (text === undefined) return TRUE;
  const scanner = new Scanner(text, part);
  const values = scanner.peek() === LESS ? readString(scanner) : readList(scanner);
  return scanner.atEnd ? values : scanner.fail("an octet that cannot be part of a feature's value");
}

/**
 * The same of a device's own registration, which the caller is not to blame for: a value that cannot be read is some
 * value, and none that anybody asks for.
 */
export function registeredValues(text: Octets | undefined): FeatureValues {
  try {
    return readFeatureValues(text, "Contact");
  } catch (error) {
    if (!(error instanceof SipSyntaxError)) throw error;
    return UNREADABLE;
  }
}

/**
 * Whether some value is allowed by both (RFC 3841 §7.2.4). Two negations always meet: of tokens there is no end. A
 * token, a string and a number are never the same.
 */
export function meet(one: FeatureValues, other: FeatureValues): boolean {
  if (one.allBut !== undefined && other.allBut !== undefined) return true;
  return listMeets(one, other) || listMeets(other, one) || rangesOverlap(one.ranges, other.ranges);
}

/** Whether something that the one lists is allowed by the other. */
function listMeets({ listed, ranges }: FeatureValues, other: FeatureValues): boolean {
  if (other.allBut !== undefined && ranges.length > 0) return true;
  for (const value of listed) {
    if (other.listed.has(value) || (other.allBut !== undefined && other.allBut !== value)) return true;
  }
  return false;
}

/** Both in ascending order, so that one walk along both finds it. */
function rangesOverlap(ones: readonly Range[], others: readonly Range[]): boolean {
  let [i, j] = [0, 0];
  for (;;) {
    const [one, other] = [ones[i], others[j]];
    if (one === undefined || other === undefined) return false;
    if (one.high < other.low) i++;
    else if (other.high < one.low) j++;
    else return true;
  }
}

/** `string-value` (RFC 3840 §9): alone, and never negated. */
function readString(scanner: Scanner): FeatureValues {
  const { text } = scanner;
  const end = text.indexOf(">");
  if (end < 0) return scanner.fail('expected ">" after the string');
  scanner.at = end + 1;
  return { listed: new Set([text.slice(0, end + 1)]), ranges: [], allBut: undefined };
}

/** `tag-value-list` (RFC 3840 §9). */
function readList(scanner: Scanner): FeatureValues {
  const listed = new Set<Octets>();
  const ranges: Range[] = [];
  let allBut: Octets | undefined;
  do {
    const isNegated = scanner.take(BANG);
    if (scanner.take(HASH)) {
      const range = readRange(scanner);
      if (isNegated) ranges.push(...outside(range));
      else ranges.push(range);
    } else {
      const token = scanner.some(PARAM_VALUE, "a feature's value").toLowerCase();
      if (!isNegated) listed.add(token);
      // Not this or not that is anything.
      else allBut = allBut === undefined || allBut === token ? token : "";
    }
  } while (scanner.takeSeparator(COMMA));
  return { listed, ranges: merged(ranges), allBut };
}

/** What follows the "#" of `numeric` (RFC 3840 §9). */
function readRange(scanner: Scanner): Range {
  if (scanner.take(EQUALS)) return exactly(readNumber(scanner));
  if (scanner.take(GREATER)) return { low: readBound(scanner), high: Number.POSITIVE_INFINITY };
  if (scanner.take(LESS)) return { low: Number.NEGATIVE_INFINITY, high: readBound(scanner) };
  const low = readNumber(scanner);
  if (!scanner.take(COLON)) return scanner.fail('expected ":" between two numbers');
  const high = readNumber(scanner);
  return high < low ? scanner.fail("a range that ends before it begins") : { low, high };
}

function exactly(number: number): Range {
  return { low: number, high: number };
}

/** The rest of ">=" or "<=". */
function readBound(scanner: Scanner): number {
  return scanner.take(EQUALS) ? readNumber(scanner) : scanner.fail('expected "="');
}

/** A number that a double can hold (RFC 3840 §9). */
function readNumber(scanner: Scanner): number {
  const start = scanner.at;
  if (!scanner.take(PLUS)) scanner.take(MINUS);
  scanner.some(DIGIT, "a number");
  if (scanner.take(DOT)) scanner.run(DIGIT);
  const value = Number(scanner.text.slice(start, scanner.at));
  return Number.isFinite(value) ? value : scanner.fail("a number that is too large");
}

/** All numbers but these. */
function outside({ low, high }: Range): readonly Range[] {
  const below = { low: Number.NEGATIVE_INFINITY, high: low - leastStep(low) };
  const above = { low: high + leastStep(high), high: Number.POSITIVE_INFINITY };
  return [below, above].filter((range) => range.low < range.high);
}

/** As little as it takes to get to another number. */
function leastStep(number: number): number {
  return Number.isFinite(number) ? Math.max(Math.abs(number) * Number.EPSILON, Number.MIN_VALUE) : 0;
}

/** In ascending order, those that overlap made one. */
function merged(ranges: readonly Range[]): readonly Range[] {
  if (ranges.length < 2) return ranges;
  const result: Range[] = [];
  for (const range of ranges.toSorted((a, b) => a.low - b.low)) {
    const last = result.at(-1);
    if (last === undefined || last.high < range.low) result.push(range);
    else if (last.high < range.high) result[result.length - 1] = { low: last.low, high: range.high };
  }
  return result;
}

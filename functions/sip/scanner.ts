import { type CharClass, DIGIT, TOKEN } from "./chars.ts";
import type { Octets } from "./octets.ts";
import { SipSyntaxError } from "./syntax-error.ts";

const HTAB = 9;
const SPACE = 32;
const QUOTE = 34;
const BACKSLASH = 92;

/**
 * A cursor over one part of a message. It only moves forward, so reading is linear in the length of the part
 * whatever it contains. What it meets and does not expect it refuses with the part's name and the position.
 */
export class Scanner {
  /** The position of the next octet. */
  at = 0;
  readonly text: Octets;
  /** The part's name, for errors. */
  readonly part: string;

  constructor(text: Octets, part: string) {
    this.text = text;
    this.part = part;
  }

  get atEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** The next octet, or -1 at the end. */
  peek(): number {
    return this.at < this.text.length ? this.text.charCodeAt(this.at) : -1;
  }

  /** Takes the octet if it comes next. */
  take(code: number): boolean {
    if (this.peek() !== code) return false;
    this.at++;
    return true;
  }

  /** Takes one separator with the white space that §25.1 allows around it. */
  takeSeparator(code: number): boolean {
    this.skipSpace();
    if (!this.take(code)) return false;
    this.skipSpace();
    return true;
  }

  /** Header lines are unfolded before they are read, so white space is SP and HTAB only. */
  skipSpace(): void {
    const { text } = this;
    let at = this.at;
    // Reading beyond the end would be correct and slow: the engine then stops trusting the loop.
    while (at < text.length) {
      const code = text.charCodeAt(at);
      if (code !== SPACE && code !== HTAB) break;
      at++;
    }
    this.at = at;
  }

  /** As many octets of the class as come next, maybe none. */
  run(chars: CharClass): Octets {
    const { text } = this;
    const start = this.at;
    let at = start;
    while (at < text.length && chars[text.charCodeAt(at)] === 1) at++;
    this.at = at;
    return text.slice(start, at);
  }

  /** At least one octet of the class. */
  some(chars: CharClass, expected: string): Octets {
    const found = this.run(chars);
    return found === "" ? this.fail(`expected ${expected}`) : found;
  }

  token(expected = "a token"): Octets {
    return this.some(TOKEN, expected);
  }

  /** A decimal number of at most ten digits and at most `max`. */
  number(max: number): number {
    const start = this.at;
    const digits = this.some(DIGIT, "a number");
    const value = Number(digits);
    if (digits.length <= 10 && value <= max) return value;
    this.at = start;
    return this.fail(`expected a number up to ${max}`);
  }

  /** A quoted string with its quotes and escapes as they stand (§25.1). */
  quoted(): Octets {
    const { text, at: start } = this;
    if (!this.take(QUOTE)) return this.fail("expected a quoted string");
    let end = text.indexOf('"', start + 1);
    while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
    if (end < 0) return this.fail("a quoted string without an end");
    this.at = end + 1;
    return text.slice(start, end + 1);
  }

  /** Refuses what comes next. */
  fail(problem: string): never {
    throw new SipSyntaxError(this.part, this.at, problem);
  }
}

/** Whether an odd number of backslashes stands before this octet. */
function isEscaped(text: Octets, at: number): boolean {
  let from = at;
  while (text.charCodeAt(from - 1) === BACKSLASH) from--;
  return (at - from) % 2 === 1;
}

/** The contents of a quoted string, escapes resolved; any other value as it is. */
export function unquoted(value: Octets): Octets {
  if (value.length < 2 || value.charCodeAt(0) !== QUOTE) return value;
  const inner = value.slice(1, -1);
  if (!inner.includes("\\")) return inner;
  let result = "";
  for (let at = 0; at < inner.length; at++) {
    if (inner.charCodeAt(at) === BACKSLASH) at++;
    result += inner.charAt(at);
  }
  return result;
}

/** The value as a quoted string. */
export function quoted(value: Octets): Octets {
  if (!value.includes('"') && !value.includes("\\")) return `"${value}"`;
  return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

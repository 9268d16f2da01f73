import type { HeaderField, HeaderName, ReadableField } from "./field.ts";
import type { Octets } from "./octets.ts";
import { Scanner } from "./scanner.ts";

const NONE: readonly never[] = [];

/**
 * The header lines of a message, in order, as they were spelled (RFC 3261 §7.3.1).
 *
 * A proxy hands on most of what it gets, so a line stays text, and is read only when somebody asks for its value;
 * what was read is kept with the line, which makes asking twice free. Nothing here changes: every edit answers new
 * `Headers` that share the untouched lines.
 */
export class Headers {
  static readonly none: Headers = new Headers([]);
  readonly lines: readonly HeaderLine[];

  constructor(lines: readonly HeaderLine[]) {
    this.lines = lines;
  }

  has(field: HeaderName): boolean {
    return this.#find(field.key) !== undefined;
  }

  /** The first value; undefined if there is none. Throws `SipSyntaxError` if its line cannot be read. */
  first<Value>(field: ReadableField<Value>): Value | undefined {
    for (const line of this.lines) {
      if (line.key !== field.key) continue;
      const value = line.read(field)[0];
      // An empty list has none, and the next line may.
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** All values of all lines of that name, in order. Throws `SipSyntaxError`. */
  all<Value>(field: ReadableField<Value>): readonly Value[] {
    let found: readonly Value[] = [];
    for (const line of this.lines) {
      if (line.key !== field.key) continue;
      const values = line.read(field);
      found = found.length === 0 ? values : [...found, ...values];
    }
    return found;
  }

  /** The value as a new line above all others. */
  prepend<Value>(field: HeaderField<Value>, value: Value): Headers {
    return new Headers([headerLine(field, value), ...this.lines]);
  }

  /** The value as a new line below all others. */
  append<Value>(field: HeaderField<Value>, value: Value): Headers {
    return new Headers([...this.lines, headerLine(field, value)]);
  }

  /** The value in place of the first line of that name, and no other line of it; appended if there was none. */
  replace<Value>(field: HeaderField<Value>, value: Value): Headers {
    const line = headerLine(field, value);
    const lines: HeaderLine[] = [];
    let placed = false;
    for (const existing of this.lines) {
      if (existing.key !== field.key) lines.push(existing);
      else if (!placed) placed = lines.push(line) > 0;
    }
    if (!placed) lines.push(line);
    return new Headers(lines);
  }

  /** Without the lines of these names. */
  without(...fields: readonly HeaderName[]): Headers {
    return new Headers(this.lines.filter((line) => !fields.some((field) => field.key === line.key)));
  }

  /** Without the first value of that name, or the first `count`: what popping a Via, or Routes, is. */
  withoutFirst<Value>(field: HeaderField<Value>, count = 1): Headers {
    const lines: HeaderLine[] = [];
    let left = count;
    for (const line of this.lines) {
      const values = left > 0 && line.key === field.key ? line.read(field) : NONE;
      if (values.length === 0) {
        lines.push(line);
        continue;
      }
      const [first, ...others] = values.slice(left);
      left -= Math.min(left, values.length);
      if (first !== undefined) lines.push(headerLine(field, first, ...others));
    }
    return left === count ? this : new Headers(lines);
  }

  /** Only the lines of these names, as spelled: what a response copies from its request (§8.2.6.2). */
  pick(...fields: readonly HeaderName[]): Headers {
    return new Headers(this.lines.filter((line) => fields.some((field) => field.key === line.key)));
  }

  #find(key: string): HeaderLine | undefined {
    for (const line of this.lines) if (line.key === key) return line;
    return undefined;
  }
}

/** One header line, unfolded: `Name: value`. */
export class HeaderLine {
  readonly key: string;
  /** The whole line, without its CRLF. */
  readonly text: Octets;
  readonly #valueAt: number;
  #values: readonly unknown[] | undefined;

  /** `valueAt` is where the value begins in the text. */
  constructor(key: string, text: Octets, valueAt: number) {
    this.key = key;
    this.text = text;
    this.#valueAt = valueAt;
  }

  get value(): Octets {
    return this.text.slice(this.#valueAt);
  }

  /** The line's values. Throws `SipSyntaxError`. */
  read<Value>(field: ReadableField<Value>): readonly Value[] {
    this.#values ??= readValues(this.value, field);
    return this.#values as readonly Value[];
  }
}

/** A line of our own. Throws on a value that would end the line: nothing we were told may become a header. */
export function headerLine<Value>(
  field: HeaderField<Value>,
  value: Value,
  ...more: readonly Value[]
): HeaderLine {
  let text = `${field.name}: ${field.write(value)}`;
  for (const another of more) text += `, ${field.write(another)}`;
  if (text.includes("\n") || text.includes("\r") || text.includes("\0")) {
    throw new Error(`a ${field.name} header with CR, LF or NUL in it`);
  }
  return new HeaderLine(field.key, text, field.name.length + 2);
}

const COMMA = 44;

function readValues<Value>(text: Octets, field: ReadableField<Value>): readonly Value[] {
  const scanner = new Scanner(text, field.name);
  scanner.skipSpace();
  if (scanner.atEnd && field.list) return [];
  const values = [field.read(scanner)];
  while (field.list && scanner.takeSeparator(COMMA)) values.push(field.read(scanner));
  scanner.skipSpace();
  return scanner.atEnd ? values : scanner.fail("an octet that does not belong here");
}

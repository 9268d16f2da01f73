import { headerKey } from "./header-key.ts";
import { type Octets, trimmed } from "./octets.ts";
import type { Scanner } from "./scanner.ts";

/** What a header's lines are found by. */
export interface HeaderName {
  /** The name as we write it. */
  readonly name: string;
  /** The name in lower case, never the compact form (RFC 3261 §7.3.1). */
  readonly key: string;
}

/** How a header is read. */
export interface ReadableField<Value> extends HeaderName {
  /** Whether one line may hold several values, separated by commas (§7.3.1). */
  readonly list: boolean;
  /** Reads one value and stops behind it. Throws `SipSyntaxError`. */
  readonly read: (scanner: Scanner) => Value;
}

/** How one header is found, read and written. The field is the key: `headers.first(Via)` is a `Via`. */
export interface HeaderField<Value> extends ReadableField<Value> {
  readonly write: (value: Value) => Octets;
}

/** A header whose value is one text, taken as it stands. */
export function textField(name: string): HeaderField<Octets> {
  return { name, key: headerKey(name), list: false, read: readRest, write: (text) => text };
}

/** A header with several values on a line or on several lines. */
export function listField<Value>(
  name: string,
  read: (scanner: Scanner) => Value,
  write: (value: Value) => Octets,
): HeaderField<Value> {
  return { name, key: headerKey(name), list: true, read, write };
}

/** A header with one value. */
export function singleField<Value>(
  name: string,
  read: (scanner: Scanner) => Value,
  write: (value: Value) => Octets,
): HeaderField<Value> {
  return { name, key: headerKey(name), list: false, read, write };
}

function readRest(scanner: Scanner): Octets {
  const rest = trimmed(scanner.text.slice(scanner.at));
  scanner.at = scanner.text.length;
  return rest;
}

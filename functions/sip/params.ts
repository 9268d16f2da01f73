import { type CharClass, PARAM_VALUE } from "./chars.ts";
import type { Octets } from "./octets.ts";
import type { Scanner } from "./scanner.ts";

/** One `;name=value` as spelled; a quoted value keeps its quotes; a flag (`;lr`) has no value. */
export type Param = readonly [name: Octets, value?: Octets];

/** Parameters in their order. */
export type Params = readonly Param[];

const SEMICOLON = 59;
const EQUALS = 61;
const QUOTE = 34;
/** The bit that tells "a" from "A". */
const LOWER = 32;
const NONE: Params = [];

/** Reads `*( SEMI generic-param )` of a header (§25.1); stops at what is no parameter. */
export function readParams(scanner: Scanner): Params {
  let params: Param[] | undefined;
  while (scanner.takeSeparator(SEMICOLON)) {
    params ??= [];
    const name = scanner.token("a parameter name");
    if (scanner.takeSeparator(EQUALS)) params.push([name, readValue(scanner, PARAM_VALUE)]);
    else params.push([name]);
  }
  return params ?? NONE;
}

/** A quoted string, or at least one octet of the class. */
export function readValue(scanner: Scanner, chars: CharClass): Octets {
  return scanner.peek() === QUOTE ? scanner.quoted() : scanner.some(chars, "a parameter value");
}

/** The value of a parameter, whatever the case of its name; "" for a flag; undefined if it is absent. */
export function paramOf(params: Params, name: string): Octets | undefined {
  for (const [spelled, value] of params) {
    if (sameName(spelled, name)) return value ?? "";
  }
  return undefined;
}

/** The parameters without the one of that name. */
export function withoutParam(params: Params, name: string): Params {
  return params.filter(([spelled]) => !sameName(spelled, name));
}

/** `;name=value;flag`, spelled as it came. */
export function formatParams(params: Params): Octets {
  let text = "";
  for (const [name, value] of params) text += value === undefined ? `;${name}` : `;${name}=${value}`;
  return text;
}

/** Names of parameters and headers are the same whatever their case (§7.3.1). `name` is in lower case. */
function sameName(spelled: Octets, name: string): boolean {
  if (spelled === name) return true;
  if (spelled.length !== name.length || (spelled.charCodeAt(0) | LOWER) !== (name.charCodeAt(0) | LOWER))
    return false;
  return spelled.toLowerCase() === name;
}

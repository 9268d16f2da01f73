import { PARAM_VALUE, TOKEN68 } from "./chars.ts";
import type { Octets } from "./octets.ts";
import { type Param, type Params, readValue } from "./params.ts";
import type { Scanner } from "./scanner.ts";

/** The value of Authorization or Proxy-Authorization (RFC 7235 §2.1, RFC 3261 §20.7). */
export interface Credentials {
  /** In lower case: `digest`, `bearer`. */
  readonly scheme: string;
  /** What follows `Bearer`; other schemes have parameters instead. */
  readonly token: Octets | undefined;
  readonly params: Params;
}

const COMMA = 44;
const EQUALS = 61;

export function readCredentials(scanner: Scanner): Credentials {
  scanner.skipSpace();
  const scheme = scanner.token("an authentication scheme").toLowerCase();
  scanner.skipSpace();
  if (scheme === "bearer") return { scheme, token: scanner.some(TOKEN68, "a token"), params: [] };
  const params: Param[] = [];
  do {
    const name = scanner.token("a parameter name");
    if (!scanner.takeSeparator(EQUALS)) return scanner.fail('expected "="');
    params.push([name, readValue(scanner, PARAM_VALUE)]);
  } while (scanner.takeSeparator(COMMA));
  return { scheme, token: undefined, params };
}

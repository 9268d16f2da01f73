import { type Octets, trimmed } from "./octets.ts";
import { formatParams, type Params, readParams } from "./params.ts";
import type { Scanner } from "./scanner.ts";

/**
 * What From, To, Contact, Route and Record-Route hold: a URI, maybe with a name to show, and header parameters
 * (RFC 3261 §20.10). The URI stays text until somebody needs its parts (`parseUri`): most are only handed on.
 */
export interface Address {
  /** The display name as spelled, quotes included. */
  readonly display: Octets | undefined;
  readonly uri: Octets;
  readonly params: Params;
}

const QUOTE = 34;
const LESS = 60;
const GREATER = 62;
const SPACE = 32;
const HTAB = 9;
const COMMA = 44;
const SEMICOLON = 59;

export function readAddress(scanner: Scanner): Address {
  scanner.skipSpace();
  if (scanner.peek() === QUOTE) {
    const display = scanner.quoted();
    scanner.skipSpace();
    return readBracketed(scanner, display);
  }
  const start = scanner.at;
  const end = endOfPlain(scanner);
  if (scanner.peek() === LESS) return readBracketed(scanner, scanner.text.slice(start, end));
  if (end === start) return scanner.fail("expected a URI");
  // Without brackets what follows a ";" are parameters of the header, not of the URI (§20.10).
  const uri = scanner.text.slice(start, end);
  return { display: undefined, uri, params: readParams(scanner) };
}

/** Always in brackets, so that parameters are the header's or the URI's as they were. */
export function formatAddress({ display, uri, params }: Address): Octets {
  return `${display === undefined ? "" : `${display} `}<${uri}>${formatParams(params)}`;
}

function readBracketed(scanner: Scanner, display: Octets): Address {
  if (!scanner.take(LESS)) return scanner.fail('expected "<"');
  const close = scanner.text.indexOf(">", scanner.at);
  if (close < 0) return scanner.fail('expected ">" after the URI');
  const uri = trimmed(scanner.text.slice(scanner.at, close));
  if (uri === "") return scanner.fail("expected a URI");
  scanner.at = close + 1;
  return { display: display === "" ? undefined : display, uri, params: readParams(scanner) };
}

/** Moves to the "<", ";", "," or end that closes a display name or a URI; answers where its last octet ended. */
function endOfPlain(scanner: Scanner): number {
  const { text } = scanner;
  let end = scanner.at;
  for (; !scanner.atEnd; scanner.at++) {
    const code = text.charCodeAt(scanner.at);
    if (code === LESS || code === SEMICOLON || code === COMMA) break;
    if (code === QUOTE) return scanner.fail("a quote inside a name or a URI");
    // We write URIs in brackets, and there it would end this one.
    if (code === GREATER) return scanner.fail('a ">" without its "<"');
    if (code !== SPACE && code !== HTAB) end = scanner.at + 1;
  }
  return end;
}

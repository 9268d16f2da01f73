import {
  type CharClass,
  HEX_DIGIT,
  HOST,
  IPV6,
  PASSWORD,
  SCHEME,
  URI_HEADERS,
  URI_PARAM,
  USER,
} from "./chars.ts";
import type { Octets } from "./octets.ts";
import { formatParams, type Param, type Params } from "./params.ts";
import { Scanner } from "./scanner.ts";

/** A SIP or SIPS URI (RFC 3261 §19.1). Every part is as spelled, escapes included, so that it formats back alike. */
export interface SipUri {
  readonly scheme: "sip" | "sips";
  readonly user: Octets | undefined;
  readonly password: Octets | undefined;
  readonly host: Octets;
  readonly port: number | undefined;
  readonly params: Params;
  readonly headers: Octets | undefined;
}

/** Any other URI: `tel:+4930…`, `urn:service:sos`. */
interface OtherUri {
  readonly scheme: string;
  readonly rest: Octets;
}

export type Uri = SipUri | OtherUri;

const COLON = 58;
const SEMICOLON = 59;
const EQUALS = 61;
const QUESTION = 63;
const PERCENT = 37;
const AT = 64;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const MAX_PORT = 65_535;

export function isSipUri(uri: Uri): uri is SipUri {
  return "host" in uri;
}

/** Throws `SipSyntaxError`. `part` names what is being read, for the error. */
export function parseUri(text: Octets, part = "URI"): Uri {
  const scanner = new Scanner(text, part);
  const scheme = scanner.some(SCHEME, "a URI scheme").toLowerCase();
  if (!scanner.take(COLON)) return scanner.fail('expected ":" after the scheme');
  if (scheme !== "sip" && scheme !== "sips") return readOther(scanner, scheme);
  const uri = readSip(scanner, scheme);
  return scanner.atEnd ? uri : scanner.fail("an octet that cannot be part of a URI");
}

/** Throws `SipSyntaxError`, also for a URI of another scheme. */
export function parseSipUri(text: Octets, part = "URI"): SipUri {
  const uri = parseUri(text, part);
  return isSipUri(uri) ? uri : new Scanner(text, part).fail("expected a sip or sips URI");
}

export function formatUri(uri: Uri): Octets {
  if (!isSipUri(uri)) return `${uri.scheme}:${uri.rest}`;
  let text = `${uri.scheme}:`;
  if (uri.user !== undefined)
    text += uri.password === undefined ? `${uri.user}@` : `${uri.user}:${uri.password}@`;
  text += uri.host;
  if (uri.port !== undefined) text += `:${uri.port}`;
  text += formatParams(uri.params);
  return uri.headers === undefined ? text : `${text}?${uri.headers}`;
}

/** `%61` becomes "a" (§19.1.2). The text has been parsed, so every escape is whole. */
export function unescaped(text: Octets): Octets {
  let at = text.indexOf("%");
  if (at < 0) return text;
  let result = "";
  let from = 0;
  for (; at >= 0; at = text.indexOf("%", from)) {
    result += text.slice(from, at) + String.fromCharCode(Number.parseInt(text.slice(at + 1, at + 3), 16));
    from = at + 3;
  }
  return result + text.slice(from);
}

/**
 * Whether two URIs name the same resource (§19.1.4). A parameter that only one of them has does not matter, except
 * user, ttl, method, maddr and transport; so a Contact that comes without its pn-* parameters is still itself.
 */
export function sameUri(a: SipUri, b: SipUri): boolean {
  return (
    a.scheme === b.scheme &&
    unescapedOrNone(a.user) === unescapedOrNone(b.user) &&
    unescapedOrNone(a.password) === unescapedOrNone(b.password) &&
    a.host.toLowerCase() === b.host.toLowerCase() &&
    a.port === b.port &&
    inOrder(a.headers) === inOrder(b.headers) &&
    paramsAgree(comparableParams(a.params), comparableParams(b.params))
  );
}

const MUST_BE_IN_BOTH = ["user", "ttl", "method", "maddr", "transport"];

/** By their names; of two of one name, which §19.1.1 does not allow, the first one counts. */
function comparableParams(params: Params): ReadonlyMap<string, Octets> {
  const values = new Map<string, Octets>();
  for (const [name, value] of params) {
    const key = comparable(name);
    if (!values.has(key)) values.set(key, comparable(value));
  }
  return values;
}

function paramsAgree(ones: ReadonlyMap<string, Octets>, others: ReadonlyMap<string, Octets>): boolean {
  for (const name of MUST_BE_IN_BOTH) if (ones.has(name) !== others.has(name)) return false;
  for (const [name, value] of ones) {
    if (others.has(name) && others.get(name) !== value) return false;
  }
  return true;
}

function comparable(text: Octets = ""): Octets {
  return unescaped(text).toLowerCase();
}

/** Header components in an order of ours: theirs does not matter. */
function inOrder(headers: Octets = ""): Octets {
  return headers.split("&").sort().join("&");
}

function unescapedOrNone(text: Octets | undefined): Octets | undefined {
  return text === undefined ? undefined : unescaped(text);
}

function readOther(scanner: Scanner, scheme: string): OtherUri {
  const rest = scanner.text.slice(scanner.at);
  for (; !scanner.atEnd; scanner.at++) {
    const code = scanner.peek();
    if (code <= 32 || code >= 127 || code === 34 || code === 60 || code === 62) {
      return scanner.fail("an octet that cannot be part of a URI");
    }
  }
  return rest === "" ? scanner.fail("a URI with nothing after its scheme") : { scheme, rest };
}

function readSip(scanner: Scanner, scheme: "sip" | "sips"): SipUri {
  const hasUser = scanner.text.includes("@", scanner.at);
  const user = hasUser ? readEscaped(scanner, USER) : undefined;
  const password = hasUser && scanner.take(COLON) ? readEscaped(scanner, PASSWORD) : undefined;
  if (user === "") return scanner.fail("expected a user before the @");
  if (hasUser && !scanner.take(AT)) return scanner.fail("an octet that must be escaped in a user");
  const host = readHost(scanner);
  const port = scanner.take(COLON) ? scanner.number(MAX_PORT) : undefined;
  const params = readUriParams(scanner);
  const headers = scanner.take(QUESTION) ? readEscaped(scanner, URI_HEADERS) : undefined;
  return { scheme, user, password, host, port, params, headers };
}

/** A host name, an IPv4 address, or an IPv6 reference with its brackets (§25.1). */
export function readHost(scanner: Scanner): Octets {
  if (!scanner.take(OPEN_BRACKET)) return scanner.some(HOST, "a host");
  const address = scanner.some(IPV6, "an IPv6 address");
  return scanner.take(CLOSE_BRACKET) ? `[${address}]` : scanner.fail('expected "]"');
}

function readUriParams(scanner: Scanner): Params {
  const params: Param[] = [];
  while (scanner.take(SEMICOLON)) {
    const name = readEscaped(scanner, URI_PARAM);
    if (name === "") return scanner.fail("expected a parameter name");
    if (scanner.take(EQUALS)) params.push([name, readUriParamValue(scanner)]);
    else params.push([name]);
  }
  return params;
}

/** Push tokens come with an unescaped "=" at their end from clients that do not know better. */
function readUriParamValue(scanner: Scanner): Octets {
  let value = readEscaped(scanner, URI_PARAM);
  while (scanner.take(EQUALS)) value += `=${readEscaped(scanner, URI_PARAM)}`;
  return value === "" ? scanner.fail("expected a parameter value") : value;
}

/** Octets of the class and whole `%hh` escapes. */
function readEscaped(scanner: Scanner, chars: CharClass): Octets {
  let text = scanner.run(chars);
  while (scanner.take(PERCENT)) {
    const { at } = scanner;
    const digits = scanner.text.slice(at, at + 2);
    if (HEX_DIGIT[digits.charCodeAt(0)] !== 1 || HEX_DIGIT[digits.charCodeAt(1)] !== 1) {
      return scanner.fail("expected two hexadecimal digits");
    }
    scanner.at = at + 2;
    text += `%${digits}${scanner.run(chars)}`;
  }
  return text;
}

import { TOKEN } from "./chars.ts";
import { ContentLength } from "./fields.ts";
import { headerKey, usualHeaderKey } from "./header-key.ts";
import { HeaderLine, Headers } from "./headers.ts";
import type { SipMessage, SipRequest, SipResponse } from "./message.ts";
import { type Octets, trimmed } from "./octets.ts";
import { SipSyntaxError } from "./syntax-error.ts";

/** What a message may be at most; API Gateway sets the first, prudence the others. Continuation lines count too. */
export const MAX_MESSAGE_OCTETS = 131_072;
export const MAX_HEADER_LINES = 128;
export const MAX_LINE_OCTETS = 8_192;

const CRLF = "\r\n";
const VERSION = "SIP/2.0";
const HTAB = 9;
const SPACE = 32;
const CR = 13;

/**
 * Reads one whole message, as one WebSocket message holds it (RFC 7118 §5). Only its outline: start line, header
 * lines, body; a header's value is read when it is asked for. Throws `SipSyntaxError`, with the request as far as it
 * could be read, so that it can be answered.
 */
export function parse(text: Octets): SipMessage {
  if (text.length > MAX_MESSAGE_OCTETS) {
    throw new SipSyntaxError("message", MAX_MESSAGE_OCTETS, `more than ${MAX_MESSAGE_OCTETS} octets`);
  }
  const problems = new Problems();
  const start = skipEmptyLines(text);
  const { end, next } = nextLine(text, start, problems);
  if (end - start > MAX_LINE_OCTETS)
    problems.note("start line", start, `a line of more than ${MAX_LINE_OCTETS} octets`);
  const { lines, bodyAt } = readHeaderLines(text, next, problems);
  const headers = new Headers(lines);
  const body = bodyOf(headers, text.slice(bodyAt), problems);
  const message = readStartLine(text.slice(start, end), headers, body, problems);
  problems.throwFirst(message);
  return message;
}

/** Collects the first thing wrong, so that reading goes on and finds the Via that an answer needs. */
class Problems {
  #first: SipSyntaxError | undefined;

  note(part: string, at: number, problem: string, status: 400 | 505 = 400): void {
    this.#first ??= new SipSyntaxError(part, at, problem, { status });
  }

  keep(error: unknown): void {
    if (!(error instanceof SipSyntaxError)) throw error;
    this.#first ??= error;
  }

  /** Throws what was noted; the message is what could be read in spite of it. */
  throwFirst(message: SipMessage): void {
    if (this.#first === undefined) return;
    const { part, at, problem, status } = this.#first;
    const salvaged = message.kind === "request" && message.method !== "" ? answerable(message) : undefined;
    throw new SipSyntaxError(part, at, problem, { status, salvaged });
  }
}

/** The request without the lines that hold a CR or NUL: an answer must not repeat them. */
function answerable(request: SipRequest): SipRequest {
  const whole = request.headers.lines.filter(({ text }) => !text.includes("\r") && !text.includes("\0"));
  return { ...request, headers: new Headers(whole) };
}

/** Empty lines before a message are ignored (§7.5). */
function skipEmptyLines(text: Octets): number {
  let at = 0;
  while (text.startsWith(CRLF, at)) at += 2;
  return at;
}

/** The line from `at`: where it ends, where the next begins. A CR or LF alone is a fault, not a line's end. */
function nextLine(text: Octets, at: number, problems: Problems): { end: number; next: number } {
  const lf = text.indexOf("\n", at);
  const cr = text.indexOf("\r", at);
  if (lf < 0) {
    problems.note("message", text.length, "no empty line after the headers");
    return { end: text.length, next: text.length };
  }
  if (lf > at && text.charCodeAt(lf - 1) === CR) {
    if (cr < lf - 1) problems.note("message", cr, "a CR without LF");
    return { end: lf - 1, next: lf + 1 };
  }
  problems.note("message", lf, "a LF without CR");
  return { end: lf, next: lf + 1 };
}

function readHeaderLines(
  text: Octets,
  from: number,
  problems: Problems,
): { lines: HeaderLine[]; bodyAt: number } {
  const lines: HeaderLine[] = [];
  let at = from;
  for (let seen = 0; at < text.length; seen++) {
    const line = nextLine(text, at, problems);
    if (line.end === at) return { lines, bodyAt: checkedForNul(text, line.next, problems) };
    let { end, next } = line;
    let folded: Octets | undefined;
    for (; isBlank(text.charCodeAt(next)) && seen < MAX_HEADER_LINES; seen++) {
      const more = nextLine(text, next, problems);
      folded = `${folded ?? text.slice(at, end)} ${trimmed(text.slice(next, more.end))}`;
      ({ end, next } = more);
    }
    const header = readHeaderLine(folded ?? text.slice(at, end), at, problems);
    if (header !== undefined) lines.push(header);
    at = next;
    if (seen < MAX_HEADER_LINES) continue;
    problems.note("message", at, `more than ${MAX_HEADER_LINES} header lines`);
    return { lines, bodyAt: text.length };
  }
  problems.note("message", text.length, "no empty line after the headers");
  return { lines, bodyAt: text.length };
}

function checkedForNul(text: Octets, bodyAt: number, problems: Problems): number {
  const nul = text.indexOf("\0");
  if (nul >= 0 && nul < bodyAt) problems.note("message", nul, "a NUL among the headers");
  return bodyAt;
}

function readHeaderLine(text: Octets, at: number, problems: Problems): HeaderLine | undefined {
  const colon = text.indexOf(":");
  const name = text.slice(0, Math.max(colon, 0));
  if (text.length > MAX_LINE_OCTETS) {
    problems.note("header", at, `a line of more than ${MAX_LINE_OCTETS} octets`);
    return undefined;
  }
  const usual = usualHeaderKey(name);
  if (usual !== undefined) return new HeaderLine(usual, text, colon + 1);
  // SP and HTAB may stand before the colon, and nothing else may (§7.3.1): "Contact\x01:" is not Contact.
  const bare = trimmed(name);
  if (bare === "" || !name.startsWith(bare) || !isToken(bare)) {
    problems.note("header", at, colon < 0 ? "a line without a colon" : "a name that is no token");
    return undefined;
  }
  if (bare.length === name.length) return new HeaderLine(headerKey(name), text, colon + 1);
  return new HeaderLine(headerKey(bare), `${bare}:${text.slice(colon + 1)}`, bare.length + 1);
}

function readStartLine(line: Octets, headers: Headers, body: Octets, problems: Problems): SipMessage {
  // The version is the same whatever its case (§7.1).
  if (line.slice(0, VERSION.length + 1).toUpperCase() === `${VERSION} `) {
    const { status, reason } = readStatusLine(line, problems);
    return { kind: "response", status, reason, headers, body };
  }
  const { method, uri } = readRequestLine(line, problems);
  return { kind: "request", method, uri, headers, body };
}

function readStatusLine(line: Octets, problems: Problems): Pick<SipResponse, "status" | "reason"> {
  const from = VERSION.length + 1;
  const status = Number(line.slice(from, from + 3));
  // Digits only: "2e2" is a number too.
  if (!/^[1-6]\d\d ?$/.test(line.slice(from, from + 4))) {
    problems.note("start line", from, "expected a status from 100 to 699");
  }
  return { status, reason: line.slice(from + 4) };
}

function readRequestLine(line: Octets, problems: Problems): Pick<SipRequest, "method" | "uri"> {
  const first = line.indexOf(" ");
  const last = line.lastIndexOf(" ");
  const method = line.slice(0, Math.max(first, 0));
  if (!isToken(method)) {
    problems.note("start line", 0, "expected a method");
    return { method: "", uri: "" };
  }
  const uri = line.slice(first + 1, Math.max(last, first + 1));
  const version = line.slice(last + 1);
  if (uri === "" || uri.includes(" ") || uri.includes("\t")) {
    problems.note("start line", first + 1, "expected a method, one space, a URI, one space and the version");
  } else if (version !== VERSION && version.toUpperCase() !== VERSION) {
    const status = version.toUpperCase().startsWith("SIP/") ? 505 : 400;
    problems.note("start line", last + 1, `expected ${VERSION}`, status);
  }
  return { method, uri };
}

/** What is beyond Content-Length is dropped; less than it announces is half a message (§18.3). */
function bodyOf(headers: Headers, rest: Octets, problems: Problems): Octets {
  try {
    const lengths = headers.all(ContentLength);
    const length = lengths[0];
    if (length === undefined) return rest;
    if (lengths.some((other) => other !== length)) problems.note("Content-Length", 0, "two that differ");
    if (length > rest.length)
      problems.note("Content-Length", 0, `${length} octets announced, ${rest.length} came`);
    return length < rest.length ? rest.slice(0, length) : rest;
  } catch (error) {
    problems.keep(error);
    return rest;
  }
}

function isToken(text: Octets): boolean {
  for (let i = 0; i < text.length; i++) if (TOKEN[text.charCodeAt(i)] !== 1) return false;
  return text !== "";
}

function isBlank(code: number): boolean {
  return code === SPACE || code === HTAB;
}

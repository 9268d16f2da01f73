import fc from "fast-check";
import { expect, test } from "vitest";
import { formatAddress, readAddress } from "../../functions/sip/address.ts";
import { textField } from "../../functions/sip/field.ts";
import { format } from "../../functions/sip/format.ts";
import { headerKey } from "../../functions/sip/header-key.ts";
import { Headers, headerLine } from "../../functions/sip/headers.ts";
import type { SipMessage } from "../../functions/sip/message.ts";
import { octetsOf, trimmed } from "../../functions/sip/octets.ts";
import { parse } from "../../functions/sip/parse.ts";
import { quoted, Scanner } from "../../functions/sip/scanner.ts";
import { formatUri, parseUri } from "../../functions/sip/uri.ts";
import { formatVia, readVia } from "../../functions/sip/via.ts";

const octets = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString("latin1"));
/** What may stand in a line: everything but what ends it. */
const lineOctets = fc.oneof(octets, fc.string().map(octetsOf)).map((text) => text.replace(/[\r\n\0]/g, ""));
const token = fc.stringMatching(/^[\w.!%*+`'~-]{1,12}$/);
const host = fc.oneof(
  fc.domain(),
  fc.ipV4(),
  fc.ipV6().map((address) => `[${address}]`),
);
const port = fc.option(fc.nat(65_535), { nil: undefined });

/** Content-Length has a law of its own, and tests of its own. */
const name = token.filter((text) => headerKey(text) !== "content-length");
const line = fc.tuple(name, lineOctets).map(([text, value]) => headerLine(textField(text), value));
const headers = fc.array(line, { maxLength: 8 }).map((lines) => new Headers(lines));
const requestUri = fc.stringMatching(/^[!-~]{1,30}$/);

const request = fc.record({
  kind: fc.constant("request" as const),
  method: token,
  uri: requestUri,
  headers,
  body: octets,
});
const response = fc.record({
  kind: fc.constant("response" as const),
  status: fc.integer({ min: 100, max: 699 }),
  reason: lineOctets,
  headers,
  body: octets,
});
const message: fc.Arbitrary<SipMessage> = fc.oneof(request, response);

const escaped = (literal: string) => fc.stringMatching(new RegExp(`^([${literal}]|%[0-9A-Fa-f]{2}){1,10}$`));
const uriPart = escaped("A-Za-z0-9_.!~*'()-");
const uriParam = escaped("A-Za-z0-9_.!~*'()\\[\\]/:&+$-");
const sipUri = fc
  .record({
    scheme: fc.constantFrom("sip" as const, "sips" as const),
    user: fc.option(uriPart, { nil: undefined }),
    password: fc.option(uriPart, { nil: undefined }),
    host,
    port,
    params: fc.array(fc.oneof(fc.tuple(uriParam), fc.tuple(uriParam, uriParam)), { maxLength: 4 }),
    headers: fc.option(uriPart, { nil: undefined }),
  })
  .map((uri) => (uri.user === undefined ? { ...uri, password: undefined } : uri));

const quotedText = fc.oneof(octets.map(quoted), fc.string().map(octetsOf).map(quoted));
const params = fc.array(fc.oneof(fc.tuple(token), fc.tuple(token, token), fc.tuple(token, quotedText)), {
  maxLength: 4,
});

test("any message reads back as it was written (RFC 3261 §7)", () => {
  fc.assert(
    fc.property(message, (original) => {
      const read = parse(format(original));
      expect(read).toEqual(original);
      const valuesOf = ({ headers: { lines } }: SipMessage) => lines.map((each) => trimmed(each.value));
      expect(valuesOf(read)).toEqual(valuesOf(original));
    }),
  );
});

test("a message handed on is the same octets: every line, its order, its spelling (RFC 3261 §16.6)", () => {
  fc.assert(
    fc.property(message, (original) => {
      const text = format(original);
      expect(format(parse(text))).toBe(text);
    }),
  );
});

test("what stands behind Content-Length goes, and what is before it stays (RFC 3261 §18.3)", () => {
  fc.assert(
    fc.property(message, octets, (original, noise) => {
      const length = headerLine(textField("l"), String(original.body.length));
      const text = format({ ...original, headers: new Headers([...original.headers.lines, length]) });
      expect(format(parse(text + noise))).toBe(text);
    }),
  );
});

test("any folding of a line is the line with one space at each fold (RFC 3261 §7.3.1)", () => {
  const word = fc.stringMatching(/^[!-~\x80-\xff]{1,8}$/);
  const fold = fc.constantFrom("\r\n ", "\r\n\t", "\r\n \t ");
  fc.assert(
    fc.property(fc.array(fc.tuple(fold, word), { minLength: 1, maxLength: 8 }), (pieces) => {
      const folded = pieces.map(([blank, text]) => blank + text).join("");
      const unfolded = pieces.map(([, text]) => ` ${text}`).join("");
      const { headers: read } = parse(`OPTIONS sip:h SIP/2.0\r\nX:${folded}\r\nY: 1\r\n\r\n`);
      expect(read.lines.map((each) => each.text)).toEqual([`X:${unfolded}`, "Y: 1"]);
    }),
  );
});

test("any SIP URI reads back as it was written, escapes as spelled (RFC 3261 §19.1.1)", () => {
  fc.assert(
    fc.property(sipUri, (uri) => {
      expect(parseUri(formatUri(uri))).toEqual(uri);
    }),
  );
});

test("any address reads back as it was written (RFC 3261 §20.10)", () => {
  const display = fc.option(fc.oneof(quotedText, token), { nil: undefined });
  const address = fc.record({ display, uri: sipUri.map(formatUri), params });
  fc.assert(
    fc.property(address, (original) => {
      const scanner = new Scanner(formatAddress(original), "Contact");
      expect(readAddress(scanner)).toEqual(original);
      expect(scanner.atEnd).toBe(true);
    }),
  );
});

test("any Via reads back as it was written (RFC 3261 §20.42)", () => {
  const sentBy = fc
    .tuple(host, port)
    .map(([name, number]) => (number === undefined ? name : `${name}:${number}`));
  fc.assert(
    fc.property(fc.record({ transport: token, sentBy, params }), (original) => {
      const scanner = new Scanner(formatVia(original), "Via");
      expect(readVia(scanner)).toEqual(original);
      expect(scanner.atEnd).toBe(true);
    }),
  );
});

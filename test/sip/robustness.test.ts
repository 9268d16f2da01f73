import fc from "fast-check";
import { expect, test } from "vitest";
import { formatAddress, readAddress } from "../../functions/sip/address.ts";
import { aorIn } from "../../functions/sip/aor.ts";
import { checkRequest } from "../../functions/sip/check-request.ts";
import type { HeaderField, ReadableField } from "../../functions/sip/field.ts";
import * as fields from "../../functions/sip/fields.ts";
import { format } from "../../functions/sip/format.ts";
import { headerLine } from "../../functions/sip/headers.ts";
import type { SipMessage } from "../../functions/sip/message.ts";
import { parse } from "../../functions/sip/parse.ts";
import { Refusal } from "../../functions/sip/refusal.ts";
import { reply } from "../../functions/sip/reply.ts";
import { Scanner } from "../../functions/sip/scanner.ts";
import { SipSyntaxError } from "../../functions/sip/syntax-error.ts";
import { formatUri, parseUri } from "../../functions/sip/uri.ts";

// What is asked here is asked of anything that can come over a connection: it is a message, or it is a SipSyntaxError.

const REGISTER = [
  "REGISTER sip:example.com SIP/2.0",
  "Via: SIP/2.0/WSS r4w8jd1m6zt0.invalid;branch=z9hG4bK881203, SIP/2.0/TLS [2001:db8::1]:5061;rport",
  "Max-Forwards: 69",
  "To: <sip:bob@example.com>",
  'From: "Bob \\"B\\"" <sip:bob@example.com>;tag=3c9v1kq0',
  "Call-ID: 7mw2k5q1x9c8v0b3n6h4d2",
  "CSeq: 2 REGISTER",
  'Contact: <sip:x9d2m0lk@r4w8jd1m6zt0.invalid;transport=ws>;+sip.ice;reg-id=1;\r\n +sip.instance="<urn:uuid:2f0c>"',
  "m: sip:bob@192.0.2.7:5060;q=0.5, tel:+49301234",
  "Expires: 600",
  "Route: <sip:p.example.com;lr>, <sips:%61@q.example.com:5061?x=y>",
  'Authorization: Digest username="bob", realm="a,b", nonce="n", uri="sip:example.com", qop=auth',
  "k: path,gruu,outbound",
  "Content-Length: 4",
  "",
  "v=0\n",
].join("\r\n");

const { Authorization, ContentLength, ProxyAuthorization, Via } = fields;
const FIELDS: readonly ReadableField<unknown>[] = Object.values(fields);
/** Credentials are only read; a Content-Length needs its body. */
const WRITTEN = Object.values(fields).filter(
  (field) => field !== Authorization && field !== ProxyAuthorization && field !== ContentLength,
);

/** Octets that mean something to the grammar, and some that mean nothing. */
const spice = fc.oneof(
  fc.constantFrom(...'\r\n\t\0 "\\<>()[]{}:;,@=?&%/*#+-.09azAZ\x7f\xa0\xff'),
  fc.constantFrom(..."\r\n|\r\n |\r\n\r\n|\r\nVia: |\r\nTo:|%00|%zz|;;|,,|sip:|SIP/2.0".split("|")),
);
const edit = fc.record({
  at: fc.nat(REGISTER.length),
  drop: fc.nat(6),
  put: fc.oneof(fc.constant(""), spice),
});
const edited = (text: string, edits: readonly { at: number; drop: number; put: string }[]) =>
  edits.reduce((so, { at, drop, put }) => so.slice(0, at) + put + so.slice(at + drop), text);
/** A good REGISTER with a few octets of it dropped, replaced or put in. */
const mutant = fc.array(edit, { minLength: 1, maxLength: 5 }).map((edits) => edited(REGISTER, edits));
const noise = fc.oneof(
  fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
  fc.array(spice, { maxLength: 80 }).map((pieces) => pieces.join("")),
);
const runs = { numRuns: 1_000 };

/** What the reading answers; undefined if it refuses. Any other error is the test's failure. */
function unlessRefused<Value>(reading: () => Value): Value | undefined {
  try {
    return reading();
  } catch (error) {
    // 416 is of a request that can be read, and is not for us (RFC 3261 §16.3 step 2).
    if (error instanceof SipSyntaxError || error instanceof Refusal) return undefined;
    throw error;
  }
}

/** The message, or what could be read of one. */
function readable(text: string): SipMessage | undefined {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof SipSyntaxError)) throw error;
    expect([400, 505]).toContain(error.status);
    expect(error.at).toBeLessThanOrEqual(text.length);
    return error.salvaged;
  }
}

test("the message that is mutated below is a good one", () => {
  const message = parse(REGISTER);
  expect(message.kind === "request" && checkRequest(message)).toBeUndefined();
  const read = FIELDS.filter((field) => message.headers.all(field).length > 0).map((field) => field.name);
  expect(read.sort().join(" ")).toBe(
    "Authorization CSeq Call-ID Contact Content-Length Expires From Max-Forwards Route Supported To Via",
  );
});

test("any octets are a message or a SipSyntaxError, and so is every value of it", () => {
  fc.assert(
    fc.property(fc.oneof(mutant, noise), (text) => {
      const message = readable(text);
      if (message === undefined) return;
      if (message.kind === "request") unlessRefused(() => checkRequest(message));
      for (const field of FIELDS) unlessRefused(() => message.headers.all(field));
    }),
    runs,
  );
});

test("what was accepted is written so that the next hop reads the same message (RFC 3261 §16.6)", () => {
  fc.assert(
    fc.property(mutant, (text) => {
      const message = unlessRefused(() => parse(text));
      if (message !== undefined) expect(parse(format(message))).toEqual(message);
    }),
    runs,
  );
});

/** Whether every value of a header that a message has, and can be read, reads the same after a way over the wire. */
function survives<Value>(field: HeaderField<Value>, message: SipMessage): void {
  for (const value of unlessRefused(() => message.headers.all(field)) ?? []) {
    const { headers } = parse(`OPTIONS sip:h SIP/2.0\r\n${headerLine(field, value).text}\r\n\r\n`);
    expect(headers.all(field)).toEqual([value]);
  }
}

test("values that were accepted are written so that they read the same", () => {
  fc.assert(
    fc.property(mutant, (text) => {
      const message = unlessRefused(() => parse(text));
      if (message === undefined) return;
      for (const field of WRITTEN) survives(field as unknown as HeaderField<unknown>, message);
    }),
    runs,
  );
});

test("whatever could be read of a request, the answer to it is a message with its Vias (RFC 3261 §8.2.6)", () => {
  fc.assert(
    fc.property(mutant, (text) => {
      const request = readable(text);
      if (request?.kind !== "request") return;
      const answer = parse(format(reply(request, 400, { toTag: "t" })));
      expect(answer.headers.pick(Via)).toEqual(request.headers.pick(Via));
    }),
    runs,
  );
});

test("any text is a URI that is written so that it reads the same, or a SipSyntaxError", () => {
  const good = fc.constantFrom(
    "sip:a:b@h:5060;x=y;lr?s=t",
    "sips:%41@[::1]:1;a",
    "tel:+49;x",
    "sip:example.com",
  );
  const changed = fc.tuple(
    good,
    fc.array(fc.record({ at: fc.nat(25), drop: fc.nat(3), put: spice }), { maxLength: 4 }),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        changed.map(([text, edits]) => edited(text, edits)),
        noise,
      ),
      (text) => {
        const uri = unlessRefused(() => parseUri(text));
        if (uri === undefined) return;
        expect(parseUri(formatUri(uri))).toEqual(uri);
        const aor = aorIn(text, "To");
        if (aor !== undefined) expect(aorIn(aor, "To")).toBe(aor);
      },
    ),
    runs,
  );
});

test("any text is an address that is written so that it reads the same, or a SipSyntaxError", () => {
  fc.assert(
    fc.property(fc.array(spice, { maxLength: 12 }), (pieces) => {
      const read = (text: string) => readAddress(new Scanner(text, "To"));
      const address = unlessRefused(() => read(pieces.join("")));
      if (address !== undefined) expect(read(formatAddress(address))).toEqual(address);
    }),
    runs,
  );
});

import { expect, test } from "vitest";
import { asserting, withoutClaims } from "../../functions/proxy/asserted-identity.ts";
import { forwardedRequest } from "../../functions/proxy/forward.ts";
import { keepRequest, keptRequest } from "../../functions/proxy/kept-request.ts";
import { aor } from "../../functions/sip/aor.ts";
import { checkRequest, MAX_CLIENT_LINES } from "../../functions/sip/check-request.ts";
import { Via } from "../../functions/sip/fields.ts";
import { format } from "../../functions/sip/format.ts";
import type { SipRequest } from "../../functions/sip/message.ts";
import { parse } from "../../functions/sip/parse.ts";
import { Refusal } from "../../functions/sip/refusal.ts";
import { SipSyntaxError } from "../../functions/sip/syntax-error.ts";

const LINES = [
  "Via: SIP/2.0/WSS x.invalid;branch=z9hG4bK1",
  "Max-Forwards: 70",
  "From: <sip:alice@example.com>;tag=1",
  "To: <sip:bob@example.com>",
  "Call-ID: 1",
  "CSeq: 1 OPTIONS",
];

const check = (lines: readonly string[]) => {
  const request = parse(`OPTIONS sip:bob@example.com SIP/2.0\r\n${lines.join("\r\n")}\r\n\r\n`);
  return () => request.kind === "request" && checkRequest(request);
};
const without = (name: string) => LINES.filter((line) => !line.startsWith(`${name}:`));
const changed = (name: string, value: string) => [...without(name), `${name}: ${value}`];

test("a request with what every request must have passes (RFC 3261 §8.1.1)", () => {
  expect(check(LINES)).not.toThrow();
});

/** With so many header lines in all, of which so many are Vias. */
const lines = (count: number, vias = 1) => [
  ...Array.from({ length: vias - 1 }, (_, n) => `Via: SIP/2.0/WSS p${n}.example;branch=z9hG4bKp${n}`),
  ...LINES,
  ...Array.from({ length: count - LINES.length - vias + 1 }, (_, n) => `X-${n}: 1`),
];

test.each([
  ["its client", 1, 104],
  ["another proxy", 2, 120],
])("a request of %s may have so many header lines: Vias %i, lines %i", (_, vias, most) => {
  expect(check(lines(most, vias))).not.toThrow();
  expect(check(lines(most + 1, vias))).toThrow(
    new SipSyntaxError("message", 0, `more than ${most} header lines`),
  );
});

test("a request with all the header lines that a client may send can be read behind three proxies like us, and be kept there", () => {
  const leg = (n: number) => ({
    uri: "sip:bob@x.invalid",
    path: "",
    via: { transport: "WS", sentBy: `p${n}.example`, params: [["branch", `z9hG4bKq${n}`]] } as const,
    recordRoutes: [1, 2].map((side) => ({ display: undefined, uri: `sip:${n}.${side}@h;lr`, params: [] })),
    breadth: 60,
  });
  const most = lines(MAX_CLIENT_LINES).filter((line) => !line.startsWith("Max-Forwards"));
  let request = parse(`OPTIONS sip:bob@x SIP/2.0\r\n${[...most, "X: 1"].join("\r\n")}\r\n\r\n`) as SipRequest;
  for (const n of [1, 2, 3]) {
    expect(() => checkRequest(request)).not.toThrow();
    const asserted = asserting(withoutClaims(request), aor("alice", "example.com"));
    expect(keptRequest(keepRequest(asserted)).headers.lines.length).toBeGreaterThan(MAX_CLIENT_LINES);
    request = parse(format(forwardedRequest(asserted, leg(n)))) as SipRequest;
  }
  expect(request.headers.all(Via)).toHaveLength(4);
});

test("a request without Max-Forwards passes (RFC 3261 §16.3 step 3)", () => {
  expect(check(without("Max-Forwards"))).not.toThrow();
});

test.each(["Via", "From", "To", "Call-ID", "CSeq"])(
  "a request without %s is refused (RFC 3261 §8.1.1)",
  (name) => {
    expect(check(without(name))).toThrow(new SipSyntaxError(name, 0, "missing"));
  },
);

test.each(["From", "To", "Call-ID", "CSeq"])("a request with two %s is refused (RFC 4475 §3.3.8)", (name) => {
  const again = LINES.filter((line) => line.startsWith(`${name}:`));
  expect(check([...LINES, ...again])).toThrow(new SipSyntaxError(name, 0, "more than one"));
});

test("a second spelled compactly is a second all the same (RFC 3261 §7.3.3)", () => {
  expect(check([...LINES, "t: <sip:carol@example.com>"])).toThrow(
    new SipSyntaxError("To", 0, "more than one"),
  );
});

test.each([
  ["Via", "nonsense", 9, 'expected "/"'],
  ["Via", "", 0, "missing"],
  ["From", "<sip:a", 2, 'expected ">" after the URI'],
  ["To", "", 1, "expected a URI"],
  ["Max-Forwards", "300", 1, "expected a number up to 255"],
  ["CSeq", "1OPTIONS", 2, "expected white space and a method"], // §25.1
  ["CSeq", "1 INVITE", 0, "a method other than OPTIONS"], // RFC 4475 §3.1.2.17
  ["CSeq", "1 options", 0, "a method other than OPTIONS"],
])("%s: %s is refused (RFC 3261 §16.3 step 1)", (name, value, at, problem) => {
  expect(check(changed(name, value))).toThrow(new SipSyntaxError(name, at, problem));
});

const asked = (uri: string) => {
  const request = parse(`OPTIONS ${uri} SIP/2.0\r\n${LINES.join("\r\n")}\r\n\r\n`);
  return () => request.kind === "request" && checkRequest(request);
};

test.each(["<sip:bob@example.com>", "sip:2001:db8::10", "sip:", "bob@example.com", "sip:b%ob@x"])(
  "a malformed Request-URI is refused whoever asks (RFC 3261 §16.3 step 1): %s",
  (uri) => {
    expect(asked(uri)).toThrow(expect.objectContaining({ status: 400, part: "Request-URI" }));
  },
);

test.each(["tel:+123", "urn:service:sos", "soap.beep://192.0.2.103:3002"])(
  "a Request-URI of another scheme is refused with 416 (RFC 3261 §16.3 step 2): %s",
  (uri) => {
    expect(asked(uri)).toThrow(new Refusal(416));
  },
);

test("a tel Request-URI is not, where there is somebody who takes it", () => {
  const asked = (uri: string) => {
    const request = parse(`OPTIONS ${uri} SIP/2.0\r\n${LINES.join("\r\n")}\r\n\r\n`);
    return () => request.kind === "request" && checkRequest(request, true);
  };
  expect(asked("tel:+123")).not.toThrow();
  expect(asked("urn:service:sos")).toThrow(new Refusal(416));
});

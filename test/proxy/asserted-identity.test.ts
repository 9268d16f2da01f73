import { expect, test } from "vitest";
import { asserting, preferredIdentity, withoutClaims } from "../../functions/proxy/asserted-identity.ts";
import type { Aor } from "../../functions/sip/aor.ts";
import { format } from "../../functions/sip/format.ts";
import { parse } from "../../functions/sip/parse.ts";

const ALICE = "sip:alice@example.com" as Aor;

function request(...lines: readonly string[]) {
  return parse(["MESSAGE sip:bob@example.com SIP/2.0", ...lines, "", ""].join("\r\n"));
}

test.each([
  "P-Asserted-Identity: <sip:boss@example.com>",
  "p-asserted-identity : tel:+15551234",
  'P-Preferred-Identity: "The Boss" <sip:boss@example.com>',
  'Remote-Party-ID: "The Boss" <sip:boss@example.com>;party=calling;screen=yes',
])("what a client says of who it is goes no further: %s (RFC 3325 §5)", (line) => {
  const kept = format(withoutClaims(request(line, "Subject: hello", line)));
  expect(kept).not.toMatch(/identity|remote-party/i);
  expect(kept).toContain("Subject: hello");
});

test("a message that claims nothing is the very same", () => {
  const message = request("Subject: hello");
  expect(withoutClaims(message)).toBe(message);
});

test("we say who it is (RFC 3325 §9.1)", () => {
  expect(format(asserting(request(), ALICE))).toContain("P-Asserted-Identity: <sip:alice@example.com>\r\n");
});

test.each(["id", "header; id", "critical;ID", "user"])(
  "a caller who wishes to stay hidden does: Privacy %s (RFC 3325 §7)",
  (privacy) => {
    const message = request(`Privacy: ${privacy}`);
    expect(asserting(message, ALICE)).toBe(message);
  },
);

const ANONYMOUS = 'From: "Anonymous" <sip:anonymous@anonymous.invalid>;tag=1';

test.each([ANONYMOUS, "f: sips:ANONYMOUS@Anonymous.Invalid", "From: <sip:anonymous.invalid;x=y>"])(
  "a caller whose From names nobody is not named by us either: %s (RFC 3323 §4.1.1.3)",
  (from) => {
    const message = request(from);
    expect(asserting(message, ALICE)).toBe(message);
  },
);

test.each([
  "From: <sip:anonymous@example.com>",
  "From: <sip:a@anonymous.invalid.example>",
  "From: <sip:anonymous.invalid@example.com>",
])("a From that only looks like that hides nobody: %s", (from) => {
  expect(format(asserting(request(from), ALICE))).toContain("P-Asserted-Identity");
});

test("who says nobody in From and hides nothing is named (RFC 3323 §4.2, none)", () => {
  expect(format(asserting(request(ANONYMOUS, "Privacy: none"), ALICE))).toContain("P-Asserted-Identity");
});

test.each<[string, readonly string[], string | undefined]>([
  ["one", ['P-Preferred-Identity: "Alice" <sip:alice@example.com>'], "sip:alice@example.com"],
  [
    "the SIP one of two",
    ["P-Preferred-Identity: <tel:+1555>, <sip:alice@example.com>"],
    "sip:alice@example.com",
  ],
  [
    "the first of two lines",
    ["P-Preferred-Identity: <sip:a@b>", "P-Preferred-Identity: <sip:c@d>"],
    "sip:a@b",
  ],
  ["none that is SIP's", ["P-Preferred-Identity: <tel:+1555>"], undefined],
  ["none that can be read", ["P-Preferred-Identity: <sip:"], undefined],
  ["none", [], undefined],
])("a client's hint names %s (RFC 3325 §9.2)", (_, lines, preferred) => {
  expect(preferredIdentity(request(...lines))).toBe(preferred);
});

test.each(["none", "session", "identity"])("any other Privacy hides nothing of that: %s", (privacy) => {
  expect(format(asserting(request(`Privacy: ${privacy}`), ALICE))).toContain("P-Asserted-Identity");
});

test("of somebody whom we do not know we say nothing", () => {
  const message = request();
  expect(asserting(message, undefined)).toBe(message);
});

import { expect, test } from "vitest";
import { asserting, withoutClaims } from "../../functions/proxy/asserted-identity.ts";
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

test.each(["none", "session", "identity"])("any other Privacy hides nothing of that: %s", (privacy) => {
  expect(format(asserting(request(`Privacy: ${privacy}`), ALICE))).toContain("P-Asserted-Identity");
});

test("of somebody whom we do not know we say nothing", () => {
  const message = request();
  expect(asserting(message, undefined)).toBe(message);
});

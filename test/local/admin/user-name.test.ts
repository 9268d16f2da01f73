import { expect, test } from "vitest";
import { BadRequest } from "../../../infra/local/admin/administrator.ts";
import { aorNamed, readUserName, userNameOf } from "../../../infra/local/admin/user-name.ts";

const DOMAINS = ["example.com", "example.org"];

test.each([
  ["alice", "sip:alice@example.com"],
  ["alice@example.org", "sip:alice@example.org"],
  ["alice@EXAMPLE.org", "sip:alice@example.org"],
  ["sip:alice@example.com", "sip:alice@example.com"],
  ["SIPS:alice@example.org:5061;transport=ws", "sip:alice@example.org"],
  ["sip:%61lice@example.com", "sip:alice@example.com"],
  // A name is a name: only a URI has escapes.
  ["%61lice", "sip:%2561lice@example.com"],
  ["a@b@example.org", "sip:a%40b@example.org"],
  ["+49 30 123", "sip:+49%2030%20123@example.com"],
  ["Jürgen", "sip:J%C3%BCrgen@example.com"],
])("%s is %s", (text, aor) => {
  expect(readUserName(text, DOMAINS)).toBe(aor);
});

test.each([
  ["", "nobody"],
  ["@example.com", "nobody"],
  ["sip:example.com", "nobody"],
  ["alice@", "foreign"],
  ["alice@example.net", "foreign"],
  ["sip:alice@example.net", "foreign"],
  ["sip:al ice@example.com", "unreadable"],
  ["sip:", "unreadable"],
  ["ali\nce", "control"],
  ["alice\u009b2J", "control"],
  ["ü".repeat(100), "too long"],
])("%j is nobody of ours: %s", (text, problem) => {
  expect(readUserName(text, DOMAINS)).toEqual({ problem });
});

test("a name comes back as it was written", () => {
  for (const text of ["alice@example.com", "a@b@example.org", "Jürgen Ω@example.com", "50%@example.org"]) {
    expect(userNameOf(aorNamed(text, DOMAINS))).toBe(text);
  }
});

test("what is wrong with a name is told without what would write to a terminal", () => {
  expect(() => aorNamed("al\x1b[2Jice", DOMAINS)).toThrow(
    new BadRequest('"al?[2Jice" has control characters in it'),
  );
  expect(() => aorNamed("alice@example.net", DOMAINS)).toThrow(
    new BadRequest('"alice@example.net" is not of a domain in SIP_DOMAINS (example.com, example.org)'),
  );
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkRights, rightsOf, sameRights, wordsOf } from "../../functions/auth/rights.ts";
import { aor } from "../../functions/sip/aor.ts";
import { Refusal } from "../../functions/sip/refusal.ts";

const BOB = aor("bob", "example.com");

/** The reason of the refusal; undefined if it is allowed. */
function refusalOf(words: readonly string[] | undefined, method: string): string | undefined {
  try {
    checkRights(words && rightsOf(words), method, BOB);
    return undefined;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error.message;
  }
}

const NO_CALLS = "403 No Right To Call";
const NO_MESSAGES = "403 No Right To Send Messages";
const NO_DOMAIN = "403 No Right To Reach example.com";

test.each<[string, readonly string[] | undefined, string | undefined, string | undefined]>([
  ["nothing is said: everything", undefined, undefined, undefined],
  ["both", ["calls", "messages"], undefined, undefined],
  ["calls only", ["calls"], undefined, NO_MESSAGES],
  ["messages only", ["messages"], NO_CALLS, undefined],
  ["none", [], NO_CALLS, NO_MESSAGES],
  ["words of somebody else's", ["openid", "CALLS", "calls-to-mum"], NO_CALLS, NO_MESSAGES],
  ["this domain", ["calls", "messages", "domain:Example.com"], undefined, undefined],
  ["one of two domains", ["calls", "domain:example.org", "domain:example.com"], undefined, NO_MESSAGES],
  ["another domain", ["calls", "messages", "domain:example.org"], NO_DOMAIN, NO_DOMAIN],
  ["a domain without a name", ["calls", "messages", "domain:"], NO_DOMAIN, NO_DOMAIN],
  ["a domain, and nothing to do there", ["domain:example.com"], NO_CALLS, NO_MESSAGES],
])("who is allowed %s (%j) gets for a call %s, for a message %s", (_, words, call, message) => {
  expect(refusalOf(words, "INVITE")).toBe(call);
  expect(refusalOf(words, "MESSAGE")).toBe(message);
});

test.each(["REFER", "OPTIONS", "SUBSCRIBE", "NOTIFY", "PUBLISH", "INFO", "FOO"])(
  "whatever is no MESSAGE, and comes to a device, needs the right to call: %s",
  (method) => {
    expect(refusalOf(["messages"], method)).toBe(NO_CALLS);
    expect(refusalOf(["calls"], method)).toBeUndefined();
  },
);

describe("rights in words", () => {
  const words = fc.uniqueArray(fc.constantFrom("calls", "messages", "domain:b.example", "domain:a.example"));

  test("come back as they were, in whatever order they were said", () => {
    fc.assert(
      fc.property(words, (said) => {
        const rights = rightsOf(said);
        expect([...wordsOf(rights)].sort()).toEqual([...said].sort());
        expect(sameRights(rights, rightsOf([...said].reverse()))).toBe(true);
      }),
    );
  });

  test("that differ are other rights, and none are not all", () => {
    fc.assert(
      fc.property(words, words, (one, other) => {
        const isSame = [...one].sort().join() === [...other].sort().join();
        expect(sameRights(rightsOf(one), rightsOf(other))).toBe(isSame);
        expect(sameRights(rightsOf(one), undefined)).toBe(false);
      }),
    );
    expect(sameRights(undefined, undefined)).toBe(true);
  });
});

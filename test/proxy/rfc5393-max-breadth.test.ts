import fc from "fast-check";
import { expect, test } from "vitest";
import type { BindingKey, ConnectionId } from "../../functions/location/ids.ts";
import { type Branch, calling, done } from "../../functions/proxy/branch.ts";
import { forwardedRequest } from "../../functions/proxy/forward.ts";
import { breadthsOf, shareOf } from "../../functions/proxy/max-breadth.ts";
import { MaxBreadth } from "../../functions/sip/fields.ts";
import { Refusal } from "../../functions/sip/refusal.ts";
import { SipSyntaxError } from "../../functions/sip/syntax-error.ts";
import { invite, linesOf } from "../support/a-request.ts";

// How many branches a request may have at a time (RFC 5393 §5).

const asked = (breadth: number | string) => invite(`Max-Breadth: ${breadth}`);

test.each([
  ["parallel forking (§5.2)", 60, 2, { atOnce: 2, each: 30 }],
  ["one target after the other (§5.2)", 60, 1, { atOnce: 1, each: 60 }],
  ["Max-Breadth and Max-Forwards together, at the top (§5.2)", 4, 2, { atOnce: 2, each: 2 }],
  ["below", 2, 2, { atOnce: 2, each: 1 }],
  ["and at the bottom, where nobody forks any more", 1, 1, { atOnce: 1, each: 1 }],
  ["eight targets for a breadth of four (§5.5)", 4, 8, { atOnce: 4, each: 1 }],
  ["a breadth that does not divide", 10, 4, { atOnce: 4, each: 2 }],
  ["more than we allow (§5.3.3)", 61, 1, { atOnce: 1, each: 60 }],
  ["far more than we allow", 4_294_967_295, 2, { atOnce: 2, each: 30 }],
])("%s: of %i, %i targets get %j", (_, breadth, targets, expected) => {
  expect(breadthsOf(asked(breadth), targets)).toEqual(expected);
});

test("a request that does not say has sixty (§5.3.3)", () => {
  expect(breadthsOf(invite(), 1)).toEqual({ atOnce: 1, each: 60 });
  expect(breadthsOf(invite(), 3)).toEqual({ atOnce: 3, each: 20 });
});

test("a request that may have no branch is refused (440, §5.3.3)", () => {
  expect(() => breadthsOf(asked(0), 1)).toThrow(new Refusal(440, "Max-Breadth Exceeded"));
});

test.each(["many", "-1", "1;x=1", "4294967296"])("a Max-Breadth of %s is malformed (§5.8)", (breadth) => {
  expect(() => breadthsOf(asked(breadth), 1)).toThrow(SipSyntaxError);
});

test("the branches together never have more than the request, and none has nothing (§5.3.3)", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 100 }), (breadth, targets) => {
      const { atOnce, each } = breadthsOf(asked(breadth), targets);
      expect(atOnce * each).toBeLessThanOrEqual(Math.min(breadth, 60));
      expect(Math.min(atOnce, each)).toBeGreaterThanOrEqual(1);
      expect(atOnce).toBeLessThanOrEqual(targets);
    }),
  );
});

test("a forwarded request has a single Max-Breadth, its branch's (§5.3.3)", () => {
  const via = { transport: "WSS", sentBy: "example.com", params: [] };
  const leg = { uri: "sip:b@b.invalid", path: "", via, recordRoutes: [], breadth: 7 };
  for (const request of [invite(), invite("Max-Breadth: 14", "max-breadth: 3")]) {
    const forwarded = forwardedRequest(request, leg);
    expect(forwarded.headers.all(MaxBreadth)).toEqual([7]);
    expect(linesOf(forwarded)).toContain("Max-Breadth: 7");
  }
});

test("a branch's share stays what it was when another flow of a device takes the place of one that failed (§5.3.3.1)", () => {
  const device = { push: "unsent", mustRing: false } as const;
  const sent = (instance: number, regId = 1) => {
    const key = `<urn:uuid:${instance}>;${regId}` as BindingKey;
    const connection = `ws-${instance}-${regId}` as ConnectionId;
    return calling({ key, ...device }, { key, connection, uri: "sip:b@b.invalid", path: "" }, 1, undefined);
  };
  const waking: Branch = { state: "waking", key: "hashed" as BindingKey, ...device, until: 1 };
  expect(shareOf(asked(30), [sent(1), waking])).toBe(15);
  expect(shareOf(asked(30), [done(sent(1), 430), waking, sent(1, 2)])).toBe(15);
  expect(shareOf(asked(30), [sent(1), waking, sent(2)])).toBe(10);
});

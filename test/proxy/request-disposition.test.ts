import { expect, test } from "vitest";
import { type RequestDisposition, requestDisposition } from "../../functions/proxy/request-disposition.ts";
import { SipSyntaxError } from "../../functions/sip/syntax-error.ts";
import { invite } from "../support/a-request.ts";

/** What is said, without what is not. */
function said(...lines: readonly string[]): Partial<RequestDisposition> {
  const { headers } = invite(...lines);
  return Object.fromEntries(
    Object.entries(requestDisposition(headers)).filter(([, wanted]) => wanted !== undefined),
  );
}

test.each([
  ["proxy", { proxy: true }],
  ["redirect", { proxy: false }],
  ["cancel", { cancel: true }],
  ["no-cancel", { cancel: false }],
  ["fork", { fork: true }],
  ["no-fork", { fork: false }],
  ["recurse", { recurse: true }],
  ["no-recurse", { recurse: false }],
  ["parallel", { parallel: true }],
  ["sequential", { parallel: false }],
  ["queue", { queue: true }],
  ["no-queue", { queue: false }],
  ["No-Fork", { fork: false }],
])("the directive %s is %o (RFC 3841 §9.1)", (directive, meaning) => {
  expect(said(`Request-Disposition: ${directive}`)).toEqual(meaning);
});

test("directives of different types go together, on one line or on several (RFC 3841 §9.1)", () => {
  expect(said("Request-Disposition: proxy, recurse, parallel", "d: no-queue")).toEqual({
    proxy: true,
    recurse: true,
    parallel: true,
    queue: false,
  });
});

test("a request without the header says nothing", () => {
  expect(said()).toEqual({});
  expect(said("Request-Disposition:")).toEqual({});
});

test("of two directives of a type the first counts: it is the caller's (RFC 3841 §9.1)", () => {
  expect(said("d: no-fork, parallel, fork", "d: sequential")).toEqual({ fork: false, parallel: true });
});

test("what we do not know is ignored", () => {
  expect(said("d: x-later, no-fork, constructor, __proto__")).toEqual({ fork: false });
});

test("who asks for a redirect is not heard about forks (RFC 3841 §9.1)", () => {
  expect(said("d: fork, recurse, parallel, queue, cancel, redirect")).toEqual({
    proxy: false,
    queue: true,
    cancel: true,
  });
});

test("what one request says stays with it", () => {
  expect(said("d: no-fork")).toEqual({ fork: false });
  expect(said()).toEqual({});
});

test("what cannot be read is refused", () => {
  expect(() => said("d: no-fork;now")).toThrow(
    new SipSyntaxError("Request-Disposition", 8, "an octet that does not belong here"),
  );
});

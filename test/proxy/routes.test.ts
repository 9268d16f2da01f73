import { expect, test } from "vitest";
import { popRoutes } from "../../functions/proxy/routes.ts";
import { Route } from "../../functions/sip/fields.ts";
import { SipSyntaxError } from "../../functions/sip/syntax-error.ts";
import { invite } from "../support/a-request.ts";

const isOurs = (host: string) => host === "example.com";

function popped(...routes: string[]) {
  const { request, first, last } = popRoutes(invite(...routes), isOurs);
  const left = request.headers.all(Route).map(({ uri }) => uri);
  return { left, first: first?.user, last: last?.user };
}

test.each([
  [
    "our two, on two lines",
    ["Route: <sip:one@example.com;lr>", "Route: <sip:two@example.com;lr>"],
    "one",
    "two",
    [],
  ],
  ["our two, on one line", ["Route: <sip:one@example.com;lr>, <sip:two@example.com;lr>"], "one", "two", []],
  [
    "ours, but not those of others beneath",
    ["Route: <sip:one@EXAMPLE.com;lr>, <sip:other.net;lr>, <sip:two@example.com;lr>"],
    "one",
    "one",
    ["sip:other.net;lr", "sip:two@example.com;lr"],
  ],
  [
    "none beneath one of others",
    ["Route: <sip:other.net;lr>, <sip:one@example.com;lr>"],
    undefined,
    undefined,
    ["sip:other.net;lr", "sip:one@example.com;lr"],
  ],
  ["none of another scheme", ["Route: <tel:+49>"], undefined, undefined, ["tel:+49"]],
])(
  "the topmost Routes are popped as long as they are ours (RFC 3261 §16.4): %s",
  (_, routes, first, last, left) => {
    expect(popped(...routes)).toEqual({ first, last, left });
  },
);

test("a request without a Route of ours stays the very same", () => {
  const asked = invite();
  expect(popRoutes(asked, isOurs)).toEqual({ request: asked, first: undefined, last: undefined });
  expect(popRoutes(asked, isOurs).request).toBe(asked);
});

test("a Route that cannot be read is refused, not skipped", () => {
  expect(() => popped("Route: <sip:one@example.com;lr>, <sip:@>")).toThrow(SipSyntaxError);
});

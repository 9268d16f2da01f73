import { expect, test } from "vitest";
import { popRoutes } from "../../functions/proxy/routes.ts";
import { Route } from "../../functions/sip/fields.ts";
import { SipSyntaxError } from "../../functions/sip/syntax-error.ts";
import { invite } from "../support/a-request.ts";

const isOurs = (host: string) => host === "example.com";

function popped(...routes: string[]) {
  const { request, last } = popRoutes(invite(...routes), isOurs);
  return { left: request.headers.all(Route).map(({ uri }) => uri), last: last?.user };
}

test.each([
  [
    "our two, on two lines",
    ["Route: <sip:one@example.com;lr>", "Route: <sip:two@example.com;lr>"],
    "two",
    [],
  ],
  ["our two, on one line", ["Route: <sip:one@example.com;lr>, <sip:two@example.com;lr>"], "two", []],
  [
    "ours, but not those of others beneath",
    ["Route: <sip:one@EXAMPLE.com;lr>, <sip:other.net;lr>, <sip:two@example.com;lr>"],
    "one",
    ["sip:other.net;lr", "sip:two@example.com;lr"],
  ],
  [
    "none beneath one of others",
    ["Route: <sip:other.net;lr>, <sip:one@example.com;lr>"],
    undefined,
    ["sip:other.net;lr", "sip:one@example.com;lr"],
  ],
  ["none of another scheme", ["Route: <tel:+49>"], undefined, ["tel:+49"]],
])("the topmost Routes are popped as long as they are ours (RFC 3261 §16.4): %s", (_, routes, last, left) => {
  expect(popped(...routes)).toEqual({ last, left });
});

test("a request without a Route of ours stays the very same", () => {
  const asked = invite();
  expect(popRoutes(asked, isOurs)).toEqual({ request: asked, last: undefined });
  expect(popRoutes(asked, isOurs).request).toBe(asked);
});

test("a Route that cannot be read is refused, not skipped", () => {
  expect(() => popped("Route: <sip:one@example.com;lr>, <sip:@>")).toThrow(SipSyntaxError);
});

import { describe, expect, test } from "vitest";
import { keyring } from "../../functions/keyring/keyring.ts";
import type { BindingKey } from "../../functions/location/ids.ts";
import { partyIn, recordRoute } from "../../functions/proxy/dialog-token.ts";
import type { Party } from "../../functions/proxy/fork.ts";
import { popRoutes } from "../../functions/proxy/routes.ts";
import { looseRouted } from "../../functions/proxy/strict-route.ts";
import type { Aor } from "../../functions/sip/aor.ts";
import { Route } from "../../functions/sip/fields.ts";
import { Refusal } from "../../functions/sip/refusal.ts";
import { request } from "../support/a-request.ts";

const PLACE = { host: "example.com", transport: "ws" } as const;

// A strict router (RFC 2543) puts the first Route into the Request-URI and the target behind the last (RFC 3261 §16.4).

const ring = keyring([{ id: "k", key: Buffer.alloc(32, 1) }]);
const isOurs = (host: string) => host === "example.com";
const PHONE = "sip:bob@phone.invalid;transport=ws";

const party = (name: string): Party => ({
  aor: `sip:${name}@example.com` as Aor,
  key: `<urn:uuid:${name}>;1` as BindingKey,
  connection: undefined,
});
const routeTo = (name: string, callId = "call-1") => recordRoute(ring, PLACE, callId, party(name)).uri;
const CALLEE = routeTo("callee");
const CALLER = routeTo("caller");

function bye(uri: string, ...routes: string[]) {
  const lines = routes.map((route) => `Route: ${route}`);
  return request([`BYE ${uri} SIP/2.0`, "Call-ID: call-1", ...lines, "CSeq: 2 BYE"]);
}

/** Where the request goes then: its Request-URI, the side that its last Route of ours names, and the Routes behind. */
function routed(asked: ReturnType<typeof bye>) {
  const { request: popped, last } = popRoutes(looseRouted(ring, asked, isOurs), isOurs);
  return {
    uri: popped.uri,
    side: last && partyIn(ring, last, "call-1")?.aor,
    left: popped.headers.all(Route).map(({ uri }) => uri),
  };
}

const TO_CALLEE = { uri: PHONE, side: "sip:callee@example.com", left: [] };

test("a loose router's request is what a strict one's is made into", () => {
  expect(routed(bye(PHONE, `<${CALLER}>`, `<${CALLEE}>`))).toEqual(TO_CALLEE);
});

describe("the target comes back from the last Route, our Route from the Request-URI (§16.4)", () => {
  test.each([
    ["with both our Routes", bye(CALLER, `<${CALLEE}>`, `<${PHONE}>`)],
    ["with all Routes on one line", bye(CALLER, `<${CALLEE}>, <${PHONE}>`)],
    ["that has popped our first Route", bye(CALLEE, `<${PHONE}>`)],
    [
      "that leaves out parameters which it does not know",
      bye(CALLER.replace(/;.*/, ""), `<${CALLEE}>`, `<${PHONE}>`),
    ],
    [
      "that writes our host its own way",
      bye(CALLER.replace("example", "EXAMPLE"), `<${CALLEE}>, <${PHONE}>`),
    ],
  ])("of a caller %s", (_, asked) => {
    expect(routed(asked)).toEqual(TO_CALLEE);
  });

  test("of the callee, whose Routes run the other way", () => {
    const alice = "sip:alice@tab.invalid";
    expect(routed(bye(CALLEE, `<${CALLER}>`, `<${alice}>`))).toEqual({
      uri: alice,
      side: "sip:caller@example.com",
      left: [],
    });
  });

  test("and other proxies behind us stay in the way", () => {
    expect(routed(bye(CALLER, `<${CALLEE}>`, "<sip:edge.example.net;lr>", `<${PHONE}>`))).toEqual({
      ...TO_CALLEE,
      left: ["sip:edge.example.net;lr"],
    });
  });

  test("while everything else stays as it was", () => {
    const asked = bye(CALLER, `<${CALLEE}>`, `<${PHONE}>`);
    const others = (read: typeof asked) => read.headers.without(Route).lines;
    const repaired = looseRouted(ring, asked, isOurs);
    expect(others(repaired)).toEqual(others(asked));
    expect(repaired).toMatchObject({ method: "BYE", body: "" });
  });
});

test.each([
  ["no Route", bye(CALLER)],
  ["the target in its Request-URI", bye(PHONE, `<${CALLER}>`)],
  ["a Route of ours from another dialog", bye(routeTo("callee", "call-2"), `<${PHONE}>`)],
  ["a token at another host", bye(CALLER.replace("example.com", "example.net"), `<${PHONE}>`)],
  ["a user of ours, who is no Route", bye("sip:bob@example.com", `<${PHONE}>`)],
  ["a Request-URI of another scheme", bye("tel:+4930", `<${PHONE}>`)],
])("a request with %s stays the very same", (_, asked) => {
  expect(looseRouted(ring, asked, isOurs)).toBe(asked);
});

test("a request with nothing behind our Routes is refused, and not sent back to where it came from", () => {
  expect(() => looseRouted(ring, bye(CALLER, `<${CALLEE}>`), isOurs)).toThrow(
    new Refusal(400, "No Target behind the Routes"),
  );
});

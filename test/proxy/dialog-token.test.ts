import { expect, test } from "vitest";
import { keyring } from "../../functions/keyring/keyring.ts";
import type { BindingKey, ConnectionId } from "../../functions/location/ids.ts";
import { partyIn, recordRoute } from "../../functions/proxy/dialog-token.ts";
import type { Party } from "../../functions/proxy/fork.ts";
import type { Aor } from "../../functions/sip/aor.ts";
import { parseSipUri } from "../../functions/sip/uri.ts";

const PLACE = { host: "example.com", transport: "ws" } as const;

const ring = keyring([{ id: "k", key: Buffer.alloc(32, 1) }]);
const BOB: Party = {
  aor: "sip:bob@example.com" as Aor,
  key: "<urn:uuid:1-2>;1" as BindingKey,
  connection: "ws-1" as ConnectionId,
};
const STRANGER: Party = { aor: undefined, key: undefined, connection: "ws-9" as ConnectionId };

function routeTo(party: Party, callId = "call-1") {
  return parseSipUri(recordRoute(ring, PLACE, callId, party).uri);
}

test("a Record-Route of ours is a loose route over WebSocket that tells nobody what it means (RFC 3261 §16.6 step 4, RFC 7118 §5.2)", () => {
  const { display, uri, params } = recordRoute(ring, PLACE, "call-1", BOB);
  expect(uri).toMatch(/^sip:k\.[A-Za-z0-9_-]+@example\.com;transport=ws;lr$/);
  expect({ display, params }).toEqual({ display: undefined, params: [] });
});

test("a Route names the side of the dialog by its binding, so that the dialog outlives its connection (race n)", () => {
  expect(partyIn(ring, routeTo(BOB), "call-1")).toEqual({ ...BOB, connection: undefined });
  const elsewhere = { ...BOB, connection: "ws-2" as ConnectionId };
  expect(routeTo(elsewhere)).toEqual(routeTo(BOB));
});

test("a side that never registered is named by its connection, having nothing better", () => {
  expect(partyIn(ring, routeTo(STRANGER), "call-1")).toEqual(STRANGER);
});

test("a Route serves no other dialog (RFC 5626 §5.3.1)", () => {
  expect(partyIn(ring, routeTo(BOB), "call-2")).toBeUndefined();
});

test("a Route that we did not make names nobody", () => {
  const foreign = keyring([{ id: "k", key: Buffer.alloc(32, 2) }]);
  expect(partyIn(foreign, routeTo(BOB), "call-1")).toBeUndefined();
  expect(partyIn(ring, parseSipUri("sip:bob@example.com;lr"), "call-1")).toBeUndefined();
  expect(partyIn(ring, parseSipUri("sip:example.com;lr"), "call-1")).toBeUndefined();
  const token = ring.seal("other", "\n\nws-1", "call-1");
  expect(partyIn(ring, parseSipUri(`sip:${token}@example.com;lr`), "call-1")).toBeUndefined();
});

import { expect, test } from "vitest";
import type { App } from "../../functions/app/app.ts";
import { receive } from "../../functions/app/receive.ts";
import { keyring } from "../../functions/keyring/keyring.ts";
import type { BindingKey, ConnectionId, ForkId } from "../../functions/location/ids.ts";
import { jsonLog } from "../../functions/log.ts";
import { ABSENT } from "../../functions/ports.ts";
import { DEFAULT_FORK_TIMERS } from "../../functions/proxy/fork.ts";
import { openFork } from "../../functions/proxy/open-fork.ts";
import { forkBranch } from "../../functions/proxy/via-branch.ts";
import type { Aor } from "../../functions/sip/aor.ts";
import { memoryStores } from "../../infra/local/records/memory-stores.ts";
import { DEFAULT_SETTINGS } from "../support/default-settings.ts";

// Responses that belong to nothing (RFC 3261 §16.7, §18.1.2; RFC 6026 §7.3, §8.9): dropped, and noted for who debugs.

const NOW = Date.UTC(2026, 10, 23, 9);
const FORK = "AAAAAAAAAAAAAAAAAAAAAA" as ForkId;
const BOB = "ws-bob" as ConnectionId;

/** A fork that calls Bob for Alice, and what comes of a response of Bob's. */
async function calling() {
  const stores = memoryStores();
  const sent: string[] = [];
  const logged: { readonly level: string; readonly event: string }[] = [];
  const app: App = {
    ...stores,
    edge: {
      send: async (to, message) => {
        sent.push(`${to}: ${message.split("\r\n", 1)[0]}`);
        return "sent";
      },
      close: async () => "gone",
    },
    push: { send: async () => ({ outcome: "accepted", id: "1" }) },
    alarms: { set: async () => {} },
    clock: () => NOW,
    meter: { count: () => {}, time: () => {} },
    log: jsonLog(
      "debug",
      (line) => {
        const { level, event } = JSON.parse(line);
        logged.push({ level, event });
      },
      () => NOW,
    ),
    keyring: keyring([{ id: "1", key: new Uint8Array(32) }]),
    settings: DEFAULT_SETTINGS,
  };
  const caller = { aor: undefined, key: undefined, connection: "ws-alice" as ConnectionId };
  const callee = "sip:bob@localhost" as Aor;
  const subject = { id: FORK, method: "INVITE", head: "", body: "", caller, callee, history: [] };
  const bob = {
    key: "bob" as BindingKey,
    uri: "sip:b@b.invalid",
    path: "",
    connection: BOB,
    mayWake: true,
    mustRing: false,
    hasOtherFlow: false,
    turn: 0,
  };
  const [fork] = openFork(subject, [bob], NOW, DEFAULT_FORK_TIMERS);
  await app.forks.swap(FORK, ABSENT, fork, NOW + 60_000);
  const hear = async (vias: readonly string[], { status = 200, cseq = "1 INVITE", from = BOB } = {}) => {
    const lines = vias.map((via) => `Via: SIP/2.0/WS ${via}\r\n`).join("");
    const more = `From: <sip:a@localhost>;tag=1\r\nTo: <sip:bob@localhost>;tag=2\r\nCall-ID: c\r\nCSeq: ${cseq}\r\n`;
    await receive(app, from, `SIP/2.0 ${status} Said\r\n${lines}${more}Content-Length: 0\r\n\r\n`);
    const { value: after } = await app.forks.read(FORK);
    return { sent, logged, isTouched: after?.branches[0]?.state !== "calling" };
  };
  return { hear };
}

const OURS = `localhost;branch=${forkBranch(FORK, 0)}`;
const ALICES = "alice.invalid;branch=z9hG4bKalice";

test("a response with our Via above the caller's goes to the caller", async () => {
  const { hear } = await calling();
  const { sent, isTouched } = await hear([OURS, ALICES]);
  expect([sent, isTouched]).toEqual([["ws-alice: SIP/2.0 200 Said"], true]);
});

test.each<[string, readonly string[], { status?: number; cseq?: string }?]>([
  ["of a fork that is unknown, or long forgotten", [OURS.replace("AAAA", "BBBB"), ALICES]],
  ["of a fork under a name that no record can have", [OURS.replace("AAAA", "A".repeat(5_000)), ALICES]],
  ["of a fork without a name", ["localhost;branch=z9hG4bKf..0", ALICES]],
  ["of a branch that is no number", ["localhost;branch=z9hG4bKf.AAAAAAAAAAAAAAAAAAAAAA.NaN", ALICES]],
  ["of a huge branch", [`${OURS}0000000000000000000000`, ALICES]],
  ["of a branch without a number", [OURS.slice(0, -1), ALICES]],
  ["with another's Via on top", [OURS.replace("localhost", "elsewhere.example"), ALICES]],
  ["with our Via beneath another's", [ALICES, OURS]],
  ["with the caller's Via only", [ALICES]],
  ["with no Via", []],
  ["with our Via only", [OURS]],
  ["with a Via of ours that has no branch", ["localhost", ALICES]],
  [
    "with a relay's Via that was tampered with",
    ["localhost;branch=z9hG4bKr.ws-alice.AAAAAAAAAAAAAAAAAAAAAA", ALICES],
  ],
  ["with a watcher's Via that we never sealed", ["localhost;branch=z9hG4bKn.1.AAAA", ALICES]],
  ["to the CANCEL of ours, though it bears the INVITE's Vias", [OURS, ALICES], { cseq: "1 CANCEL" }],
  ["provisional, to no fork of ours", [OURS.replace("AAAA", "BBBB"), ALICES], { status: 180 }],
])("a response is dropped %s, and that is no fault (RFC 6026 §7.3)", async (_, vias, what = {}) => {
  const { hear } = await calling();
  const { sent, isTouched, logged } = await hear(vias, what);
  expect([sent, isTouched]).toEqual([[], false]);
  expect(logged).toEqual([{ level: "debug", event: "dropped a response that is not ours" }]);
});

test.each<[string, readonly string[], { from?: ConnectionId }?]>([
  ["of a branch that the fork does not have", [OURS.replace(/0$/, "7"), ALICES]],
  ["that a stranger sent", [OURS, ALICES], { from: "ws-mallory" as ConnectionId }],
])("a response %s says nothing to the fork, and that is no fault", async (_, vias, what = {}) => {
  const { hear } = await calling();
  const { sent, isTouched, logged } = await hear(vias, what);
  expect([sent, isTouched, logged]).toEqual([[], false, []]);
});

test("a response whose Via cannot be read is dropped as malformed, and answered by nobody", async () => {
  const { hear } = await calling();
  const { sent, isTouched, logged } = await hear(["localhost;branch=", ALICES]);
  expect([sent, isTouched]).toEqual([[], false]);
  expect(logged).toEqual([{ level: "info", event: "malformed" }]);
});

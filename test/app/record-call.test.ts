import { describe, expect, test } from "vitest";
import type { App } from "../../functions/app/app.ts";
import { callKey, recordCall } from "../../functions/app/record-call.ts";
import type { ForkId } from "../../functions/location/ids.ts";
import { jsonLog } from "../../functions/log.ts";
import { MAX_ATTEMPTS } from "../../functions/proxy/call.ts";
import type { Fork } from "../../functions/proxy/fork.ts";
import { happening, withHappening } from "../../functions/proxy/happening.ts";
import { inviting, messaging, online } from "../proxy/a-fork.ts";
import { HOMES } from "../records/homes.ts";
import { anAdministration, NOW } from "./an-administration.ts";

/** A fork of an INVITE of this Call-ID that was decided, `after` ms since the first one. */
function decided(callId: string, fork = "fork-1", after = 0): Fork {
  const head = `INVITE sip:bob@example.com SIP/2.0\r\nCall-ID: ${callId}\r\n\r\n`;
  const history = [happening(NOW + after, "called", undefined)];
  return { ...inviting(online("a")), id: fork as ForkId, head, history, final: 480 };
}

describe.each(HOMES)("with records in %s", (_, move) => {
  test("many functions that record one call at once lose nothing of it", async () => {
    const { stores, leave } = await move();
    const { app: calm } = anAdministration();
    const app: App = { ...calm, ...stores };
    const forks = ["a", "b", "c"].map((fork, index) => decided("busy", fork, index));
    const longer = forks.map((fork) => withHappening(fork, happening(NOW + 9, "heard", undefined, "200 OK")));
    await Promise.all([...longer, ...forks].map((fork) => recordCall(app, fork)));
    const { value: call } = await stores.calls.read(callKey("busy"));
    expect(call?.attempts.map(({ fork, history }) => [fork, history.length])).toEqual([
      ["a", 2],
      ["b", 2],
      ["c", 2],
    ]);
    const kept: string[] = [];
    for await (const { callId } of stores.keptCalls()) kept.push(callId);
    expect(kept).toEqual(["busy"]);
    await leave();
  });
});

test("a call is kept with what happened, and with neither body nor headers of its request", async () => {
  const { app, stores } = anAdministration();
  const fork = decided("call-1");
  await recordCall(app, fork);
  expect((await stores.calls.read(callKey("call-1"))).value).toEqual({
    callId: "call-1",
    attempts: [
      {
        fork: "fork-1",
        caller: undefined,
        callee: "sip:bob@example.com",
        at: NOW,
        history: fork.history,
        final: 480,
      },
    ],
  });
});

test("a Call-ID may be longer than a key", async () => {
  const { app, stores } = anAdministration();
  const callId = "x".repeat(4_000);
  await recordCall(app, decided(callId));
  expect((await stores.calls.read(callKey(callId))).value?.callId).toBe(callId);
  expect(callKey(callId)).toMatch(/^[0-9a-f]{64}$/);
});

test("a call that is tried again and again keeps its newest attempts", async () => {
  const { app, stores } = anAdministration();
  for (let n = 0; n < MAX_ATTEMPTS + 2; n++) await recordCall(app, decided("again", `f${n}`, n));
  const { value: call } = await stores.calls.read(callKey("again"));
  expect(call?.attempts.map(({ fork }) => fork)).toEqual(
    Array.from({ length: MAX_ATTEMPTS }, (_, n) => `f${n + 2}`),
  );
});

test("a call is forgotten after a day", async () => {
  const { app, stores } = anAdministration();
  await recordCall(app, decided("call-1"));
  await stores.sweep(NOW + 86_400_000 - 1);
  expect((await stores.calls.read(callKey("call-1"))).value).toBeDefined();
  await stores.sweep(NOW + 86_400_000);
  expect((await stores.calls.read(callKey("call-1"))).value).toBeUndefined();
});

test("what is no INVITE is not kept", async () => {
  const { app, stores } = anAdministration();
  await recordCall(app, { ...messaging(online("a")), final: 200 });
  expect([...(stores.keptCalls() as Iterable<unknown>)]).toEqual([]);
});

test.each([
  ["fails", async () => Promise.reject(new Error("ProvisionedThroughputExceededException"))],
  ["stays stale", async () => "stale" as const],
])("a timeline that cannot be written fails no call, and is logged: the store %s", async (_, swap) => {
  const { app, stores } = anAdministration();
  const lines: string[] = [];
  const log = jsonLog("error", (line) => lines.push(line), Date.now);
  await recordCall({ ...app, log, calls: { ...stores.calls, swap } }, decided("call-1"));
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ event: "fault", what: "timeline" }]);
});

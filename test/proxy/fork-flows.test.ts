import { expect, test } from "vitest";
import type { BindingKey } from "../../functions/location/ids.ts";
import type { Fork } from "../../functions/proxy/fork.ts";
import type { ForkEffect, ForkEvent } from "../../functions/proxy/fork-event.ts";
import type { Target } from "../../functions/proxy/open-fork.ts";
import {
  ALARM,
  ack,
  alarm,
  answer,
  asleep,
  CANCEL,
  cancel,
  inviting,
  isLost,
  NOW,
  on,
  online,
  registers,
  relay,
  says,
  states,
  TIMERS,
  told,
  ws,
} from "./a-fork.ts";

// One device with two flows, as RFC 5626 §7 has it. The device "a" is called over its first.

const FIRST = "<urn:uuid:a>;1" as BindingKey;
const SECOND = "<urn:uuid:a>;2" as BindingKey;
const PATH = "<sip:edge.example.net;lr;ob>";

function onFirstFlow(): Fork {
  const target: Target = { ...online("a"), key: FIRST };
  return inviting(target);
}

/** The device has another flow, there. */
function hasSecondFlow(connection = ws("a2")): ForkEvent {
  const flow = { key: SECOND, connection, uri: "sip:a2@x", path: PATH };
  return { type: "rerouted", of: FIRST, ...flow, connectedAt: undefined };
}

const OVER_FIRST = { key: FIRST, connection: ws("a"), uri: "sip:a@x", path: "" };
const ACK = { ...ack("a"), over: OVER_FIRST };
const REROUTE = { type: "reroute", branch: 0, over: OVER_FIRST };

test.each<[string, Fork, readonly ForkEffect[]]>([
  ["at once", onFirstFlow(), []],
  ["after a 100", told(onFirstFlow(), says("a", 100)), [alarm(NOW + TIMERS.transaction)]],
])("a flow that fails (430) %s is no answer: another flow of the device is looked for", (_, fork, alarms) => {
  const { fork: next, effects } = on(fork, says("a", 430));
  expect(effects).toEqual([ACK, REROUTE, ...alarms]);
  expect(next.final).toBeUndefined();
});

test("a flow that fails after the device rang is its end: who rang has been called, and is not called twice", () => {
  const { effects } = on(told(onFirstFlow(), says("a", 180)), says("a", 430));
  expect(effects).toEqual([ACK, answer(480)]);
});

test("what was tried and failed is tried again with the body that its INVITE had (RFC 3261 §16.6 step 1)", () => {
  for (const tried of [onFirstFlow(), told(onFirstFlow(), says("a", 100))]) {
    const fork = told(tried, says("a", 430), hasSecondFlow());
    expect(fork.body).not.toBe("");
  }
});

test("the other flow is another branch, with its own URI and Route; the failed one is over", () => {
  const { fork, effects } = on(told(onFirstFlow(), says("a", 430)), hasSecondFlow());
  expect(effects).toEqual([{ type: "invite", branch: 1 }]);
  expect(fork.branches).toMatchObject([
    { state: "done", status: 430, key: FIRST },
    { state: "calling", key: SECOND, connection: "ws-a2", uri: "sip:a2@x", path: PATH },
  ]);
  expect(on(fork, { ...says("b", 200), connection: ws("a2") }).effects).toEqual([relay("b", 200)]);
});

test("so it is with a connection that is gone", () => {
  expect(on(onFirstFlow(), hasSecondFlow()).effects).toEqual([{ type: "invite", branch: 1 }]);
});

test("two flows may share one connection, that of an edge which both go through: one can fail and the other not", () => {
  const fork = told(onFirstFlow(), says("a", 430));
  expect(on(fork, hasSecondFlow(ws("a"))).effects).toEqual([{ type: "invite", branch: 1 }]);
});

test("the copy of a request over a third connection that rings after all is told that it is over", () => {
  const moved = { ...hasSecondFlow(), type: "registered", key: FIRST } as ForkEvent;
  const fork = told(onFirstFlow(), moved, says("a", 430, ws("a2")), hasSecondFlow(ws("a3")));
  expect(states(fork)).toEqual(["done", "calling"]);
  expect(on(fork, says("a", 180)).effects).toContainEqual({ ...cancel("a"), over: OVER_FIRST });
});

test("told twice, it is called once", () => {
  const fork = told(onFirstFlow(), says("a", 430), hasSecondFlow());
  expect(on(fork, hasSecondFlow()).effects).toEqual([]);
  expect(on(fork, says("a", 430)).effects).toEqual([ACK]);
});

test("a device without another flow is not reachable: 480, not 430, which would end the caller's own flow", () => {
  const { effects } = on(told(onFirstFlow(), says("a", 430)), { ...isLost("a"), key: FIRST } as ForkEvent);
  expect(effects).toEqual([answer(480)]);
});

test("if nobody finds out, time does", () => {
  const fork = told(onFirstFlow(), says("a", 430));
  expect(on(fork, ALARM, NOW + TIMERS.transaction).effects).toContainEqual(answer(408));
});

test("any other answer is the device's, and its other flow is left alone (RFC 5626 §7)", () => {
  const { effects } = on(onFirstFlow(), says("a", 486));
  expect(effects).toEqual([ACK, answer(486, "a")]);
  expect(on(told(onFirstFlow(), says("a", 486)), hasSecondFlow()).effects).toEqual([]);
});

test("a call that was given up looks for no other flow", () => {
  const fork = told(onFirstFlow(), says("a", 180), CANCEL);
  expect(on(fork, says("a", 430)).effects).toEqual([ACK, answer(487)]);
});

test.each<[string, Fork]>([
  ["was given up while it was looked for", told(onFirstFlow(), says("a", 430), CANCEL)],
  ["was given up before anything was heard", told(onFirstFlow(), CANCEL)],
  ["is being cancelled", told(onFirstFlow(), says("a", 180), CANCEL)],
])("another flow that is found once the call %s is not called: nobody wants it (race f)", (_, fork) => {
  const { fork: next, effects } = on(fork, hasSecondFlow());
  expect(effects.filter(({ type }) => type === "invite")).toEqual([]);
  expect(states(next)).not.toContain("calling");
});

test("another flow that is found once somebody else has answered is not called (race f)", () => {
  const devices = inviting({ ...online("a"), key: FIRST }, online("b"));
  const fork = told(devices, says("a", 430), says("b", 200));
  expect(on(fork, hasSecondFlow()).effects).toEqual([]);
});

test("a device that rings is called by no other flow, and stays in reach of a CANCEL", () => {
  const fork = told(onFirstFlow(), says("a", 180));
  const { fork: next, effects } = on(fork, hasSecondFlow());
  expect(effects).toEqual([]);
  expect(on(next, CANCEL).effects).toContainEqual({ ...cancel("a"), over: OVER_FIRST });
});

test("a phone that was pushed for one flow and registers with another is called there, in its branch", () => {
  const fork = inviting({ ...asleep("a"), key: FIRST });
  const woken = { ...hasSecondFlow(), type: "registered" } as ForkEvent;
  const { fork: next, effects } = on(fork, woken);
  expect(effects[0]).toEqual({ type: "invite", branch: 0 });
  expect(next.branches).toMatchObject([{ state: "calling", key: SECOND, path: PATH }]);
});

test("a device that registers another flow while it is invited over one rings once", () => {
  const registered = { ...hasSecondFlow(), type: "registered" } as ForkEvent;
  for (const fork of [onFirstFlow(), told(onFirstFlow(), says("a", 180)), told(onFirstFlow(), CANCEL)]) {
    expect(on(fork, registered)).toEqual({ fork, effects: [] });
  }
});

test("so is one that calls itself something else now: it was installed anew", () => {
  const renamed = { ...registers("b"), of: "a" as BindingKey } as ForkEvent;
  const { fork } = on(inviting(asleep("a")), renamed);
  expect(fork.branches).toMatchObject([{ state: "calling", key: "b", connection: "ws-b" }]);
  expect(states(fork)).toEqual(["calling"]);
});

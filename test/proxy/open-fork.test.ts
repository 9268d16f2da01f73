import { expect, test } from "vitest";
import { cancelledFork, openFork } from "../../functions/proxy/open-fork.ts";
import {
  ALARM,
  asleep,
  CANCEL,
  invite,
  inviting,
  messaging,
  NOW,
  on,
  online,
  states,
  subject,
  TIMERS,
  wake,
} from "./a-fork.ts";

test("all devices are called at once, and those that sleep are woken (RFC 3261 §16.6, RFC 8599 §5.6.2)", () => {
  const devices = [online("a"), asleep("b", { mustRing: true }), online("c")];
  const [fork, effects] = openFork(subject("INVITE"), devices, NOW, TIMERS);
  expect(effects).toEqual([invite("a"), wake("b"), invite("c")]);
  const { transaction, bucket } = TIMERS;
  expect(fork.branches).toMatchObject([
    { state: "calling", key: "a", connection: "ws-a", uri: "sip:a@x", path: "", until: NOW + transaction },
    { state: "waking", key: "b", until: NOW + bucket, push: "sent", mustRing: true },
    { state: "calling", key: "c", connection: "ws-c", uri: "sip:c@x", path: "", until: NOW + transaction },
  ]);
});

test("a device that sleeps and may not be woken is not pushed", () => {
  const [, effects] = openFork(subject("INVITE"), [{ ...asleep("a"), mayWake: false }], NOW, TIMERS);
  expect(effects).not.toContainEqual(wake("a"));
});

test("a new fork holds its request and has decided nothing", () => {
  const { history: _, ...wanted } = subject("INVITE");
  expect(inviting(online("a"))).toMatchObject({
    ...wanted,
    cancelled: false,
    best: undefined,
    final: undefined,
    owed: false,
  });
});

test("Timer C is more than three minutes; any other request gets Timer F (RFC 3261 §16.6 step 11, §17.1.2.2)", () => {
  expect(TIMERS.timerC).toBeGreaterThan(180_000);
  expect(messaging(online("a")).branches[0]).toMatchObject({ until: NOW + TIMERS.transaction });
});

test("a CANCEL that overtook its INVITE leaves a fork that is over: the INVITE will find its 487 (race f)", () => {
  const fork = cancelledFork(subject("INVITE"));
  expect(fork).toMatchObject({ id: "fork-1", final: 487, cancelled: true });
  expect(states(fork)).toEqual([]);
  // The 487 is the answer to an INVITE that has not come yet: nothing is owed, nothing awaited.
  expect(on(fork, ALARM)).toEqual({ fork: { ...fork, body: "" }, effects: [] });
  expect(on(fork, CANCEL).effects).toEqual([]);
});

import { describe, expect, test } from "vitest";
import type { BindingKey, ConnectionId } from "../../functions/location/ids.ts";
import { wasInvited } from "../../functions/proxy/branch.ts";
import { DEFAULT_FORK_TIMERS, type Fork } from "../../functions/proxy/fork.ts";
import type { ForkEffect, ForkEvent } from "../../functions/proxy/fork-event.ts";
import { openFork, type Target } from "../../functions/proxy/open-fork.ts";
import {
  ALARM,
  ack,
  alarm,
  answer,
  asleep,
  CANCEL,
  cancel,
  cannotBeWoken,
  fellAsleep,
  inTurn,
  invite,
  isLost,
  NOW,
  online,
  on as onWith,
  recall,
  registers,
  relay,
  reroute,
  says,
  states,
  subject,
  TIMERS,
  toldAt,
  wake,
  ws,
} from "./a-fork.ts";

// A device that is silent may not be there, though its connection looks open: it is pushed, and what goes out over another
// flow is the same request under the same Via branch (RFC 3261 §17.2.3), so that a device which has both rings once.

const timers = DEFAULT_FORK_TIMERS;
const { hedge, bucket, transaction, turn, timerC } = timers;
const A2 = ws("a2");

function calls(...targets: Target[]): Fork {
  return openFork(subject("INVITE"), targets, NOW, timers)[0];
}

function on(fork: Fork, event: ForkEvent, now = NOW + hedge) {
  return onWith(fork, event, now, timers);
}

/** After these events, all of them when it was time to look for the device, or soon after. */
function told(fork: Fork, ...events: ForkEvent[]): Fork {
  return toldAt(fork, timers, ...events.map((event) => [hedge, event] as const));
}

/** "a" said nothing and was pushed. */
function pushed(target = online("a")): Fork {
  return told(calls(target), ALARM);
}

/** "a" said nothing, was pushed, and came by "ws-a2": the request is out over both. */
function overBoth(target = online("a")): Fork {
  return told(pushed(target), registers("a", A2));
}

/** The connections that a device is listened to by, the one that it is now called over first. */
function flows(fork: Fork, index = 0): readonly ConnectionId[] {
  const branch = fork.branches[index];
  if (branch === undefined || !wasInvited(branch)) return [];
  return [branch.connection, ...branch.others.map(({ connection }) => connection)];
}

describe("when a device is looked for", () => {
  test("after two seconds without a word, and then it is pushed", () => {
    expect(on(calls(online("a")), ALARM, NOW + hedge - 1).effects).toEqual([alarm(NOW + hedge)]);
    const { fork, effects } = on(calls(online("a")), ALARM);
    expect(effects).toEqual([wake("a"), alarm(NOW + hedge + bucket)]);
    expect(states(fork)).toEqual(["calling"]);
  });

  test("once: it is pushed once for an INVITE", () => {
    const again = on(pushed(), ALARM, NOW + hedge + 1);
    expect(again.effects).toEqual([alarm(NOW + hedge + bucket)]);
    const gone = on(pushed(), fellAsleep("a"));
    expect(gone.effects).toEqual([wake("a", { push: false })]);
  });

  test.each([100, 180])("not if it has been heard: a %i is enough", (status) => {
    const fork = toldAt(calls(online("a")), timers, [hedge - 1, says("a", status)]);
    expect(on(fork, ALARM).effects).not.toContainEqual(wake("a"));
  });

  test("each for itself", () => {
    const fork = toldAt(calls(online("a"), online("b")), timers, [1_000, says("b", 180)]);
    const { effects } = on(fork, ALARM);
    expect(effects.filter(({ type }) => type === "wake")).toEqual([wake("a")]);
  });

  test("in its turn, two seconds after it was called", () => {
    const fork = toldAt(calls(online("a"), inTurn(1, online("b"))), timers, [1_000, says("a", 486)]);
    expect(on(fork, ALARM, NOW + 1_000 + hedge).effects).toContainEqual(wake("b"));
    expect(on(fork, ALARM, NOW + 999 + hedge).effects).not.toContainEqual(wake("b"));
  });

  test("not if it was woken for this very call", () => {
    const fork = toldAt(calls(asleep("a")), timers, [1_000, registers("a")]);
    expect(on(fork, ALARM, NOW + 1_000 + hedge).effects).toEqual([alarm(NOW + 1_000 + transaction)]);
  });

  test("not for a request that is no INVITE", () => {
    const [fork] = openFork(subject("MESSAGE"), [online("a")], NOW, timers);
    expect(on(fork, ALARM).effects).toEqual([alarm(NOW + transaction)]);
  });

  test("not pushed if that was not wanted (RFC 3841 §9.1: no-queue)", () => {
    const { effects } = on(calls({ ...online("a"), mayWake: false }), ALARM);
    expect(effects).not.toContainEqual(wake("a"));
  });

  test("never, if the operator says so", () => {
    const [fork] = openFork(subject("INVITE"), [online("a")], NOW, TIMERS);
    expect(onWith(fork, ALARM, NOW + hedge, TIMERS).effects).toEqual([alarm(NOW + transaction)]);
  });
});

describe("how long it is awaited", () => {
  test("a device that does not come in its bucket time is not there: 480, and it is told that it need not come", () => {
    const { effects } = on(pushed(), ALARM, NOW + hedge + bucket);
    expect(effects).toEqual([recall("a"), answer(480)]);
  });

  test("a device that came, and is silent, has Timer B from then on", () => {
    expect(overBoth().branches[0]).toMatchObject({ until: NOW + hedge + transaction });
    expect(on(overBoth(), ALARM, NOW + hedge + transaction).effects).toEqual([answer(480)]);
  });

  test("one that could not be pushed may still answer, until Timer B: 408", () => {
    const fork = told(pushed(), cannotBeWoken("a"));
    expect(states(fork)).toEqual(["calling"]);
    expect(on(fork, says("a", 180)).effects).toContainEqual(relay("a", 180));
    expect(on(fork, ALARM, NOW + transaction).effects).toEqual([answer(408)]);
  });

  test("a turn is not made longer by it", () => {
    const fork = told(calls(online("a"), inTurn(1, online("b"))), ALARM);
    expect(on(fork, ALARM, NOW + turn).effects).toContainEqual(invite("b"));
  });

  test("it may say at last that it was there all the time, and rings for Timer C", () => {
    const { fork, effects } = on(pushed(), says("a", 180));
    expect(effects).toEqual([relay("a", 180)]);
    expect(fork.branches[0]).toMatchObject({ state: "proceeding", until: NOW + hedge + timerC });
  });
});

describe("the other flow", () => {
  test("the device that comes by another connection is called there, and is still listened to where it was", () => {
    const { fork, effects } = on(pushed(), registers("a", A2));
    expect(effects).toEqual([invite("a")]);
    expect(flows(fork)).toEqual(["ws-a2", "ws-a"]);
  });

  test("the device that comes by the connection which it had has its INVITE there", () => {
    expect(on(pushed(), registers("a")).effects).toEqual([]);
  });

  test.each<[string, boolean]>([
    ["that was pushed", true],
    ["that is not to be pushed", false],
  ])("a device %s may be found by another of its flows (RFC 5626 §7)", (_, mayWake) => {
    const first = "a;1" as BindingKey;
    const fork = pushed({ ...online("a"), key: first, mayWake });
    const found: ForkEvent = { ...registers("a", A2), of: first, key: "a;2" as BindingKey } as ForkEvent;
    const { fork: next, effects } = on(fork, found);
    expect(effects).toEqual([invite("a")]);
    expect(next.branches).toHaveLength(1);
  });

  test.each([
    ["the former", ws("a"), A2],
    ["the new one", A2, ws("a")],
  ])("the first that works wins: %s", (_, heard, other) => {
    const { fork, effects } = on(overBoth(), says("a", 180, heard));
    expect(effects).toEqual([relay("a", 180)]);
    expect(flows(fork)).toEqual([heard, other]);
    expect(on(fork, says("a", 200, heard)).effects).toEqual([relay("a", 200)]);
  });

  test("an answer over either is the answer", () => {
    for (const connection of [ws("a"), A2]) {
      expect(on(overBoth(), says("a", 200, connection)).effects).toEqual([relay("a", 200)]);
    }
  });

  test("a 200 of the copy that lost goes to the caller, and the one that rang is cancelled (RFC 3261 §16.7 step 5)", () => {
    const fork = told(overBoth(), says("a", 180, A2));
    expect(on(fork, says("a", 200)).effects).toEqual([relay("a", 200), cancel("a", A2)]);
  });

  test("a CANCEL goes where it rings, and to the other when that begins to ring", () => {
    const fork = told(overBoth(), says("a", 180));
    const { fork: next, effects } = on(fork, CANCEL);
    expect(effects).toContainEqual(cancel("a"));
    // The silent one has its own when it is heard (§9.1).
    expect(effects).not.toContainEqual(cancel("a", A2));
    expect(on(next, says("a", 180, A2)).effects).toEqual([cancel("a", A2)]);
  });

  test("the connection that is gone is out of the race, and the other is not", () => {
    const { fork, effects } = on(overBoth(), fellAsleep("a"));
    expect(effects).toEqual([]);
    expect(flows(fork)).toEqual(["ws-a2"]);
    const { fork: without } = on(overBoth(), isLost("a", A2));
    expect(flows(without)).toEqual(["ws-a"]);
  });

  test("the device that registers again by one of them is not called there again", () => {
    expect(on(overBoth(), registers("a")).effects).toEqual([]);
    expect(on(overBoth(), registers("a", A2)).effects).toEqual([]);
  });

  test("a device that rings and comes back to a connection that it had is cancelled where it is (Wi-Fi, LTE, Wi-Fi)", () => {
    const fork = told(calls(online("a")), says("a", 180), registers("a", A2), registers("a", ws("a3")));
    expect(on(told(fork, registers("a", A2)), CANCEL).effects).toContainEqual(cancel("a", A2));
    expect(on(told(fork, CANCEL), registers("a", A2)).effects).toContainEqual(cancel("a", A2));
  });

  test("when both are gone the device sleeps, and is awaited without another push", () => {
    const { fork, effects } = on(told(overBoth(), fellAsleep("a")), fellAsleep("a", { connection: A2 }));
    expect(effects).toContainEqual(wake("a", { push: false }));
    expect(states(fork)).toEqual(["waking"]);
    const lost = on(told(overBoth(), isLost("a")), isLost("a", A2));
    expect(lost.effects).toEqual([answer(480)]);
  });

  test("a third connection leaves none of the former without its CANCEL", () => {
    const fork = told(overBoth(), registers("a", ws("a3")), says("a", 200, ws("a3")));
    for (const connection of [ws("a"), A2]) {
      expect(on(fork, says("a", 180, connection)).effects).toEqual([cancel("a", connection)]);
    }
  });
});

describe("a failure over one of two flows", () => {
  test.each<[number, ConnectionId, ConnectionId, readonly ForkEffect[]]>([
    [482, ws("a"), A2, []],
    [482, A2, ws("a"), []],
    [430, ws("a"), A2, [reroute("a")]],
    [430, A2, ws("a"), [reroute("a", A2)]],
  ])("a %i of one silent copy decides nothing while another is out", (status, connection, other, more) => {
    const { fork, effects } = on(overBoth(), says("a", status, connection));
    expect(effects).toEqual([ack("a", connection), ...more]);
    expect(states(fork)).toEqual(["calling"]);
    expect(on(fork, says("a", 200, other)).effects).toEqual([relay("a", 200)]);
  });

  test("the failure of a copy that nobody wants any more is acknowledged where it came from (§17.1.1.3)", () => {
    expect(on(told(overBoth(), CANCEL), says("a", 486)).effects).toEqual([ack("a")]);
    expect(on(told(overBoth(), CANCEL), says("a", 486, A2)).effects).toEqual([ack("a", A2)]);
  });

  test("when the last copy fails, too, that is the answer", () => {
    const fork = told(overBoth(), says("a", 482));
    expect(on(fork, says("a", 482, A2)).effects).toEqual([ack("a", A2), answer(482, "a")]);
  });

  test("430 of the last copy: another flow is looked for (RFC 5626 §7)", () => {
    const fork = told(overBoth(), says("a", 430));
    expect(on(fork, says("a", 430, A2)).effects).toContainEqual(reroute("a", A2));
  });

  test("any other failure is the device's own, at once: the other copy gets a CANCEL with its first word", () => {
    const { fork, effects } = on(overBoth(), says("a", 486));
    expect(effects).toEqual([ack("a"), answer(486, "a")]);
    expect(on(fork, says("a", 180, A2)).effects).toContainEqual(cancel("a", A2));
  });

  test("a 6xx over one of them cancels all others (RFC 3261 §16.7 step 5)", () => {
    const fork = told(calls(online("a"), online("b")), says("b", 180), ALARM, registers("a", A2));
    expect(on(fork, says("a", 603)).effects).toContainEqual(cancel("b"));
  });

  test("once a copy rings, failures of the other are only acknowledged", () => {
    const fork = told(overBoth(), says("a", 180, A2));
    for (const status of [482, 430, 480, 487, 503]) {
      const { fork: next, effects } = on(fork, says("a", status));
      expect(effects).toEqual([ack("a")]);
      expect(next.final).toBeUndefined();
      expect(states(next)).toEqual(["proceeding"]);
    }
  });

  test("what the device says that rang counts, over whichever connection it has by then", () => {
    const fork = told(overBoth(), says("a", 180, A2));
    expect(on(fork, says("a", 486, A2)).effects).toEqual([ack("a", A2), answer(486, "a")]);
    const moved = told(fork, registers("a", ws("a3")));
    expect(on(moved, says("a", 486, ws("a3"))).effects).toEqual([ack("a", ws("a3")), answer(486, "a")]);
  });

  test("430 of the flow that was tried: that flow is the one to forget, wherever the device has come to since", () => {
    const moved = toldAt(calls(online("a")), timers, [0, says("a", 100)], [1_000, registers("a", A2)]);
    expect(on(moved, says("a", 430)).effects).toContainEqual(reroute("a"));
  });

  test("430 of the flow that rang: the device is not there, and 430 is not for the caller", () => {
    const fork = toldAt(calls(online("a")), timers, [0, says("a", 180)]);
    expect(on(fork, says("a", 430)).effects).toEqual([ack("a"), answer(480)]);
  });
});

describe("the copy that lost (no ghost rings on)", () => {
  test.each<[string, ForkEvent]>([
    ["answered", says("a", 200, A2)],
    ["declined", says("a", 486, A2)],
  ])("begins to ring after the device %s over the other: CANCEL", (_, end) => {
    const fork = told(overBoth(), says("a", 180, A2), end);
    expect(on(fork, says("a", 180)).effects).toContainEqual(cancel("a"));
  });

  test("begins to ring after another device answered: CANCEL", () => {
    const fork = told(calls(online("a"), online("b")), ALARM, registers("a", A2), says("b", 200));
    const first = on(fork, says("a", 180));
    expect(first.effects).toContainEqual(cancel("a"));
    expect(on(first.fork, says("a", 180, A2)).effects).toContainEqual(cancel("a", A2));
  });

  test("begins to ring after a CANCEL: CANCEL", () => {
    const fork = told(overBoth(), says("a", 180, A2), CANCEL);
    expect(on(fork, says("a", 180)).effects).toContainEqual(cancel("a"));
    expect(on(told(fork, says("a", 487, A2)), says("a", 180)).effects).toContainEqual(cancel("a"));
  });

  test("begins to ring when the one that was sent a CANCEL turns out to be gone: CANCEL", () => {
    const fork = told(overBoth(), CANCEL, says("a", 100), fellAsleep("a"));
    expect(on(fork, says("a", 180, A2)).effects).toContainEqual(cancel("a", A2));
  });

  test("fails while the other is being cancelled: that one is still awaited", () => {
    const fork = told(overBoth(), says("a", 180, A2), CANCEL);
    expect(on(fork, says("a", 487)).effects).toEqual([ack("a")]);
    expect(on(fork, says("a", 487, A2)).effects).toEqual([ack("a", A2), answer(487)]);
  });

  test("the device that has ended where it had moved to is not cancelled there (RFC 3261 §9.1)", () => {
    const moved = toldAt(calls(online("a")), timers, [0, says("a", 180)], [1_000, registers("a", A2)]);
    const answered = told(moved, says("a", 200, A2));
    expect(on(answered, says("a", 180, A2)).effects).toEqual([]);
  });
});

describe("what a lost send finds out", () => {
  const first = "a;1" as BindingKey;
  const elsewhere: ForkEvent = {
    ...registers("a", ws("a3")),
    type: "rerouted",
    of: first,
    key: "a;2" as BindingKey,
  } as ForkEvent;

  test("the copy that went nowhere does not end the one that rings", () => {
    const fork = told(
      pushed({ ...online("a"), key: first }),
      { ...registers("a", A2), of: first, key: first } as ForkEvent,
      says("a", 180),
    );
    const { fork: next, effects } = on(fork, elsewhere);
    expect(effects).toEqual([]);
    const over = { key: first, connection: ws("a"), uri: "sip:a@x", path: "" };
    expect(on(next, CANCEL).effects).toContainEqual({ type: "cancel", branch: 0, over });
  });

  test("the device is called where it is by now, and listened to where it was", () => {
    const there: ForkEvent = { ...registers("a", ws("a3")), type: "rerouted" } as ForkEvent;
    const { fork, effects } = on(overBoth(), there);
    expect(effects).toContainEqual(invite("a"));
    expect(on(fork, says("a", 180)).effects).toContainEqual(relay("a", 180));
  });

  test("the end of an old connection is no news of the one that the device has just come by", () => {
    const fork = toldAt(calls(online("a")), timers, [1_000, registers("a", A2)]);
    const { effects } = on(fork, fellAsleep("a"), NOW + 1_000);
    expect(effects.filter(({ type }) => type === "wake")).toEqual([]);
  });

  test("the end of the one that it has come by is: it is pushed at once", () => {
    const fork = toldAt(calls(online("a")), timers, [1_000, registers("a", A2)]);
    expect(on(fork, fellAsleep("a", { connection: A2 }), NOW + 1_000).effects).toContainEqual(wake("a"));
  });
});

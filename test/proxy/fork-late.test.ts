import { describe, expect, test } from "vitest";
import { DEFAULT_FORK_TIMERS, endOfFork, type Fork } from "../../functions/proxy/fork.ts";
import { openFork } from "../../functions/proxy/open-fork.ts";
import {
  ALARM,
  answer,
  asleep,
  CANCEL,
  cancel,
  cannotBeWoken,
  fellAsleep,
  invite,
  inviting,
  isLost,
  NOW,
  on,
  online,
  recall,
  registers,
  relay,
  says,
  states,
  subject,
  TIMERS,
  told,
  toldAt,
  wake,
  ws,
} from "./a-fork.ts";

// Devices that were pushed and come when nobody wants them any more, or do not come. iOS ends an app whose VoIP push no call
// follows: it is shown one, and its end. Any other is told by another push that it need not come.

const { bucket, transaction } = TIMERS;
const { hedge } = DEFAULT_FORK_TIMERS;
const A2 = ws("a2");

/** "a" must be shown a call, and "b" is online. */
function iPhoneAndOther(): Fork {
  return inviting(asleep("a", { mustRing: true }), online("b"));
}

/** A silent device that was online, was looked for and pushed. */
function hedged(mustRing: boolean): Fork {
  const [fork] = openFork(subject("INVITE"), [{ ...online("a"), mustRing }], NOW, DEFAULT_FORK_TIMERS);
  return toldAt(fork, DEFAULT_FORK_TIMERS, [hedge, ALARM]);
}

describe("a device that must be shown a call (PushKit)", () => {
  test.each<[string, Fork]>([
    ["was answered elsewhere", told(iPhoneAndOther(), says("b", 200))],
    ["was declined for all", told(iPhoneAndOther(), says("b", 603))],
    ["was given up", told(iPhoneAndOther(), CANCEL)],
  ])("and comes after the call %s gets an INVITE, and a CANCEL with its first word", (_, fork) => {
    expect(states(fork)[0]).toBe("late");
    const late = on(fork, registers("a"), NOW + 3_000);
    expect(late.effects).toEqual([invite("a")]);
    expect(late.fork.body).not.toBe("");
    expect(on(late.fork, says("a", 180)).effects).toContainEqual(cancel("a"));
  });

  test("gets one INVITE by a connection, however often it registers there", () => {
    const fork = told(iPhoneAndOther(), says("b", 200), registers("a"));
    expect(on(fork, registers("a")).effects).toEqual([]);
    // What went to the former may have gone nowhere; to a device that has both it is a repetition.
    const moved = on(fork, registers("a", A2));
    expect(moved.effects).toEqual([invite("a")]);
    expect(on(moved.fork, registers("a")).effects).toEqual([]);
  });

  test("may take the call all the same: its 200 goes to the caller (RFC 3261 §16.7 step 5)", () => {
    const fork = told(iPhoneAndOther(), says("b", 200), registers("a"));
    expect(on(fork, says("a", 200)).effects).toEqual([relay("a", 200)]);
  });

  test("is not told by a push that it need not come: that push would ring, too", () => {
    expect(on(iPhoneAndOther(), says("b", 200)).effects).toEqual([relay("b", 200)]);
  });

  test("is awaited for a while after its bucket time, and its fork is remembered as long", () => {
    const fork = toldAt(inviting(asleep("a", { mustRing: true })), TIMERS, [bucket, ALARM]);
    expect(fork).toMatchObject({ final: 480, branches: [{ state: "late" }] });
    const last = bucket + transaction - 1;
    expect(endOfFork(fork, NOW + bucket, TIMERS)).toBeGreaterThan(NOW + last);
    expect(on(fork, registers("a"), NOW + last).effects).toContainEqual(invite("a"));
  });

  test("is awaited to the end of its bucket time and that while, however early the call ended", () => {
    const fork = told(iPhoneAndOther(), says("b", 200));
    expect(fork.branches[0]).toMatchObject({ until: NOW + bucket + transaction });
  });

  test("is no hindrance to the caller's answer", () => {
    const { effects } = on(inviting(asleep("a", { mustRing: true })), ALARM, NOW + bucket);
    expect(effects).toEqual([answer(480)]);
  });

  test("is over if its push was refused: nothing rings there", () => {
    const fork = told(iPhoneAndOther(), says("b", 200), cannotBeWoken("a"));
    expect(states(fork)[0]).toBe("unreachable");
    expect(on(fork, registers("a")).effects).toEqual([]);
  });

  test("that comes late while another still rings is shown a call, too", () => {
    const fork = toldAt(iPhoneAndOther(), TIMERS, [0, says("b", 180)], [bucket, ALARM]);
    expect(on(fork, registers("a"), NOW + bucket + 1).effects).toContainEqual(invite("a"));
  });

  test("whose connection breaks before its INVITE arrived is awaited again", () => {
    const fork = told(iPhoneAndOther(), says("b", 200), registers("a"));
    const broken = on(fork, fellAsleep("a", { mustRing: true }));
    expect(broken.effects).toEqual([]);
    expect(on(broken.fork, registers("a", A2)).effects).toEqual([invite("a")]);
  });

  test("and was never pushed is shown nothing once the call is over", () => {
    const fork = told(inviting({ ...online("a"), mustRing: true }), CANCEL);
    expect(on(fork, registers("a", A2)).effects).toEqual([]);
    const gone = told(fork, fellAsleep("a", { mustRing: true }));
    expect(on(gone, registers("a", A2)).effects).toEqual([]);
  });

  test("and has declined over one of its flows has seen it: it is not called when it registers anew", () => {
    const onTwo = told(inviting(asleep("a", { mustRing: true })), registers("a"), registers("a", A2));
    const declined = on(onTwo, says("a", 486, A2));
    expect(declined.effects).toContainEqual(answer(486, "a"));
    expect(on(declined.fork, registers("a", ws("a3"))).effects).toEqual([]);
  });
});

describe("a device that was silent and pushed, and must be shown a call", () => {
  test("gets its INVITE where it comes by, when nobody wants it any more, once", () => {
    const given = told(hedged(true), CANCEL);
    const late = on(given, registers("a", A2), NOW + hedge + 1);
    expect(late.effects).toEqual([invite("a")]);
    expect(late.fork.body).not.toBe("");
    expect(on(late.fork, registers("a", A2)).effects).toEqual([]);
    expect(on(late.fork, says("a", 180, A2)).effects).toContainEqual(cancel("a", A2));
  });

  test("and has registered again by either of two connections that it was called over: it has its INVITE there", () => {
    const [opened] = openFork(
      subject("INVITE"),
      [{ ...online("a"), mustRing: true }],
      NOW,
      DEFAULT_FORK_TIMERS,
    );
    const fork = toldAt(
      opened,
      DEFAULT_FORK_TIMERS,
      [0, registers("a", A2)],
      [hedge, ALARM],
      [hedge, CANCEL],
    );
    expect(on(fork, registers("a")).effects).toEqual([]);
    expect(on(fork, registers("a", A2)).effects).toEqual([]);
  });

  test("and has come by the connection that it had: it has its INVITE there", () => {
    expect(on(told(hedged(true), CANCEL), registers("a")).effects).toEqual([]);
  });

  test("and rings where it was called first, though it has come by others since: CANCEL", () => {
    const fork = told(hedged(false), CANCEL, registers("a", A2), registers("a", ws("a3")));
    expect(on(fork, says("a", 180)).effects).toContainEqual(cancel("a"));
  });

  test("and did not come in its bucket time: 480, and awaited for a while longer", () => {
    const over = on(hedged(true), ALARM, NOW + hedge + bucket, DEFAULT_FORK_TIMERS);
    expect(over.effects).toEqual([answer(480)]);
    expect(on(over.fork, registers("a", A2), NOW + hedge + bucket + 1).effects).toEqual([invite("a")]);
  });

  test("and whose old connection turns out to be gone is awaited as one that sleeps", () => {
    const gone = told(hedged(true), CANCEL, fellAsleep("a", { mustRing: true }));
    expect(states(gone)).toEqual(["late"]);
    expect(on(gone, registers("a", A2)).effects).toEqual([invite("a")]);
  });

  test("and has unregistered meanwhile, but was pushed: it gets its call when it comes", () => {
    const lost = told(hedged(true), isLost("a"));
    expect(lost.final).toBe(480);
    expect(on(lost, registers("a", A2)).effects).toEqual([invite("a")]);
  });

  test("and was heard owes nothing more: it has shown the call", () => {
    const fork = told(hedged(true), says("a", 180), CANCEL, says("a", 487));
    expect(on(fork, registers("a", A2)).effects).toEqual([]);
  });

  test("and whose push was refused gets no call that nobody wants", () => {
    const fork = told(hedged(true), CANCEL, cannotBeWoken("a"));
    expect(on(fork, registers("a", A2)).effects).toEqual([]);
  });
});

describe("a device that need not come any more", () => {
  test.each<[string, Fork, Parameters<typeof on>[1]]>([
    ["is answered elsewhere", inviting(asleep("a"), online("b")), says("b", 200)],
    ["is declined for all", inviting(asleep("a"), online("b")), says("b", 603)],
    ["is given up", inviting(asleep("a"), online("b")), CANCEL],
  ])("is told so when the call %s", (_, fork, event) => {
    expect(on(fork, event).effects).toContainEqual(recall("a"));
  });

  test("is told so once", () => {
    const fork = toldAt(inviting(asleep("a"), online("b")), TIMERS, [0, says("b", 180)], [bucket, ALARM]);
    expect(on(fork, CANCEL).effects).not.toContainEqual(recall("a"));
    const given = told(inviting(asleep("a"), online("b")), says("b", 180), CANCEL);
    expect(on(given, ALARM, NOW + bucket).effects).not.toContainEqual(recall("a"));
  });

  test("is told so if it was silent and was pushed", () => {
    expect(on(hedged(false), CANCEL).effects).toContainEqual(recall("a"));
  });

  test.each<[string, Fork]>([
    ["has come", told(inviting(asleep("a")), registers("a"))],
    ["rings", told(hedged(false), says("a", 180))],
    ["was never pushed", inviting(online("a"))],
    ["cannot be pushed", told(hedged(false), cannotBeWoken("a"))],
  ])("is not told so by a push if it %s", (_, fork) => {
    expect(on(fork, CANCEL).effects).not.toContainEqual(recall("a"));
  });

  test("is not called when it comes", () => {
    const fork = told(inviting(asleep("a"), online("b")), says("b", 200));
    expect(on(fork, registers("a"))).toEqual({ fork, effects: [] });
  });
});

describe("a request that is no INVITE, for a device that sleeps (RFC 8599 §5.6.2)", () => {
  const { otherBucket } = TIMERS;
  const message = (...targets: Parameters<typeof inviting>) =>
    openFork(subject("MESSAGE"), targets, NOW, TIMERS);

  test("waits for it, for less time than its client does (Timer F)", () => {
    const [fork, effects] = message(asleep("a"));
    expect(effects).toEqual([wake("a")]);
    expect(fork.branches[0]).toMatchObject({ until: NOW + otherBucket });
    expect(otherBucket).toBeLessThan(transaction);
    expect(on(fork, registers("a"), NOW + 1_000).effects).toContainEqual(invite("a"));
  });

  test("is answered 480 when it does not come", () => {
    const { effects } = on(message(asleep("a"))[0], ALARM, NOW + otherBucket);
    expect(effects).toContainEqual(answer(480));
  });

  test("has nobody told that a call is over: there was none", () => {
    const fork = message(asleep("a"), online("b"))[0];
    expect(on(fork, says("b", 200)).effects).toEqual([relay("b", 200)]);
  });

  test("is not sent to a device that comes when it was answered", () => {
    const fork = told(message(asleep("a", { mustRing: true }), online("b"))[0], says("b", 200));
    expect(on(fork, registers("a")).effects).toEqual([]);
  });

  test("has no answer of ours once its client has given up (RFC 4320 §4.2)", () => {
    const woken = toldAt(message(asleep("a"))[0], TIMERS, [otherBucket - 1, registers("a")]);
    const { effects } = on(woken, ALARM, NOW + otherBucket + transaction);
    expect(effects).toEqual([]);
  });

  test("that is not to wake anybody waits for nobody, also not for one that came and went", () => {
    const unwoken = { ...online("a"), mayWake: false };
    const fork = told(message(unwoken, online("b"))[0], isLost("a"), registers("a", A2));
    const { fork: next, effects } = on(fork, fellAsleep("a", { connection: A2 }));
    expect(effects).toEqual([]);
    expect(states(next)).toEqual(["unreachable", "calling"]);
  });
});

import { describe, expect, test } from "vitest";
import { endOfFork } from "../../functions/proxy/fork.ts";
import {
  ALARM,
  ANSWERED,
  ack,
  alarm,
  answer,
  asleep,
  CANCEL,
  cancel,
  cannotBeWoken,
  fellAsleep,
  forgets,
  invite,
  inviting,
  isLost,
  messaging,
  NOW,
  on,
  online,
  recall,
  registers,
  relay,
  says,
  states,
  TIMERS,
  told,
  wake,
  ws,
} from "./a-fork.ts";

const { timerC, transaction, bucket } = TIMERS;

describe("what the caller hears", () => {
  test("every provisional response but 100 goes on at once (RFC 3261 §16.7 step 5)", () => {
    const fork = inviting(online("a"), online("b"));
    expect(on(fork, says("a", 100)).effects).toEqual([]);
    expect(on(fork, says("a", 180)).effects).toEqual([relay("a", 180)]);
    expect(on(told(fork, says("a", 180)), says("b", 183)).effects).toEqual([relay("b", 183)]);
  });

  test("a 2xx goes on at once, and whoever rings besides is cancelled (§16.7 steps 5 and 10)", () => {
    const fork = told(inviting(online("a"), online("b")), says("a", 180), says("b", 180));
    const { fork: next, effects } = on(fork, says("a", 200));
    expect(effects).toEqual([relay("a", 200), cancel("b"), alarm(NOW + transaction)]);
    expect(next).toMatchObject({ final: 200, owed: false });
    expect(states(next)).toEqual(["done", "cancelling"]);
  });

  test("a 2xx that lost the race goes on too: the caller must end that dialog (§16.7 step 5, race g)", () => {
    const fork = told(inviting(online("a"), online("b")), says("a", 180), says("b", 180), says("a", 200));
    const late = on(fork, says("b", 200));
    expect(late.effects).toEqual([relay("b", 200)]);
    expect(late.fork.final).toBe(200);
  });

  test("a 2xx that its device repeats goes on each time and changes nothing (RFC 6026 §7.1)", () => {
    const fork = told(inviting(online("a")), says("a", 200));
    const again = on(fork, says("a", 200));
    expect(again.effects).toEqual([relay("a", 200)]);
    expect(again.fork).toBe(fork);
  });

  test("a failure waits until every other device has failed too; then the best goes on (§16.7 step 6)", () => {
    const first = on(inviting(online("a"), online("b")), says("a", 486));
    expect(first.effects).toEqual([ack("a")]);
    const last = on(first.fork, says("b", 302));
    expect(last.effects).toEqual([ack("b"), answer(302, "b")]);
    expect(last.fork).toMatchObject({ final: 302, owed: true });
  });

  test("a provisional response that comes after the final one is not passed on", () => {
    const fork = told(inviting(online("a"), online("b")), says("b", 180), says("a", 200));
    expect(on(fork, says("b", 183)).effects).toEqual([]);
  });

  test("a 6xx cancels all others, and is told once they are over (§16.7 step 5)", () => {
    const fork = told(inviting(online("a"), online("b")), says("b", 180));
    const declined = on(fork, says("a", 603));
    expect(declined.effects).toEqual([ack("a"), cancel("b")]);
    const over = on(declined.fork, says("b", 487));
    expect(over.effects).toEqual([ack("b"), answer(603, "a")]);
  });

  test("after a 6xx no new branch is begun, though a device wakes up (§16.7 step 5)", () => {
    const fork = told(inviting(online("a"), online("b"), asleep("c")), says("b", 180), says("a", 603));
    expect(states(fork)).toEqual(["done", "cancelling", "unreachable"]);
    const { effects, fork: next } = on(fork, registers("c"));
    expect(effects).toEqual([]);
    expect(next).toBe(fork);
  });

  test("a 2xx that comes despite a 6xx is the answer all the same (§16.7 step 5)", () => {
    const fork = told(inviting(online("a"), online("b")), says("b", 180), says("a", 603));
    expect(on(fork, says("b", 200)).effects).toEqual([relay("b", 200)]);
  });

  test("a lone 503 becomes 500, for we are not overloaded (§16.7 step 6)", () => {
    expect(on(inviting(online("a")), says("a", 503)).effects).toEqual([ack("a"), answer(500)]);
  });

  test("a failure that is repeated is acknowledged again and told no more (§17.1.1.2)", () => {
    const fork = told(inviting(online("a")), says("a", 486));
    const again = on(fork, says("a", 486));
    expect(again.effects).toEqual([ack("a")]);
    expect(again.fork).toBe(fork);
  });

  test("who is not the device of the branch says nothing (race: connection taken over)", () => {
    const fork = inviting(online("a"), asleep("b"));
    expect(on(fork, says("a", 200, ws("stranger")))).toEqual({ fork, effects: [] });
    expect(on(fork, says("b", 200))).toEqual({ fork, effects: [] });
  });

  test.each([-1, 2, 0.5, Number.NaN])(
    "a response on branch %d, which there is not, says nothing",
    (branch) => {
      const fork = inviting(online("a"), online("b"));
      expect(on(fork, { ...says("a", 200), branch })).toEqual({ fork, effects: [] });
    },
  );
});

describe("CANCEL (RFC 3261 §9.1, §16.10)", () => {
  test("what rings is cancelled, and the caller gets 487 when that is over", () => {
    const fork = told(inviting(online("a")), says("a", 180));
    const cancelled = on(fork, CANCEL);
    expect(cancelled.effects).toEqual([cancel("a"), alarm(NOW + transaction)]);
    const over = on(cancelled.fork, says("a", 487));
    expect(over.effects).toEqual([ack("a"), answer(487)]);
  });

  test("a silent device gets no CANCEL before it has been heard from; the caller need not wait for it (§9.1)", () => {
    const cancelled = on(inviting(online("a")), CANCEL);
    expect(cancelled.effects).toEqual([answer(487)]);
    expect(states(cancelled.fork)).toEqual(["doomed"]);
  });

  test.each([100, 180])(
    "the first word of a doomed device, a %i, is met with a CANCEL: nothing rings on (race f)",
    (status) => {
      const fork = told(inviting(online("a")), CANCEL);
      const heard = on(fork, says("a", status));
      expect(heard.effects).toEqual([cancel("a"), alarm(NOW + transaction)]);
      expect(on(heard.fork, says("a", 183)).effects).toEqual([]);
      expect(on(heard.fork, says("a", 487)).effects).toEqual([ack("a")]);
    },
  );

  test("a 200 that crosses the CANCEL goes on: the caller has a call to end (race f)", () => {
    const ringing = told(inviting(online("a")), says("a", 180), CANCEL);
    expect(on(ringing, says("a", 200)).effects).toEqual([relay("a", 200)]);
    const silent = told(inviting(online("a")), CANCEL, ANSWERED);
    expect(on(silent, says("a", 200)).effects).toEqual([relay("a", 200)]);
  });

  test("a 2xx that comes while the 487 is owed pays the debt: no failure follows a success (race f)", () => {
    const fork = told(inviting(online("a")), CANCEL, says("a", 200));
    expect(fork.owed).toBe(false);
    expect(on(fork, ALARM).effects).toEqual([]);
  });

  test("a CANCEL after the answer, or a second one, does nothing", () => {
    const answered = told(inviting(online("a"), online("b")), says("b", 180), says("a", 200));
    expect(on(answered, CANCEL)).toEqual({ fork: answered, effects: [] });
    const cancelled = told(inviting(online("a")), says("a", 180), CANCEL);
    expect(on(cancelled, CANCEL)).toEqual({ fork: cancelled, effects: [] });
  });

  test("a device that knows nothing of the call which it was to end (481) holds nobody up (§9.2)", () => {
    const fork = told(inviting(online("a"), online("b")), says("a", 180), says("b", 180), CANCEL);
    const first = on(fork, forgets("a"));
    expect(first.effects).toEqual([]);
    expect(on(first.fork, forgets("b")).effects).toEqual([answer(487)]);
  });

  test("a 481 to a CANCEL ends no call that rings, and is heard only from the device (§9.2)", () => {
    const ringing = told(inviting(online("a")), says("a", 180));
    expect(on(ringing, forgets("a"))).toEqual({ fork: ringing, effects: [] });
    const cancelled = told(ringing, CANCEL);
    expect(on(cancelled, forgets("a", ws("stranger")))).toEqual({ fork: cancelled, effects: [] });
    // It has come to another connection while it rang: the CANCEL that goes there as well may be unknown there.
    const moved = told(ringing, registers("a", ws("a2")), CANCEL);
    expect(on(moved, forgets("a", ws("a2"))).effects).toEqual([]);
    expect(on(told(moved, forgets("a", ws("a2"))), says("a", 487)).effects).toEqual([ack("a"), answer(487)]);
  });

  test("the caller's own 487 counts, whatever the devices said before", () => {
    const fork = told(inviting(online("a"), online("b")), says("a", 603), CANCEL);
    expect(fork).toMatchObject({ final: 603 });
    const other = told(inviting(online("a"), online("b")), says("a", 486), says("b", 180), CANCEL);
    expect(on(other, says("b", 487)).effects).toEqual([ack("b"), answer(487)]);
  });

  test("a cancelled device that never answers is given up after 64·T1 (§9.1), and told so once more, since it may ring on", () => {
    const fork = told(inviting(online("a")), says("a", 180), CANCEL);
    expect(on(fork, ALARM, NOW + transaction - 1).effects).toEqual([alarm(NOW + transaction)]);
    expect(on(fork, ALARM, NOW + transaction).effects).toEqual([cancel("a"), answer(487)]);
  });
});

describe("a device that sleeps (RFC 8599 §5.6.2)", () => {
  test("gets the INVITE when it registers, once", () => {
    const fork = inviting(asleep("a"));
    const woken = on(fork, registers("a"), NOW + 2_000);
    expect(woken.effects).toEqual([invite("a")]);
    expect(woken.fork.branches[0]).toMatchObject({ state: "calling", connection: "ws-a", uri: "sip:a@x" });
    expect(on(woken.fork, registers("a"))).toEqual({ fork: woken.fork, effects: [] });
  });

  test("is given up with 480 when the bucket time is over (RFC 8599 §5.6.2)", () => {
    const fork = inviting(asleep("a"));
    expect(on(fork, ALARM, NOW + bucket - 1).effects).toEqual([alarm(NOW + bucket)]);
    expect(on(fork, ALARM, NOW + bucket).effects).toEqual([recall("a"), answer(480)]);
  });

  test("is given up with 480 at once when the push is refused (RFC 8599 §5.6.2, race o)", () => {
    expect(on(inviting(asleep("a")), cannotBeWoken("a")).effects).toEqual([answer(480)]);
  });

  test("is called though the push was refused, if it has registered by itself meanwhile", () => {
    const fork = told(inviting(asleep("a")), registers("a"));
    const { fork: next, effects } = on(fork, cannotBeWoken("a"));
    expect(effects).toEqual([]);
    expect(states(next)).toEqual(["calling"]);
  });

  test("may come after its time, as long as another device still rings", () => {
    const fork = told(inviting(asleep("a"), online("b")), says("b", 180));
    const { fork: late } = on(fork, ALARM, NOW + bucket);
    expect(states(late)).toEqual(["unreachable", "proceeding"]);
    const back = NOW + bucket + 1;
    expect(on(late, registers("a"), back).effects).toEqual([invite("a"), alarm(back + transaction)]);
  });

  test("comes too late once the call is answered or given up, and gets nothing (race k)", () => {
    const answered = told(inviting(asleep("a"), online("b")), says("b", 200));
    expect(on(answered, registers("a"))).toEqual({ fork: answered, effects: [] });
    const given = told(inviting(asleep("a")), CANCEL);
    expect(on(given, registers("a"))).toEqual({ fork: given, effects: [] });
  });

  test("gets an INVITE and its CANCEL even too late, if its system punishes a push without a call (PushKit)", () => {
    const fork = told(inviting(asleep("a", { mustRing: true })), CANCEL);
    expect(fork).toMatchObject({ final: 487 });
    expect(states(fork)).toEqual(["late"]);
    const woken = on(fork, registers("a"));
    expect(woken.effects).toEqual([invite("a")]);
    expect(on(woken.fork, says("a", 180)).effects).toEqual([cancel("a"), alarm(NOW + transaction)]);
  });

  test("that must ring and cannot be woken, or never comes, is over", () => {
    const fork = told(inviting(asleep("a", { mustRing: true })), CANCEL);
    expect(states(told(fork, cannotBeWoken("a")))).toEqual(["unreachable"]);
    expect(states(on(fork, ALARM, NOW + bucket + transaction).fork)).toEqual(["unreachable"]);
  });

  test("another device of the address that registers is not invited in its place (OpenSIPS #3394)", () => {
    const fork = inviting(asleep("a"));
    expect(on(fork, registers("b"))).toEqual({ fork, effects: [] });
  });
});

describe("a connection that is gone", () => {
  test("while calling: the device is woken if it can be pushed (race b)", () => {
    const { fork, effects } = on(inviting(online("a")), fellAsleep("a", { mustRing: true }));
    expect(effects).toEqual([wake("a"), alarm(NOW + bucket)]);
    const device = { key: "a", push: "sent", mustRing: true };
    expect(fork.branches[0]).toEqual({ state: "waking", ...device, until: NOW + bucket });
  });

  test("while calling: the device is out of the race if it cannot be pushed (race b)", () => {
    const lost = on(inviting(online("a"), online("b")), isLost("a"));
    expect(lost.effects).toEqual([]);
    expect(on(inviting(online("a")), isLost("a")).effects).toEqual([answer(480)]);
  });

  test("while calling: the device gets the INVITE again where it is now", () => {
    const moved = on(inviting(online("a")), registers("a", ws("a2")));
    expect(moved.effects).toEqual([invite("a")]);
    // Either may be the one that works.
    expect(on(moved.fork, says("a", 180)).effects).toContainEqual(relay("a", 180));
    expect(on(moved.fork, says("a", 180, ws("a2"))).effects).toContainEqual(relay("a", 180));
    expect(on(moved.fork, says("a", 180, ws("stranger"))).effects).toEqual([]);
  });

  test("a late word of the old connection's end does not touch the new one (race a)", () => {
    const fork = told(inviting(online("a")), registers("a", ws("a2")));
    for (const gone of [fellAsleep("a"), isLost("a")]) {
      const { fork: next, effects } = on(fork, gone);
      expect(effects).toEqual([]);
      expect(next.branches).toMatchObject([{ state: "calling", connection: "ws-a2", push: "unsent" }]);
    }
  });

  test("while ringing: the branch follows the device and rings on (Wi-Fi to LTE)", () => {
    const fork = told(inviting(online("a")), says("a", 180));
    const moved = on(fork, registers("a", ws("a2")));
    expect(moved.effects).toEqual([]);
    expect(on(moved.fork, says("a", 200, ws("a2"))).effects).toEqual([relay("a", 200)]);
    expect(on(fork, isLost("a"))).toEqual({ fork, effects: [] });
  });

  test("while cancelling: the CANCEL goes after the device, and it is over if nobody is there", () => {
    const fork = told(inviting(online("a")), says("a", 180), CANCEL);
    expect(on(fork, registers("a", ws("a2"))).effects).toEqual([cancel("a", ws("a2"))]);
    expect(on(fork, isLost("a")).effects).toEqual([answer(487)]);
  });

  test("a device that Timer C gave up is not called again when it comes back", () => {
    const both = told(inviting(online("a"), online("b")), says("a", 180));
    const { fork: ringing } = on(both, says("b", 180), NOW + timerC - 1);
    const { fork } = on(ringing, ALARM, NOW + timerC);
    expect(states(fork)).toEqual(["cancelling", "proceeding"]);
    const gone = told(fork, fellAsleep("a"));
    expect(on(gone, registers("a", ws("a2"))).effects).toEqual([]);
  });
});

describe("time (RFC 3261 §16.6 step 11, §16.8)", () => {
  test("a device that says nothing is as good as a 408 after Timer B, and still gets its CANCEL (§17.1.1.2)", () => {
    const early = on(inviting(online("a")), ALARM, NOW + transaction - 1);
    expect(early.effects).toEqual([alarm(NOW + transaction)]);
    const { fork, effects } = on(inviting(online("a")), ALARM, NOW + transaction);
    expect(effects).toEqual([answer(408)]);
    expect(on(fork, says("a", 180)).effects).toEqual([cancel("a"), alarm(NOW + transaction)]);
  });

  test("a device that rings for ever is cancelled by Timer C: nobody answered, 408, whatever it says to that (§16.8)", () => {
    const fork = told(inviting(online("a")), says("a", 180));
    const due = on(fork, ALARM, NOW + timerC);
    expect(due.effects).toEqual([cancel("a"), alarm(NOW + timerC + transaction)]);
    expect(on(due.fork, says("a", 487)).effects).toEqual([ack("a"), answer(408)]);
    expect(on(due.fork, ALARM, NOW + timerC + transaction).effects).toEqual([cancel("a"), answer(408)]);
  });

  test("Timer C starts anew with a provisional response (§16.7 step 2), though not with a 100", () => {
    const fork = told(inviting(online("a")), says("a", 180));
    const { fork: late } = on(fork, says("a", 180), NOW + timerC - 1_000);
    expect(on(late, ALARM, NOW + timerC).effects).toEqual([alarm(NOW + timerC - 1_000 + timerC)]);
    const { fork: trying } = on(fork, says("a", 100), NOW + timerC - 1_000);
    expect(on(trying, ALARM, NOW + timerC).effects).toContainEqual(cancel("a"));
  });

  test("a device that rings every second does not have us write every second", () => {
    const fork = told(inviting(online("a")), says("a", 180));
    const again = on(fork, says("a", 180), NOW + 1_000);
    expect(again.effects).toEqual([relay("a", 180)]);
    expect(again.fork).toBe(fork);
  });

  test("an alarm that is early looks, sets itself again and does nothing else", () => {
    const fork = inviting(online("a"));
    expect(on(fork, ALARM, NOW + 1)).toEqual({ fork, effects: [alarm(NOW + transaction)] });
  });

  test("nothing is awaited, and no alarm set, when all is over", () => {
    const fork = told(inviting(online("a")), says("a", 200));
    expect(on(fork, ALARM, NOW + timerC)).toEqual({ fork, effects: [] });
    expect(endOfFork(fork, NOW, TIMERS)).toBe(NOW + transaction);
  });

  test("a record is kept for one transaction time after its last deadline (RFC 6026 §7.1)", () => {
    const fork = inviting(online("a"), asleep("b"));
    expect(endOfFork(fork, NOW, TIMERS)).toBe(NOW + transaction + transaction);
    expect(endOfFork(told(fork, says("a", 180)), NOW, TIMERS)).toBe(NOW + timerC + transaction);
  });
});

describe("a failure that is owed", () => {
  test("is sent again by the alarm until it is known to be sent", () => {
    const fork = told(inviting(online("a")), says("a", 486));
    expect(on(fork, ALARM).effects).toEqual([answer(486, "a")]);
    const paid = told(fork, ANSWERED);
    expect(on(paid, ALARM)).toEqual({ fork: paid, effects: [] });
    expect(on(paid, ANSWERED).fork).toBe(paid);
  });

  test("stays what was decided: the caller never gets two different ones", () => {
    const { fork } = on(inviting(online("a")), ALARM, NOW + timerC);
    const late = on(fork, says("a", 486), NOW + timerC + 1);
    expect(late.effects).toEqual([ack("a")]);
    expect(on(late.fork, ALARM, NOW + timerC + 2).effects).toEqual([answer(408)]);
  });
});

describe("the request's body", () => {
  test("is dropped once every device has it, and not before", () => {
    const fork = inviting(online("a"), asleep("b"));
    expect(told(fork, says("a", 180)).body).not.toBe("");
    expect(told(fork, says("a", 180), registers("b")).body).not.toBe("");
    expect(told(fork, says("a", 180), registers("b"), says("b", 180)).body).toBe("");
  });

  test("is kept for a device that may still come, until the call is answered", () => {
    const fork = told(inviting(online("a"), asleep("b")), says("a", 180), cannotBeWoken("b"));
    expect(fork.body).not.toBe("");
    expect(told(fork, says("a", 200)).body).toBe("");
  });

  test("is kept for a device that must ring though the call is over", () => {
    const fork = told(inviting(asleep("a", { mustRing: true })), CANCEL);
    expect(fork.body).not.toBe("");
    // The step that sends the INVITE sends it from this very record.
    expect(told(fork, registers("a")).body).not.toBe("");
    expect(told(fork, registers("a"), says("a", 180)).body).toBe("");
  });
});

describe("a request that is no INVITE (RFC 4320)", () => {
  test("has its first 2xx relayed and no other, and nobody is cancelled", () => {
    const first = on(messaging(online("a"), online("b")), says("a", 200));
    expect(first.effects).toEqual([relay("a", 200)]);
    expect(on(first.fork, says("b", 200)).effects).toEqual([]);
    expect(on(first.fork, says("a", 200)).effects).toEqual([]);
  });

  test("has no provisional response passed on, and no failure acknowledged (§4.1)", () => {
    const fork = messaging(online("a"));
    expect(on(fork, says("a", 183))).toEqual({ fork, effects: [] });
    expect(on(fork, says("a", 404)).effects).toEqual([answer(404, "a")]);
  });

  test("is decided by a 6xx at once", () => {
    expect(on(messaging(online("a"), online("b")), says("a", 603)).effects).toEqual([answer(603, "a")]);
  });

  test("gets no 408 of ours: its client has given up by itself (§4.2)", () => {
    const { fork, effects } = on(messaging(online("a")), ALARM, NOW + transaction);
    expect(effects).toEqual([]);
    expect(fork).toMatchObject({ final: 408, owed: false });
    expect(on(fork, says("a", 200), NOW + transaction + 1).effects).toEqual([]);
  });

  test("does not wait for a device that sleeps", () => {
    expect(on(messaging(online("a")), fellAsleep("a")).effects).toEqual([answer(480)]);
  });

  test("waits 64·T1 for its answer, also from a device that moved", () => {
    const fork = told(messaging(online("a"), online("b")), isLost("a"), registers("a", ws("a2")));
    expect(fork.branches.map((branch) => "until" in branch && branch.until)).toEqual([
      NOW + transaction,
      NOW + transaction,
    ]);
  });
});

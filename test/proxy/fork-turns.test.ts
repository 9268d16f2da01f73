import { describe, expect, test } from "vitest";
import type { Fork } from "../../functions/proxy/fork.ts";
import { openFork } from "../../functions/proxy/open-fork.ts";
import {
  ALARM,
  ack,
  alarm,
  answer,
  asleep,
  CANCEL,
  cancel,
  cannotBeWoken,
  inTurn,
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

// Sequential forking: those of a turn at once, the next when they have failed (RFC 3261 §16.6).

const { turn, transaction, timerC, bucket } = TIMERS;

/** "a" first, then "b". */
function aThenB(): Fork {
  return inviting(online("a"), inTurn(1, online("b")));
}

/** "a" and "b" at once, then "c". */
function bothThenC(): Fork {
  return inviting(online("a"), online("b"), inTurn(1, online("c")));
}

/** "a" has rung for its whole turn and was cancelled. */
function turnOver(): Fork {
  return toldAt(aThenB(), TIMERS, [0, says("a", 180)], [turn, ALARM]);
}

describe("whose turn it is", () => {
  test("those of the first turn are called at once, and nobody else is", () => {
    const devices = [online("a"), asleep("b"), inTurn(1, online("c"))];
    const [fork, effects] = openFork(subject("INVITE"), devices, NOW, TIMERS);
    expect(effects).toEqual([invite("a"), wake("b")]);
    expect(states(fork)).toEqual(["calling", "waking", "queued"]);
  });

  test("the numbers of turns are an order and nothing more: none is left out or waited for", () => {
    const [fork, effects] = openFork(
      subject("INVITE"),
      [inTurn(7, online("a")), inTurn(3, online("b"))],
      NOW,
      TIMERS,
    );
    expect(effects).toEqual([invite("b")]);
    expect(on(fork, says("b", 486)).effects).toEqual([ack("b"), invite("a")]);
  });

  test("the next have theirs when all of the former have failed, and not before", () => {
    const first = on(bothThenC(), says("a", 486));
    expect(first.effects).toEqual([ack("a")]);
    expect(on(first.fork, says("b", 404)).effects).toEqual([ack("b"), invite("c")]);
  });

  test("a device of a later turn that sleeps is pushed in its turn", () => {
    const fork = inviting(online("a"), inTurn(1, asleep("b")));
    const { fork: next, effects } = on(fork, says("a", 486), NOW + 1_000);
    expect(effects).toEqual([ack("a"), wake("b")]);
    expect(next.branches[1]).toMatchObject({ state: "waking", until: NOW + 1_000 + bucket });
  });

  test.each([
    ["is lost", isLost("a")],
    ["asks for a proxy's help", says("a", 407)],
    ["redirects", says("a", 302)],
  ])("a device that %s ends its turn", (_, event) => {
    expect(on(aThenB(), event).effects).toContainEqual(invite("b"));
  });

  test("a device that cannot be woken ends its turn", () => {
    const fork = inviting(asleep("a"), inTurn(1, online("b")));
    expect(on(fork, cannotBeWoken("a")).effects).toEqual([invite("b")]);
  });

  test("the best failure of all turns is told when the last has failed (§16.7 step 6)", () => {
    const fork = told(aThenB(), says("a", 302));
    expect(on(fork, says("b", 486)).effects).toEqual([ack("b"), answer(302, "a")]);
  });

  test("a device that is queued is not called because it registers: its turn will come", () => {
    expect(on(aThenB(), registers("b", ws("b2")))).toEqual({ fork: aThenB(), effects: [] });
  });
});

describe("how long a turn takes", () => {
  test("a silent device has its turn's time, and is not awaited any more", () => {
    expect(on(aThenB(), ALARM, NOW + turn - 1).effects).toEqual([alarm(NOW + turn)]);
    const { fork, effects } = on(aThenB(), ALARM, NOW + turn);
    expect(effects).toEqual([invite("b"), alarm(NOW + turn + transaction)]);
    expect(states(fork)).toEqual(["doomed", "calling"]);
    expect(on(fork, says("a", 180)).effects).toContainEqual(cancel("a"));
  });

  test("a ringing device is cancelled, and its final response awaited before the next is called", () => {
    const ringing = told(aThenB(), says("a", 180));
    const over = on(ringing, ALARM, NOW + turn);
    expect(over.effects).toEqual([cancel("a"), alarm(NOW + turn + transaction)]);
    expect(states(over.fork)).toEqual(["cancelling", "queued"]);
    // The alarm that is set comes early enough for "b", too.
    expect(on(over.fork, says("a", 487), NOW + turn).effects).toEqual([ack("a"), invite("b")]);
  });

  test("a ringing device that does not answer its CANCEL is waited for no longer than 64·T1 (§9.1)", () => {
    const { fork, effects } = on(turnOver(), ALARM, NOW + turn + transaction);
    expect(effects).toContainEqual(invite("b"));
    expect(states(fork)).toEqual(["done", "calling"]);
  });

  test("a device that rings again and again has no longer turn for it", () => {
    const fork = toldAt(aThenB(), TIMERS, [0, says("a", 180)], [turn - 1, says("a", 183)]);
    expect(on(fork, ALARM, NOW + turn).effects).toContainEqual(cancel("a"));
  });

  test("those of the last turn may be silent for Timer B and ring for Timer C", () => {
    const fork = told(aThenB(), says("a", 486));
    expect(fork.branches[1]).toMatchObject({ until: NOW + transaction });
    expect(told(fork, says("b", 180)).branches[1]).toMatchObject({ until: NOW + timerC });
  });

  test("a device that is woken within a turn has its turn's time from then on", () => {
    const fork = inviting(asleep("a"), inTurn(1, online("b")));
    const woken = toldAt(fork, TIMERS, [5_000, registers("a")]);
    expect(woken.branches[0]).toMatchObject({ state: "calling", until: NOW + 5_000 + turn });
  });

  test("a flow that fails does not make its turn longer", () => {
    const fork = told(aThenB(), says("a", 430));
    expect(on(fork, ALARM, NOW + turn).effects).toContainEqual(invite("b"));
  });

  test("a device whose turn went by with its push may come as long as nobody answered", () => {
    const fork = inviting(asleep("a"), inTurn(1, online("b")));
    const { fork: next, effects } = on(fork, ALARM, NOW + bucket);
    expect(effects).toEqual([recall("a"), invite("b"), alarm(NOW + bucket + transaction)]);
    expect(on(next, registers("a"), NOW + bucket + 1).effects).toContainEqual(invite("a"));
  });
});

describe("what ends all turns", () => {
  test("a 2xx: nobody else is called", () => {
    const { fork, effects } = on(aThenB(), says("a", 200));
    expect(effects).toEqual([relay("a", 200)]);
    expect(states(fork)).toEqual(["done", "unreachable"]);
  });

  test("a 6xx: nobody else is called (§16.7 step 5)", () => {
    expect(on(aThenB(), says("a", 603)).effects).toEqual([ack("a"), answer(603, "a")]);
  });

  test("a CANCEL: nobody else is called (§16.10)", () => {
    expect(on(aThenB(), CANCEL).effects).toEqual([answer(487)]);
    const ringing = told(aThenB(), says("a", 180), CANCEL);
    expect(on(ringing, says("a", 487)).effects).toEqual([ack("a"), answer(487)]);
  });

  test("a CANCEL between two turns", () => {
    const fork = told(turnOver(), CANCEL);
    expect(on(fork, says("a", 487)).effects).toEqual([ack("a"), answer(487)]);
  });

  test("a 2xx that crosses the CANCEL at the end of its turn", () => {
    const { fork, effects } = on(turnOver(), says("a", 200));
    expect(effects).toEqual([relay("a", 200)]);
    expect(states(fork)).toEqual(["done", "unreachable"]);
  });

  test("a 6xx that crosses the CANCEL at the end of its turn (§16.7 step 5: no new branches)", () => {
    expect(on(turnOver(), says("a", 603)).effects).toEqual([ack("a"), answer(603, "a")]);
  });

  test("a 6xx of a device whose turn went by in silence ends the turn of those that ring (§16.7 step 5)", () => {
    const next = on(aThenB(), ALARM, NOW + turn).fork;
    const { effects } = on(told(next, says("b", 180)), says("a", 603));
    expect(effects).toContainEqual(cancel("b"));
  });

  test("a 2xx of a device whose turn went by in silence cancels those that ring now", () => {
    const next = toldAt(aThenB(), TIMERS, [turn, ALARM], [turn, says("b", 180)]);
    expect(on(next, says("a", 200)).effects).toEqual([relay("a", 200), cancel("b"), expect.anything()]);
  });
});

import { describe, expect, test } from "vitest";
import { ALARM, alarm, answer, messaging, NOW, on, online, relay, says, TIMERS, told } from "./a-fork.ts";

// What a fork says to whoever sent a request that is no INVITE, and when it says nothing (RFC 4320).

const END = NOW + TIMERS.transaction;

describe("no provisional response goes to the caller (§4.1)", () => {
  test.each([100, 180, 183, 199])("not a device's %i", (status) => {
    const fork = messaging(online("a"), online("b"));
    expect(on(fork, says("a", status))).toEqual({ fork, effects: [] });
  });

  test("nor one of ours, however long the devices take", () => {
    const { effects } = on(messaging(online("a"), online("b")), ALARM, END - 1);
    expect(effects).toEqual([alarm(END)]);
  });
});

describe("after Timer F the caller has given up by itself, and hears no more (§4.2)", () => {
  const over = on(messaging(online("a"), online("b")), ALARM, END);

  test("no 408", () => {
    expect(over.fork.final).toBe(408);
    expect(over.effects.filter(({ type }) => type === "answer")).toEqual([]);
  });

  test.each([200, 202, 404, 408, 486, 503, 603])("no late %i of a device", (status) => {
    const late = on(over.fork, says("a", status), END + 1);
    expect(late.effects.filter(({ type }) => type === "answer" || type === "relay")).toEqual([]);
    expect(late.fork.final).toBe(408);
  });
});

test("the first 2xx goes to the caller, a second one does not (RFC 3261 §16.7 step 5)", () => {
  const fork = messaging(online("a"), online("b"));
  expect(on(fork, says("a", 200)).effects).toContainEqual(relay("a", 200));
  const second = on(told(fork, says("a", 200)), says("b", 200));
  expect(second.effects.filter(({ type }) => type === "relay")).toEqual([]);
});

test("a failure is said once all devices have failed in time", () => {
  const fork = told(messaging(online("a"), online("b")), says("a", 486));
  expect(on(fork, says("b", 503)).effects).toContainEqual(answer(486, "a"));
});

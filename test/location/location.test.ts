import { expect, test } from "vitest";
import { withoutConnection } from "../../functions/location/ended-flow.ts";
import type { BindingKey, ForkId, MessageId } from "../../functions/location/ids.ts";
import {
  bindingOf,
  current,
  endOf,
  type Location,
  NOWHERE,
  type WaitingFork,
} from "../../functions/location/location.ts";
import { withMail, withoutMail } from "../../functions/location/mail.ts";
import { MAX_WAITING, withWaiting } from "../../functions/location/waiting.ts";
import { aWatcher } from "../registrar/a-watcher.ts";
import { at, binding, keysOf, NOW, TOKEN, ws } from "./a-binding.ts";

const GRACE = 5_000;

function waiting(fork: string, key = "a", until = NOW + 25_000): WaitingFork {
  return { fork: fork as ForkId, key: key as BindingKey, device: key, until };
}

const ONE = ws(1);
const TWO = ws(2);

test("a binding is used until its end and a moment longer, since clients refresh in the last second", () => {
  const location = at(binding("a", { expiresAt: NOW }));
  expect(current(location, NOW + GRACE - 1, GRACE)).toBe(location);
  expect(current(location, NOW + GRACE, GRACE)).toEqual(NOWHERE);
});

test("what has run out goes, each thing by its own clock; the rest stays", () => {
  const location: Location = {
    ...NOWHERE,
    bindings: [binding("old", { expiresAt: NOW - GRACE }), binding("live")],
    waiting: [waiting("f1", "a", NOW), waiting("f2", "a", NOW + 1)],
    departed: [
      { key: "a" as BindingKey, callId: "c", cseq: 1, until: NOW },
      { key: "b" as BindingKey, callId: "c", cseq: 1, until: NOW + 1 },
    ],
  };
  const left = current(location, NOW, GRACE);
  expect(keysOf(left)).toEqual(["live"]);
  expect(left.waiting.map(({ fork }) => fork)).toEqual(["f2"]);
  expect(left.departed.map(({ key }) => key)).toEqual(["b"]);
});

test.each<[string, Location]>([
  ["a binding", at(binding("live"), binding("old", { expiresAt: NOW - GRACE }))],
  ["a call", { ...NOWHERE, waiting: [waiting("f1"), waiting("f2", "a", NOW)] }],
])("%s that has run out goes also if another of its kind has not", (_, location) => {
  const { bindings, waiting: calls } = current(location, NOW, GRACE);
  expect([...bindings, ...calls]).toEqual([
    ...location.bindings.slice(0, 1),
    ...location.waiting.slice(0, 1),
  ]);
});

test("watchers stay when their time is over: somebody must tell them so (RFC 3680)", () => {
  const over = aWatcher({ until: NOW - 60_000 });
  const location = { ...at(binding("old", { expiresAt: NOW - GRACE })), watchers: [over] };
  expect(current(location, NOW, GRACE)).toEqual({ ...NOWHERE, watchers: [over] });
  expect(current({ ...NOWHERE, watchers: [over] }, NOW, GRACE).watchers).toEqual([over]);
});

test("when a connection ends, its own bindings sleep if they can be pushed and are gone if not (RFC 5626 §7, RFC 8599 §5.5)", () => {
  const location = at(
    binding("phone", { connection: ONE, push: TOKEN }),
    binding("tab", { connection: ONE }),
    binding("desk", { connection: TWO }),
  );
  expect(withoutConnection(location, ONE).bindings).toEqual([
    binding("phone", { connection: undefined, push: TOKEN }),
    binding("desk", { connection: TWO }),
  ]);
});

test("a late end of an old connection takes nothing from a device that has registered on a new one (race a)", () => {
  const location = at(
    binding("phone", { connection: TWO, push: TOKEN }),
    binding("tab", { connection: TWO }),
  );
  expect(withoutConnection(location, ONE)).toBe(location);
});

test("calls that wait, registrations that ended and those who watch outlive a connection", () => {
  const rest = {
    waiting: [waiting("f1")],
    departed: [{ key: "a" as BindingKey, callId: "c", cseq: 1, until: NOW }],
    watchers: [aWatcher({ connection: ONE })],
    dueAt: NOW,
  };
  const location = { ...at(binding("tab", { connection: ONE })), ...rest };
  expect(withoutConnection(location, ONE)).toEqual({ ...NOWHERE, ...rest });
});

test("a call is noted once for each device, and a repetition makes its note last, whoever writes last (race e)", () => {
  const noted = withWaiting(NOWHERE, [waiting("f1", "a"), waiting("f1", "b"), waiting("f2", "a")]);
  const renewed = noted && withWaiting(noted, [waiting("f1", "a", NOW + 99_000)]);
  expect(renewed?.waiting).toEqual([
    waiting("f1", "b"),
    waiting("f2", "a"),
    waiting("f1", "a", NOW + 99_000),
  ]);
  const shortened = renewed && withWaiting(renewed, [waiting("f1", "a", NOW + 99)]);
  expect(shortened?.waiting).toEqual(renewed?.waiting);
  const more = noted && withWaiting(noted, [waiting("f1", "a", NOW + 99), waiting("f3", "a")]);
  expect(more?.waiting.map(({ fork, key }) => fork + key)).toEqual(["f1b", "f2a", "f1a", "f3a"]);
});

test(`no more than ${MAX_WAITING} calls wait on one address; one that waits already may be noted again`, () => {
  const many = Array.from({ length: MAX_WAITING }, (_, index) => waiting(`f${index}`));
  const full = withWaiting(NOWHERE, many);
  expect(full?.waiting).toHaveLength(MAX_WAITING);
  expect(full && withWaiting(full, [waiting("one-more")])).toBeUndefined();
  expect(full && withWaiting(full, [waiting("f0")])?.waiting).toHaveLength(MAX_WAITING);
});

test("a record is kept for as long as the longest-lived thing in it", () => {
  const departed = [{ key: "a" as BindingKey, callId: "c", cseq: 1, until: NOW + 70_000 }];
  expect(endOf(NOWHERE, GRACE)).toBe(0);
  expect(endOf(at(binding("a"), binding("b", { expiresAt: NOW })), GRACE)).toBe(NOW + 60_000 + GRACE);
  expect(endOf({ ...at(binding("a")), waiting: [waiting("f", "a", NOW + 65_001)] }, GRACE)).toBe(
    NOW + 65_001,
  );
  expect(endOf({ ...at(binding("a")), departed }, GRACE)).toBe(NOW + 70_000);
  const watchers = [aWatcher({ until: NOW + 80_000 }), aWatcher({ until: NOW })];
  expect(endOf({ ...at(binding("a")), departed, watchers }, GRACE)).toBe(NOW + 80_000);
});

test("a binding is found by its key", () => {
  const location = at(binding("a"), binding("b"));
  expect(bindingOf(location, "b" as BindingKey)).toBe(location.bindings[1]);
  expect(bindingOf(location, "c" as BindingKey)).toBeUndefined();
});

test("that there is mail is known until the last of it ends, whoever is registered", () => {
  const one = withMail(NOWHERE, "one" as MessageId, NOW + 2);
  const both = withMail(one, "two" as MessageId, NOW + 1);
  expect(endOf(both, GRACE)).toBe(NOW + 2);
  expect(current(both, NOW + 1, GRACE)).toBe(both);
  expect(current(both, NOW + 2, GRACE)).toEqual(NOWHERE);
});

test("that there is no mail any more is not said if some has come since that was seen", () => {
  const one = withMail(NOWHERE, "one" as MessageId, NOW + 2);
  const both = withMail(one, "two" as MessageId, NOW + 1);
  if (one.mail === undefined || both.mail === undefined) throw new Error("there is mail");
  expect(withoutMail(both, one.mail)).toBe(both);
  expect(withoutMail(both, both.mail).mail).toBeUndefined();
  expect(withoutMail(NOWHERE, one.mail)).toBe(NOWHERE);
});

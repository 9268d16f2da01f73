import { expect, test } from "vitest";
import { turnsOf } from "../../functions/proxy/turns.ts";

const ALL = Number.POSITIVE_INFINITY;

function q(...values: readonly (string | undefined)[]): readonly string[] {
  return values.map((value) => (value === undefined ? "" : `;q=${value}`));
}

test.each<[string, readonly string[], readonly number[]]>([
  ["one contact has the first turn", q("0.3"), [0]],
  ["contacts of one q have one turn", q("0.5", "0.5"), [0, 0]],
  ["those of a lower q have a later one", q("1.0", "0.7", "0.7", "0.1"), [0, 1, 1, 2]],
  ["a contact without q is worth as much as any without", q(undefined, undefined), [0, 0]],
  ["q is a number, however it is written", q("0.5", "0.50", "0.500"), [0, 0, 0]],
])("%s (RFC 3261 §16.6)", (_, contacts, turns) => {
  expect(turnsOf(contacts, undefined, ALL)).toEqual(turns);
});

test("nobody has no turn", () => {
  expect(turnsOf([], undefined, ALL)).toEqual([]);
  expect(turnsOf([], false, ALL)).toEqual([]);
});

test("a caller may want all of them at once, or one after the other, whatever their q (RFC 3841 §9.1)", () => {
  expect(turnsOf(q("1.0", "0.5", "0.5"), true, ALL)).toEqual([0, 0, 0]);
  expect(turnsOf(q("1.0", "0.5", "0.5"), false, ALL)).toEqual([0, 1, 2]);
});

test.each<[string, boolean | undefined, readonly string[], readonly number[]]>([
  ["of one q", undefined, q("0.5", "0.5", "0.5", "0.5", "0.5"), [0, 0, 1, 1, 2]],
  ["all wanted at once", true, q("0.9", "0.5", "0.3"), [0, 0, 1]],
  ["of several q", undefined, q("0.9", "0.5", "0.5", "0.5"), [0, 1, 1, 2]],
  ["one after the other", false, q("0.9", "0.5"), [0, 1]],
])("no more than so many have the same turn: %s (RFC 5393 §5.3.3)", (_, parallel, contacts, turns) => {
  expect(turnsOf(contacts, parallel, 2)).toEqual(turns);
});

test("a later turn never has a higher q before it: the order that they came in is kept", () => {
  // They come in the order of preference, which need not be that of q (RFC 3841 §7.2.4).
  expect(turnsOf(q("0.2", "0.9", "0.2"), undefined, ALL)).toEqual([0, 1, 2]);
});

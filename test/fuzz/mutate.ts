import type { Dice } from "./dice.ts";

/** No input is longer, in octets. */
export const MAX_INPUT = 20_480;

/** What means something to some grammar of ours. */
const PIECES: readonly string[] = [
  ..."\r\n\t\0 \"\\<>()[]{}:;,@=?&%/*#+-.!'_~09azAZ\x7f\x80\xa0\xff",
  ..."\r\n|\r\n |\r\n\t|\r\n\r\n|\r\nVia: |\r\nTo:|\r\ni: |\r\nCall-ID: |\r\nl: 0|\r\nContact: *|\r\nRoute: <".split(
    "|",
  ),
  ...'%00|%0d%0a|%22|%zz|%|;;|,,|""|"\\|\\"|<>|<sip:|>;|;lr|;tag=|;branch=z9hG4bK|;expires=0|;q=|sip:|sips:|tel:|urn:'.split(
    "|",
  ),
  ..."SIP/2.0|SIP/2.0/WS |z9hG4bKf.|z9hG4bKr.|1.|#=|#>=|!|TRUE|[::1]|\xc3\xa9|\xed\xa0\x80|\xf0\x9f|\xe2\x80\xa8".split(
    "|",
  ),
];
const NUMBERS: readonly string[] = [
  ..."0|-1|00000000000001|255|256|65536|2147483648|4294967296|9007199254740993|99999999999|1e9|0x10|0.".split(
    "|",
  ),
  "9".repeat(400),
];

type Change = (text: string, dice: Dice, other: string) => string;

const put = (text: string, at: number, drop: number, piece: string) =>
  text.slice(0, at) + piece + text.slice(at + drop);
const place = (text: string, dice: Dice) => dice.below(text.length + 1);
/** Mostly short. */
const length = (dice: Dice) => dice.below(2 ** dice.below(8)) + 1;

/** A part of the text that matches: where, and how long. */
function someMatch(text: string, pattern: RegExp, dice: Dice): { at: number; length: number } | undefined {
  const found = [...text.slice(0, 4_096).matchAll(pattern)];
  const match = found[dice.below(found.length)];
  return match && { at: match.index, length: match[0].length };
}

function exchanged(text: string, dice: Dice): string {
  const [one, other] = [someMatch(text, /[^\s;,:=<>"@/]+/g, dice), someMatch(text, /[^\s;,:=<>"@/]+/g, dice)];
  if (one === undefined || other === undefined || one.at === other.at) return text;
  const [first, second] = one.at < other.at ? [one, other] : [other, one];
  const [a, b] = [first, second].map(({ at, length: size }) => text.slice(at, at + size));
  return put(put(text, second.at, second.length, a ?? ""), first.at, first.length, b ?? "");
}

const CHANGES: readonly Change[] = [
  // A bit flipped.
  (text, dice) => {
    const at = dice.below(text.length);
    return put(text, at, 1, String.fromCharCode((text.charCodeAt(at) || 0) ^ (1 << dice.below(8))));
  },
  (text, dice) => put(text, place(text, dice), dice.below(3), dice.pick(PIECES)),
  (text, dice) => put(text, place(text, dice), 0, dice.pick(PIECES)),
  (text, dice) => put(text, place(text, dice), length(dice), ""),
  // A part twice, or many times.
  (text, dice) => {
    const at = place(text, dice);
    return put(text, at, 0, text.slice(at, at + length(dice)).repeat(1 + dice.below(2 ** dice.below(6))));
  },
  // A part of another input.
  (text, dice, other) => {
    const from = place(other, dice);
    return put(text, place(text, dice), length(dice) - 1, other.slice(from, from + length(dice)));
  },
  (text, dice, other) => text.slice(0, place(text, dice)) + other.slice(place(other, dice)),
  exchanged,
  (text, dice) => {
    const number = someMatch(text, /\d+/g, dice);
    return number === undefined ? text : put(text, number.at, number.length, dice.pick(NUMBERS));
  },
  (text, dice) => put(text, place(text, dice), 0, dice.pick(PIECES).repeat(2 ** dice.below(13))),
];

/** The text with one to six changes; `other` is one from which parts are taken. Octets only, at most `MAX_INPUT`. */
export function mutate(text: string, other: string, dice: Dice): string {
  let mutant = text;
  for (let changes = 1 + dice.below(6); changes > 0; changes--) {
    mutant = dice.pick(CHANGES)(mutant, dice, other).slice(0, MAX_INPUT);
  }
  return mutant;
}

import fc from "fast-check";
import { expect, test } from "vitest";
import { meet, only, readFeatureValues, registeredValues } from "../../functions/proxy/feature-values.ts";
import { SipSyntaxError } from "../../functions/sip/syntax-error.ts";

const read = (text: string | undefined) => readFeatureValues(text, "Accept-Contact x");
const doMeet = (one: string | undefined, other: string | undefined) => meet(read(one), read(other));

test.each<[one: string | undefined, other: string | undefined, meeting: boolean, idea: string]>([
  [undefined, undefined, true, "a flag is a boolean that is true (RFC 3841 §8)"],
  [undefined, "TRUE", true, "a flag is a boolean that is true (RFC 3841 §8)"],
  [undefined, "FALSE", false, "what is true is not false"],
  [undefined, "!FALSE", true, "what is true is not false"],
  ["false", "FALSE", true, "booleans are compared like tokens (RFC 3841 §7.2.4)"],
  ["fixed", "Fixed", true, "the case of tokens does not matter (RFC 3841 §7.2.4)"],
  ["fixed", "mobile", false, "tokens that differ"],
  ["en,de", "fr,DE", true, "one value in common is enough"],
  ["en,de", "fr,it", false, "lists with nothing in common"],
  ["INVITE, BYE", "BYE", true, "a space after the comma is none of the value"],
  ["<PC>", "<PC>", true, "strings that are the same (RFC 3841 §7.2.4)"],
  ["<PC>", "<pc>", false, "the case of strings matters (RFC 3841 §7.2.4)"],
  ["<PC>", "PC", false, "a string is no token (RFC 3841 §8)"],
  ["<a,b>", "<a,b>", true, "a comma in a string is part of it"],
  ["<>", "<>", true, "a string may be empty"],
  ["<PC>", "!PC", true, "a string is not the token"],
  ["!en", "en", false, "what is negated"],
  ["!en", "de", true, "anything but what is negated"],
  ["!en,en", "en", true, "negated and listed again"],
  ["!en,!de", "en", true, "not the one or not the other is anything"],
  ["!en,!en", "en", false, "the same negated twice"],
  ["!en,!de,!en", "en", true, "not the one or not the other is anything, whatever comes then"],
  ["!en", "!en", true, "there are other values than these"],
  ["#=5", "#=5", true, "a number"],
  ["#=5", "#=5.0", true, "a number, however it is written"],
  ["#=5", "#=+5.", true, "a number, however it is written"],
  ["#=5", "#=-5", false, "a number and its negative"],
  ["#=5", "5", false, "a number is no token"],
  ["#=5", "!5", true, "a number is no token"],
  ["#>=3", "#=3", true, "a bound is included"],
  ["#>=3", "#<=3", true, "a bound is included"],
  ["#>=3", "#<=2.999", false, "bounds apart"],
  ["#1:5", "#5:7", true, "ranges that touch"],
  ["#1:5", "#5.001:7", false, "ranges apart"],
  ["#-4:+5.125", "#=0", true, "the range of RFC 3840 §5"],
  ["#-4:+5.125", "#=5.126", false, "the range of RFC 3840 §5"],
  ["#1:2,#5:6", "#3:4,#6:7", true, "several ranges, two of which touch"],
  ["#1:2,#5:6", "#3:4,#7:8", false, "several ranges side by side"],
  ["#5:6,#1:9,#2:3", "#=8", true, "ranges within a range"],
  ["!#=5", "#=5", false, "not this number"],
  ["!#=5", "#=5.0001", true, "another number"],
  ["!#=5", "#4:6", true, "other numbers of a range"],
  ["!#4:6", "#=5", false, "not within the range"],
  ["!#4:6", "#=6", false, "not at its bound"],
  ["!#4:6", "#<=4", true, "beyond the range"],
  ["!#>=3", "#=3", false, "less than a bound"],
  ["!#>=3", "!#<=3", false, "less than and more than the same"],
  ["!#>=3", "!#<=2", true, "between two bounds"],
  ["!#=0", "#=0", false, "not zero"],
])("%s and %s meet: %s (%s)", (one, other, meeting) => {
  expect(doMeet(one, other)).toBe(meeting);
  expect(doMeet(other, one)).toBe(meeting);
});

test.each([
  ["", 0, "expected a feature's value"],
  ["en,", 3, "expected a feature's value"],
  [",en", 0, "expected a feature's value"],
  ["!", 1, "expected a feature's value"],
  ["en de", 3, "an octet that cannot be part of a feature's value"],
  ["caf\xc3\xa9", 3, "an octet that cannot be part of a feature's value"],
  ["<PC", 0, 'expected ">" after the string'],
  ["<PC>,<Mac>", 4, "an octet that cannot be part of a feature's value"],
  ["en,<PC>", 3, "expected a feature's value"],
  ["!<PC>", 1, "expected a feature's value"],
  ["#", 1, "expected a number"],
  ["#=", 2, "expected a number"],
  ["#=x", 2, "expected a number"],
  ["#>5", 2, 'expected "="'],
  ["#<5", 2, 'expected "="'],
  ["#5", 2, 'expected ":" between two numbers'],
  ["#5:", 3, "expected a number"],
  ["#5:4", 4, "a range that ends before it begins"],
  ["#=1.2.3", 5, "an octet that cannot be part of a feature's value"],
  [`#=${"9".repeat(400)}`, 402, "a number that is too large"],
])("%j is refused where it goes wrong (RFC 3840 §9)", (text, at, problem) => {
  expect(() => read(text)).toThrow(new SipSyntaxError("Accept-Contact x", at, problem));
});

test("what a device registered is never refused: it is a value that nobody asks for", () => {
  for (const text of ["", "en de", "<PC", "#x", "<", "<a>,<b>", "caf\xc3\xa9"]) {
    const registered = registeredValues(text);
    for (const wanted of ["TRUE", "en", "<PC>", "<a>", "#>=0"])
      expect(meet(registered, read(wanted))).toBe(false);
    expect(meet(registered, read("!en"))).toBe(true);
  }
});

test("values that clients write although the grammar has no such octets are tokens (seen: Linphone)", () => {
  expect(doMeet("groupchat/1.1,lime", "GroupChat/1.1")).toBe(true);
  expect(doMeet("urn:x", "urn:x")).toBe(true);
});

test("one token is that token, whatever its octets and its case", () => {
  expect(meet(only("INVITE"), read("bye,invite"))).toBe(true);
  expect(meet(only("!INVITE"), read("BYE"))).toBe(false);
});

/** One filter of RFC 3841 §8: what it looks like, and whether it allows a value. */
interface Filter {
  readonly text: string;
  allows(value: string | number): boolean;
}

const small = fc.integer({ min: -3, max: 3 });
const positive = fc.oneof(
  fc
    .constantFrom("a", "b", "c")
    .map((token): Filter => ({ text: token, allows: (value) => value === token })),
  fc.tuple(small, fc.nat(3)).map(([low, more]): Filter => numeric(`${low}:${low + more}`, low, low + more)),
  small.map((number): Filter => numeric(`=${number}`, number, number)),
  small.map((number): Filter => numeric(`>=${number}`, number, 99)),
  small.map((number): Filter => numeric(`<=${number}`, -99, number)),
);
const filter = fc.oneof(positive, positive.map(negated));
const disjunction = fc.array(filter, { minLength: 1, maxLength: 5 });

function numeric(text: string, low: number, high: number): Filter {
  return {
    text: `#${text}`,
    allows: (value) => typeof value === "number" && low <= value && value <= high,
  };
}

/** What is no number is not compared with numbers, negated or not. */
function negated({ text, allows }: Filter): Filter {
  const isNumeric = text.startsWith("#");
  return { text: `!${text}`, allows: (value) => !(isNumeric && typeof value === "string") && !allows(value) };
}

/** Every value that could make a difference: the tokens, another one, and numbers at, between and beyond all bounds. */
const WITNESSES = ["a", "b", "c", "d", ...Array.from({ length: 33 }, (_, index) => index / 2 - 8)];

test("two sets of values meet exactly if some value is allowed by both (RFC 3841 §7.2.4)", () => {
  fc.assert(
    fc.property(disjunction, disjunction, (ones, others) => {
      const allows = (filters: readonly Filter[], value: string | number) =>
        filters.some((each) => each.allows(value));
      const expected = WITNESSES.some((value) => allows(ones, value) && allows(others, value));
      const [one, other] = [ones, others].map((filters) => filters.map(({ text }) => text).join(","));
      expect(doMeet(one, other), `${one} and ${other}`).toBe(expected);
    }),
    { numRuns: 5_000 },
  );
});

const LENGTH = 20_000;
const many = (make: (index: number) => string) =>
  Array.from({ length: LENGTH }, (_, index) => make(index)).join();

test.each([
  ["tokens", many((index) => `a${index}`), many((index) => `b${index}`)],
  ["numbers", many((index) => `#=${index}`), many((index) => `#=${index}.5`)],
  ["numbers that descend", many((index) => `#=-${index}`), many((index) => `#=-${index}.5`)],
  ["negated numbers", many(() => "!#>=0"), many((index) => `!#<=${index}`)],
  ["the same, negated", many(() => "!a"), "a"],
])("20,000 values on each side are compared in no time: %s", (_, one, other) => {
  const before = performance.now();
  expect(doMeet(one, other)).toBe(false);
  // Each with each would be 400 million comparisons.
  expect(performance.now() - before).toBeLessThan(1_000);
});

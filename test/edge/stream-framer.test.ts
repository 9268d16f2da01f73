import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Unframed } from "../../functions/gateway/event.ts";
import { StreamFramer } from "../../infra/edge/stream-framer.ts";

const LIMITS = { maxMessage: 400, maxHeaders: 200 };

const MISSING = { statusCode: 400, reason: "Content-Length Missing" };
const UNCLEAR = { statusCode: 400, reason: "Content-Length Unclear" };
const TOO_LARGE = { statusCode: 513, reason: "Message Too Large" };
const PING = "\r\n\r\n";

type Cut = readonly [octets: string, unframed?: Unframed];

/** What a framer makes of these chunks, octets as a string. */
function framed(chunks: readonly string[], limits = LIMITS): readonly Cut[] {
  const framer = new StreamFramer(limits);
  // What a frame shares with its chunk is read before the next comes, as the edge does.
  return chunks.flatMap((chunk) =>
    framer.feed(Buffer.from(chunk, "latin1")).map(({ octets, unframed }): Cut => {
      const text = octets.toString("latin1");
      return unframed === undefined ? [text] : [text, unframed];
    }),
  );
}

function message(lengthLine: string, body = ""): string {
  return `INFO sip:a SIP/2.0\r\nVia: SIP/2.0/TCP h\r\n${lengthLine}\r\nTo: <sip:a>\r\n\r\n${body}`;
}

const EMPTY = message("Content-Length: 0");
const WITH_BODY = message("Content-Length: 5", "\r\n\r\nx");

describe("a message ends where its Content-Length says (RFC 3261 §18.3)", () => {
  test.each([
    ["as it is usually written", "Content-Length: 5"],
    ["in another case", "CONTENT-length:5"],
    ["in its compact form", "l: 5"],
    ["in its compact form, in upper case", "L:5"],
    ["with space before the colon", "Content-Length \t : \t5 \t"],
    ["folded", "Content-Length:\r\n 5"],
    ["folded before and behind", "l: \r\n\t5\r\n "],
    ["with zeros before it", "Content-Length: 0005"],
    ["said twice, the same", "Content-Length: 5\r\nl: 05"],
  ])("%s", (_, line) => {
    const whole = message(line, "12345");
    expect(framed([`${whole}${EMPTY}`])).toEqual([[whole], [EMPTY]]);
  });

  test.each([
    ["none", "Subject: x", MISSING],
    ["one in a folded line of another header", "Subject: x\r\n Content-Length: 5", MISSING],
    ["one of a header that only begins so", "Content-Length-X: 5", MISSING],
    ["a negative one", "Content-Length: -5", UNCLEAR],
    ["one with a sign", "Content-Length: +5", UNCLEAR],
    ["an empty one", "Content-Length: ", UNCLEAR],
    ["a hexadecimal one", "Content-Length: 0x5", UNCLEAR],
    ["a fraction", "Content-Length: 5.0", UNCLEAR],
    ["two in one line", "Content-Length: 5, 5", UNCLEAR],
    ["two that differ", "Content-Length: 5\r\nContent-Length: 6", UNCLEAR],
    ["two that differ, one in its compact form", "Content-Length: 5\r\nl: 6", UNCLEAR],
    ["one with a CR in it", "Content-Length: 5\r6", UNCLEAR],
    ["one of more digits than a number has", `Content-Length: ${"9".repeat(30)}`, UNCLEAR],
    ["one beyond the limit", "Content-Length: 400", TOO_LARGE],
    ["an absurd one", "Content-Length: 99999999999999999999", TOO_LARGE],
  ])("with %s it cannot be told, and nothing more is read", (_, line, unframed) => {
    const head = message(line);
    expect(framed([`${EMPTY}${head}12345${EMPTY}`, EMPTY])).toEqual([[EMPTY], [head, unframed]]);
  });

  test("a message may be as large as the limit, and not larger", () => {
    const rest = 400 - message("Content-Length: 333").length;
    const largest = message(`Content-Length: ${rest}`, "x".repeat(rest));
    expect(largest).toHaveLength(400);
    expect(framed([largest])).toEqual([[largest]]);
    const head = message(`Content-Length: ${rest + 1}`);
    expect(framed([head])).toEqual([[head, TOO_LARGE]]);
  });
});

describe("headers that do not end", () => {
  const endless = `INFO sip:a SIP/2.0\r\n${"X: y\r\n".repeat(100)}`;

  test("are given up at the limit, and what came of them is told in whole lines", () => {
    const [[told = "", unframed] = []] = framed([endless]);
    expect(unframed).toEqual(TOO_LARGE);
    expect(told).toMatch(/^INFO sip:a SIP\/2\.0\r\n(X: y\r\n)+$/);
    expect(told.length).toBeLessThanOrEqual(LIMITS.maxHeaders);
    expect(framed([...endless])).toEqual(framed([endless]));
  });

  test("nor do those with bare LFs", () => {
    expect(framed(["INFO sip:a SIP/2.0\nl: 0\n\n".repeat(20)])).toMatchObject([[{}, TOO_LARGE]]);
  });

  test.each([0, 1, 2, 3, 4])("headers of the limit's length and %i octets more", (more) => {
    const start = "INFO sip:a SIP/2.0\r\nl: 0\r\nX: ";
    const octets = `${start}${"y".repeat(LIMITS.maxHeaders + more - start.length)}\r\n\r\n`;
    const whole = framed([octets]);
    expect(whole[0]?.[1]).toEqual(more === 0 ? undefined : TOO_LARGE);
    expect(framed([...octets])).toEqual(whole);
  });
});

describe("between messages (RFC 5626 §3.5.1, RFC 3261 §7.5)", () => {
  test.each<[string, string, readonly Cut[]]>([
    ["two CRLFs are a ping", "\r\n\r\n", [[PING]]],
    ["four are two", "\r\n\r\n\r\n\r\n", [[PING], [PING]]],
    ["one is nothing", `\r\n${EMPTY}`, [[EMPTY]]],
    ["a ping may stand before a message", `\r\n\r\n${EMPTY}`, [[PING], [EMPTY]]],
    ["of three, the last is an empty line", `\r\n\r\n\r\n${EMPTY}`, [[PING], [EMPTY]]],
    ["one before and one behind a message are no ping", `\r\n${EMPTY}\r\n${EMPTY}`, [[EMPTY], [EMPTY]]],
    ["within a body they are the body's", WITH_BODY, [[WITH_BODY]]],
  ])("%s", (_, octets, cuts) => {
    expect(framed([octets])).toEqual(cuts);
    expect(framed([...octets])).toEqual(cuts);
  });

  test("nothing is unfinished, and within one something is", () => {
    const framer = new StreamFramer(LIMITS);
    const isUnfinishedAfter = (octets: string) => {
      framer.feed(Buffer.from(octets));
      return framer.isUnfinished;
    };
    expect(framer.isUnfinished).toBe(false);
    expect(isUnfinishedAfter("\r\n\r\n")).toBe(false);
    expect(isUnfinishedAfter("I")).toBe(true);
    expect(isUnfinishedAfter(WITH_BODY.slice(1, -1))).toBe(true);
    expect(isUnfinishedAfter("x")).toBe(false);
    expect(isUnfinishedAfter(`${EMPTY}\r\nI`)).toBe(true);
  });
});

describe("however a stream is cut", () => {
  const part = fc.oneof(
    fc.constantFrom(
      "\r\n",
      PING,
      EMPTY,
      WITH_BODY,
      "\r",
      "\n",
      "l:",
      message("Subject: x"),
      message("l: 3", "\r\nI"),
    ),
    fc
      .string({ unit: fc.constantFrom("\r", "\n", "l", ":", "0", " ", "\xff"), maxLength: 60 })
      .map((body) => message(`l: ${body.length}`, body)),
    fc.string({ unit: fc.constantFrom("\r", "\n", "I", "l", ":", "1"), maxLength: 12 }),
  );

  test("the messages in it are the same", () => {
    const streams = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(""));
    const cuts = fc.array(fc.nat(400), { maxLength: 30 });
    fc.assert(
      fc.property(streams, cuts, (stream, at) => {
        const places = [
          0,
          ...at.map((place) => place % (stream.length + 1)).sort((a, b) => a - b),
          stream.length,
        ];
        const chunks = places.slice(1).map((place, index) => stream.slice(places[index], place));
        expect(framed(chunks)).toEqual(framed([stream]));
        expect(framed([...stream])).toEqual(framed([stream]));
      }),
      { numRuns: 500 },
    );
  });

  test("whole messages come out as they went in", () => {
    const bodies = fc.array(
      fc.string({ unit: fc.constantFrom("\r", "\n", "l", ":", "\xff"), maxLength: 40 }),
    );
    fc.assert(
      fc.property(bodies, (each) => {
        const messages = each.map((body) => message(`Content-Length: ${body.length}`, body));
        expect(framed([messages.join("")])).toEqual(messages.map((one) => [one]));
      }),
    );
  });

  test("each octet is looked for an end once: a message in 60,000 chunks costs as many searches, none from the start", () => {
    const large = { maxMessage: 131_072, maxHeaders: 131_072 };
    const octets = Buffer.from(message(`X: ${"y".repeat(60_000)}\r\nl: 0`), "latin1");
    const framer = new StreamFramer(large);
    let looked = 0;
    const indexOf = Buffer.prototype.indexOf;
    const counting = (subject: Buffer, from: number) => {
      looked += subject.length - from;
    };
    Buffer.prototype.indexOf = function (this: Buffer, ...given: unknown[]) {
      counting(this, Number(given[1] ?? 0));
      return Reflect.apply(indexOf, this, given);
    } as typeof indexOf;
    try {
      let frames = 0;
      for (let at = 0; at < octets.length; at++) frames += framer.feed(octets.subarray(at, at + 1)).length;
      expect(frames).toBe(1);
      expect(looked).toBeLessThan(5 * octets.length);
    } finally {
      Buffer.prototype.indexOf = indexOf;
    }
  });
});

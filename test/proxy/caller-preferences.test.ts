import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { callerPreferences, MAX_PREFERENCES, matching } from "../../functions/proxy/caller-preferences.ts";
import { textField } from "../../functions/sip/field.ts";
import type { SipRequest } from "../../functions/sip/message.ts";
import { Refusal } from "../../functions/sip/refusal.ts";
import { SipSyntaxError } from "../../functions/sip/syntax-error.ts";
import { invite } from "../support/a-request.ts";

const RawAccept = textField("Accept-Contact");

/** Who of these, by name and the parameters they registered, gets the request. */
function reached(request: SipRequest, contacts: Readonly<Record<string, string>>): string {
  return matching(callerPreferences(request), Object.entries(contacts), ([, params]) => params)
    .map(([name]) => name)
    .join(" ");
}

/** Who gets an INVITE with these header lines. */
function invited(lines: readonly string[], contacts: Readonly<Record<string, string>>): string {
  return reached(invite(...lines), contacts);
}

/** Whether an INVITE with this header line reaches the only contact there is. */
function reaches(line: string, params: string): boolean {
  return invited([line], { only: params }) === "only";
}

test("the example of RFC 3841 §7.2.5", () => {
  const lines = [
    'Reject-Contact: *;actor="msg-taker";video',
    "Accept-Contact: *;audio;require",
    "Accept-Contact: *;video;explicit",
    'Accept-Contact: *;methods="BYE";class="business";q=1.0',
  ];
  const contacts = {
    u1: ';audio;video;methods="INVITE,BYE";q=0.2',
    u2: ';audio="FALSE";methods="INVITE";actor="msg-taker";q=0.2',
    u3: ';audio;actor="msg-taker";methods="INVITE";video;q=0.3',
    u4: ';audio;methods="INVITE,OPTIONS";q=0.2',
    u5: ";q=0.5",
  };
  expect(invited(lines, contacts)).toBe("u5 u1 u4");
});

describe("features (RFC 3841 §7.2.3, §8)", () => {
  const REGISTERED =
    ';+sip.ice;reg-id=1;+sip.instance="<urn:uuid:2f0c-A>";audio;video;methods="INVITE,BYE";q=0.5;mobility="mobile"';

  test.each([
    ["*;audio;video", true],
    ['*;audio="FALSE"', false],
    ['*;methods="BYE"', true],
    ['*;METHODS="bye"', true],
    ['*;methods="MESSAGE"', false],
    ['*;methods="MESSAGE,BYE"', true],
    ['*;methods="!MESSAGE"', true],
    ["*;mobility=mobile", true],
    ['*;mobility="fixed"', false],
    ['*;mobility="fixed";audio', false],
    ['*;+sip.instance="<urn:uuid:2f0c-A>"', true],
    ['*;+sip.instance="<urn:uuid:2f0c-a>"', false],
    ["*;+sip.ice", true],
    ["*;+SIP.ICE", true],
    ['*;+sip.ice="FALSE"', false],
    // One and the same feature, as §8 decodes names.
    ['*;+sip.audio="FALSE"', false],
    // Not registered: nothing is known.
    ['*;language="en"', true],
    // No features, and so nothing that could differ.
    ["*;reg-id=2;q=0.1;expires=7;pn-prid=x;foo", true],
    ["*", true],
  ])("Accept-Contact: %s;require is met by what a phone registered: %s", (wanted, isMet) => {
    expect(reaches(`Accept-Contact: ${wanted};require`, REGISTERED)).toBe(isMet);
  });

  test.each([
    ["actor", '"principal"'],
    ["application", undefined],
    ["audio", undefined],
    ["automata", undefined],
    ["class", '"personal"'],
    ["control", undefined],
    ["data", undefined],
    ["description", '"<PC>"'],
    ["duplex", '"full"'],
    ["events", '"presence"'],
    ["extensions", '"100rel"'],
    ["isfocus", undefined],
    ["language", '"en"'],
    ["methods", '"INVITE"'],
    ["mobility", '"fixed"'],
    ["priority", '"#>=10"'],
    ["schemes", '"sip"'],
    ["text", undefined],
    ["type", '"audio"'],
    ["video", undefined],
  ])("%s is a feature without a plus (RFC 3840 §9)", (name, value) => {
    const params = value === undefined ? `;${name}` : `;${name}=${value}`;
    expect(reaches(`Accept-Contact: *${params};explicit;require`, params)).toBe(true);
    expect(reaches(`Accept-Contact: *;${name}="other";require`, params)).toBe(false);
    expect(reaches(`Reject-Contact: *${params}`, params)).toBe(false);
  });

  test.each(["q=0.5", "expires=60", "reg-id=1", "pub-gruu=x", "temp-gruu=x", "pn-provider=apns", "other"])(
    "%s is no feature: a contact with no more than that is immune (RFC 3841 §7.2.3)",
    (param) => {
      expect(reaches('Accept-Contact: *;+sip.x="y";explicit;require', `;${param}`)).toBe(true);
      expect(reaches("Accept-Contact: *;+sip.x;explicit;require", `;${param};audio`)).toBe(false);
    },
  );

  test("+video beside video does not count (RFC 3841 §7.2.3 step 3)", () => {
    const wanted = 'Accept-Contact: *;video="FALSE";require';
    expect(reaches(wanted, ';+sip.video="FALSE";video')).toBe(false);
    expect(reaches("Accept-Contact: *;+video;explicit;require", ";+video;video")).toBe(false);
    expect(reaches("Accept-Contact: *;+video;explicit;require", ";+video")).toBe(true);
  });

  test.each(["language", "type"])(
    "%s is the same with a plus: it has no sip. before it (RFC 3841 §8)",
    (name) => {
      expect(reaches(`Accept-Contact: *;+${name}="b";require`, `;${name}="a"`)).toBe(false);
      expect(reaches(`Accept-Contact: *;${name}="b";require`, `;+${name}="a"`)).toBe(false);
    },
  );

  test.each(["class", "+x", "+video"])(
    "of two %s that a device should not have registered the first counts",
    (name) => {
      const params = `;${name}="a";${name}="b"`;
      expect(reaches(`Accept-Contact: *;${name}="a";require`, params)).toBe(true);
      expect(reaches(`Accept-Contact: *;${name}="b";require`, params)).toBe(false);
    },
  );

  test("a value that a device should not have registered is refused to nobody, and asked for by nobody", () => {
    expect(reaches('Accept-Contact: *;class="business";require', ';class="very busy"')).toBe(false);
    expect(reaches('Reject-Contact: *;class="business"', ';class="very busy"')).toBe(true);
    expect(reaches("Accept-Contact: *;audio;require;explicit", ';audio;class=""')).toBe(true);
  });
});

describe("Reject-Contact (RFC 3841 §7.2.4)", () => {
  test.each([
    ["what the contact said it is", '*;actor="msg-taker"', ';actor="msg-taker"', false],
    ["one of the values it named", '*;methods="MESSAGE"', ';methods="INVITE,MESSAGE"', false],
    ["something else than it said", '*;actor="msg-taker"', ';actor="principal"', true],
    ["what it did not speak of", '*;actor="msg-taker"', ";audio", true],
    ["two things, of which it said one", '*;actor="msg-taker";video', ';actor="msg-taker"', true],
    ["two things, of which it is only one", "*;audio;video", ';audio;video="FALSE"', true],
    ["two things that it both is", "*;audio;video", ";video;audio;text", false],
    ["what an immune contact may well be", "*;audio", ";q=0.5", true],
    ["nothing in particular", "*", ";audio", true],
    ["nothing that is a feature", "*;foo=bar", ";audio", true],
  ])("%s: %s leaves %s: %s", (_, unwanted, params, isLeft) => {
    expect(reaches(`Reject-Contact: ${unwanted}`, params)).toBe(isLeft);
  });

  test("any of several values is enough", () => {
    const lines = ["j: *;video, *;automata", "Reject-Contact: *;text"];
    const contacts = { a: ";audio", b: ";video", c: ";automata", d: ";text" };
    expect(invited(lines, contacts)).toBe("a");
  });

  test("those who are left stay in their order: nobody was preferred", () => {
    const contacts = { a: ";audio", immune: "", b: ";text;audio", c: ";video" };
    expect(invited(["Reject-Contact: *;video"], contacts)).toBe("a immune b");
  });
});

describe("Accept-Contact (RFC 3841 §5.2, §7.2.4)", () => {
  const contacts = {
    differs: ';audio;video="FALSE"',
    silent: ";text",
    half: ";audio",
    whole: ";audio;video",
    immune: "",
  };

  test.each([
    ["", "whole immune half differs silent", "all, and who does not match last"],
    [";require", "whole immune half silent", "all that may match"],
    [";explicit", "whole immune differs silent half", "all, and who does not say it matches last"],
    [";require;explicit", "whole immune", "only who says that it matches"],
    [";EXPLICIT;Require", "whole immune", "only who says that it matches"],
  ])("*;audio;video%s reaches %s: %s", (flags, order) => {
    expect(invited([`Accept-Contact: *;audio;video${flags}`], contacts)).toBe(order);
  });

  test("what is asked for in no words is met by all", () => {
    expect(invited(["Accept-Contact: *;explicit;require"], contacts)).toBe(Object.keys(contacts).join(" "));
  });

  test("each value has its own flags (RFC 3841 §7.2.1)", () => {
    const lines = ["a: *;audio;require, *;video;explicit"];
    expect(invited(lines, { no: ';audio="FALSE";video', maybe: ";audio", yes: ";audio;video" })).toBe(
      "yes maybe",
    );
  });

  test("a wish that is not met does not lower the average of those that are", () => {
    const lines = [
      "Accept-Contact: *;audio",
      "Accept-Contact: *;video",
      'Accept-Contact: *;class="business"',
    ];
    // 1; 2/3; 0, for want of any.
    const three = {
      none: ';audio="FALSE";video="FALSE";class="personal"',
      some: ";audio;video",
      best: ';audio;video="FALSE";class="personal"',
    };
    expect(invited(lines, three)).toBe("best some none");
  });

  test("the callee's order comes before the caller's (RFC 3841 §5.2)", () => {
    const lines = ["Accept-Contact: *;video"];
    expect(invited(lines, { a: ";video;q=0.3", b: ";audio;q=0.7", c: ';video="FALSE"', d: ";video" })).toBe(
      "d c b a",
    );
  });

  test.each([
    [";q=0.000", 0],
    [";q=0.5", 0.5],
    [";Q=1", 1],
    [";q=1.000", 1],
    [";q=0", 0],
    ["", 1],
    [";q", 1],
    [";q=high", 1],
    [";q=5", 1],
    [";q=0x0", 1],
    [";q=-1", 1],
  ])("%j is a q of %s; who says nothing that can be understood says 1 (RFC 3841 §7.2.3)", (param, q) => {
    const less = `;q=${Math.max(q - 0.001, 0)}`;
    const same = `;q=${q.toFixed(3)}`;
    // Only equals stay in their order.
    expect(invited([], { less, one: same, it: param, other: same })).toBe(
      q > 0 ? "one it other less" : "less one it other",
    );
  });

  test("explicit preferences may leave nobody (RFC 3841 §7.2.4)", () => {
    expect(invited(["a: *;video;require"], { a: ';video="FALSE"', b: ';video="FALSE";audio' })).toBe("");
    expect(invited(["j: *;audio"], { a: ";audio" })).toBe("");
  });
});

describe("what a request implies (RFC 3841 §7.2.2)", () => {
  const asking = (method: string, ...lines: readonly string[]) => ({ ...invite(...lines), method });

  test("a contact that does not know the method is left out; who names it comes first", () => {
    const contacts = {
      silent: ";audio",
      cannot: ';methods="MESSAGE,OPTIONS"',
      can: ';methods="INVITE,BYE"',
      immune: ";reg-id=1",
    };
    expect(reached(asking("INVITE"), contacts)).toBe("can immune silent");
    expect(reached(asking("MESSAGE"), contacts)).toBe("cannot immune silent");
  });

  test("if nobody knows it, all get it in the callee's order, and can refuse it", () => {
    const contacts = { a: ';methods="MESSAGE";q=0.1', b: ';methods="OPTIONS"', c: ';methods="BYE";q=0.5' };
    expect(reached(asking("INVITE"), contacts)).toBe("b c a");
  });

  test("who is alone gets it, and nobody looks at it", () => {
    const alone = ["a"];
    const unread = () => {
      throw new Error("looked at");
    };
    expect(matching(callerPreferences(asking("INVITE")), alone, unread)).toBe(alone);
    expect(reached(asking("INVITE"), { a: ';methods="MESSAGE"' })).toBe("a");
    expect(reached(asking("INVITE"), {})).toBe("");
  });

  test.each(["Accept-Contact: *;audio", "Reject-Contact: *;video", "Accept-Contact:"])(
    "nothing is implied beside %s",
    (line) => {
      expect(reached(asking("INVITE", line), { a: ';methods="BYE"', b: ';methods="INVITE"' })).toBe("a b");
    },
  );

  test("a subscription wants its event package (§7.2.2.2)", () => {
    const contacts = {
      other: ';events="dialog"',
      not: ';events="!presence"',
      cannot: ';methods="INVITE";events="presence"',
      can: ';methods="SUBSCRIBE";events="dialog,presence"',
    };
    expect(reached(asking("SUBSCRIBE", "Event: presence;id=1"), contacts)).toBe("can");
    expect(reached(asking("SUBSCRIBE", "o: Message-Summary"), contacts)).toBe("not");
    expect(reached(asking("SUBSCRIBE"), contacts)).toBe("can other not");
  });

  test("an Event of a request that is no subscription implies nothing, and is not even read", () => {
    const contacts = { other: ';events="dialog"', it: ';events="presence"' };
    expect(reached(asking("PUBLISH", "Event: presence"), contacts)).toBe("other it");
    expect(reached(asking("PUBLISH", "Event: ;;"), contacts)).toBe("other it");
    expect(() => reached(asking("SUBSCRIBE", "Event: ;;"), contacts)).toThrow(SipSyntaxError);
  });
});

describe("what cannot be heeded", () => {
  test.each([
    ["Accept-Contact: *;audio, video", "Accept-Contact", 10, 'expected "*"'],
    [
      'a: *;class="not allowed"',
      "Accept-Contact class",
      4,
      "an octet that cannot be part of a feature's value",
    ],
    ['a: *;+x="#>5"', "Accept-Contact +x", 2, 'expected "="'],
    ['j: *;audio=""', "Reject-Contact audio", 0, "expected a feature's value"],
    ["j: *;audio;+sip.audio", "Reject-Contact +sip.audio", 0, "a feature that was named before"],
    ["a: *;audio;Audio", "Accept-Contact Audio", 0, "a feature that was named before"],
  ])("%s is refused where it goes wrong (RFC 3841 §10)", (line, part, at, problem) => {
    expect(() => callerPreferences(invite(line))).toThrow(new SipSyntaxError(part, at, problem));
  });

  test(`more than ${MAX_PREFERENCES} preferences are refused (RFC 3841 §11)`, () => {
    const half = Array(MAX_PREFERENCES / 2)
      .fill("*;audio")
      .join();
    expect(callerPreferences(invite(`a: ${half}`, `j: ${half}`)).kind).toBe("explicit");
    expect(() => callerPreferences(invite(`a: ${half}`, `j: ${half},*`))).toThrow(
      new Refusal(403, "Too Many Caller Preferences"),
    );
  });
});

const param = fc.constantFrom(
  ";audio",
  ';audio="FALSE"',
  ";video",
  ';video="!TRUE"',
  ';methods="INVITE,BYE"',
  ';methods="MESSAGE"',
  ';+x="#>=3"',
  ';+x="#1:2"',
  ';+x="<A>"',
  ';class="very busy"',
  ";q=0.5",
  ";q=0.7",
  ";reg-id=1",
);
const paramsOfOne = fc.uniqueArray(param, { maxLength: 4 }).map((params) => params.join(""));
const registered = fc.array(paramsOfOne, { maxLength: 6 });
const wish = fc
  .tuple(
    fc.constantFrom("Accept-Contact: *", "Reject-Contact: *"),
    fc.subarray([";audio", ";video", ';methods="INVITE"', ';+x="#=3"', ";explicit", ";require"]),
  )
  .map(([start, params]) => start + params.join(""));
const wishes = fc.array(wish, { maxLength: 4 });
const textOf = ({ params }: { readonly params: string }) => params;

test("nobody is invented, nobody gets it twice, and who registered the same stays in order", () => {
  fc.assert(
    fc.property(registered, wishes, (all, lines) => {
      const contacts = all.map((params, index) => ({ params, index }));
      const chosen = matching(callerPreferences(invite(...lines)), contacts, textOf);
      expect(new Set(chosen).size).toBe(chosen.length);
      for (const contact of chosen) expect(contacts).toContain(contact);
      for (const params of all) {
        const alike = chosen.filter((contact) => contact.params === params).map(({ index }) => index);
        expect(alike).toEqual(alike.toSorted((a, b) => a - b));
        // And all of them are chosen, or none.
        expect([0, all.filter((other) => other === params).length]).toContain(alike.length);
      }
    }),
    { numRuns: 1_000 },
  );
});

test("contacts are judged each for itself: without the others the same ones are chosen", () => {
  fc.assert(
    fc.property(registered, wishes, (all, lines) => {
      fc.pre(lines.length > 0);
      const preferences = callerPreferences(invite(...lines));
      const contacts = all.map((params) => ({ params }));
      const alone = contacts.filter((contact) => matching(preferences, [contact], textOf).length === 1);
      expect(new Set(matching(preferences, contacts, textOf))).toEqual(new Set(alone));
    }),
  );
});

test("without explicit preferences somebody gets the request if there is somebody (RFC 3841 §7.2.4)", () => {
  fc.assert(
    fc.property(registered, (all) => {
      const chosen = matching(callerPreferences(invite()), all, (params) => params);
      expect(chosen.length > 0).toBe(all.length > 0);
    }),
  );
});

test("any octets are preferences or a SipSyntaxError", () => {
  const piece = fc.constantFrom(
    ..."*;,=\"<>!#:+-. aA1\\'".split(""),
    ";audio",
    ';+x="',
    "#>=",
    "#1:2",
    "<a>",
    "\xff",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), paramsOfOne, (pieces, params) => {
      try {
        const preferences = callerPreferences(invite(`Accept-Contact: *;${pieces.join("")}`));
        expect(matching(preferences, [params], String).length).toBeLessThanOrEqual(1);
      } catch (error) {
        if (!(error instanceof SipSyntaxError)) throw error;
        expect(error.part).toMatch(/^Accept-Contact/);
      }
    }),
    { numRuns: 2_000 },
  );
});

describe("20,000 of anything are judged in no time:", () => {
  const LENGTH = 20_000;
  const times = (make: (index: number) => string) =>
    Array.from({ length: LENGTH }, (_, index) => make(index)).join("");

  test.each([
    ["features", times((index) => `;+x${index}`), times((index) => `;+y${index}`)],
    ["values", `;+x="a${times((index) => `,a${index}`)}"`, `;+x="b${times((index) => `,b${index}`)}"`],
    ["a feature again and again", ";audio", times(() => ";audio")],
    ["escapes", `;+x="<${"\\\\".repeat(LENGTH)}>"`, `;+x="<${'\\"'.repeat(LENGTH)}>"`],
    ["exclamation marks", `;+x="${"!".repeat(LENGTH)}"`, `;+x="${"!".repeat(LENGTH)}"`],
    ["digits", `;+x="#=${"0".repeat(LENGTH)}"`, `;+x="#1:${"9".repeat(LENGTH)}";q=${"0".repeat(LENGTH)}`],
    ["angle brackets", ";audio", `;+x="${"<".repeat(LENGTH)}"`],
  ])("%s", (_, wanted, params) => {
    // Longer than a line from the wire may be, and so made by hand.
    const request = invite();
    const { headers } = request;
    const line = `*${wanted}`;
    const before = performance.now();
    const preferences = callerPreferences({ ...request, headers: headers.append(RawAccept, line) });
    matching(preferences, [params, params], String);
    expect(performance.now() - before).toBeLessThan(1_000);
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ConnectionId } from "../../functions/location/ids.ts";
import { type Location, NOWHERE, withoutConnection } from "../../functions/location/location.ts";
import { Refusal } from "../../functions/sip/refusal.ts";
import { SipSyntaxError } from "../../functions/sip/syntax-error.ts";
import {
  aRegister,
  locationAfter,
  NOW,
  POLICY,
  type Register,
  registered,
  urisOf,
  WS,
} from "./a-register.ts";

const PHONE = '<sip:p@phone.invalid>;reg-id=1;+sip.instance="<urn:uuid:1>"';
const PUSH = ";pn-provider=fcm;pn-param=acme;pn-prid=TOKEN";
const DAY = 86_400;
const WS2 = "ws-2" as ConnectionId;

/** How a REGISTER is refused: status, reason and headers. */
function refusal(attempt: () => Location): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    if (error instanceof SipSyntaxError) return `400 ${error.part}`;
    if (!(error instanceof Refusal)) throw error;
    return [`${error.status} ${error.reason}`, ...error.headers.map(({ text }) => text)].join(", ");
  }
}

/** The seconds that each binding was granted. */
function granted({ bindings }: Location): readonly number[] {
  return bindings.map(({ expiresAt }) => (expiresAt - NOW) / 1_000);
}

describe("how long a registration lasts (RFC 3261 §10.3 step 7)", () => {
  test.each<[string, Register, number]>([
    ["the contact's own expires counts first", { contacts: ["<sip:a@x>;expires=120"], expires: 240 }, 120],
    ["then the Expires header", { contacts: ["<sip:a@x>"], expires: 240 }, 240],
    ["then the default", { contacts: ["<sip:a@x>"] }, POLICY.defaultExpires],
    ["the minimum is granted", { contacts: ["<sip:a@x>;expires=60"] }, 60],
    ["more than the maximum is cut", { contacts: ["<sip:a@x>;expires=4294967295"] }, POLICY.maxExpires],
    [
      "a phone that can be pushed may sleep over a weekend",
      { contacts: [`<sip:a@x${PUSH}>`], expires: 3 * DAY },
      3 * DAY,
    ],
    ["but not for ever", { contacts: [`<sip:a@x${PUSH}>`], expires: 365 * DAY }, POLICY.maxPushExpires],
  ])("%s", (_, asked, seconds) => {
    expect(granted(registered(aRegister(asked)))).toEqual([seconds]);
  });

  test("too short is refused with 423, and the shortest that is granted is told", () => {
    const brief = aRegister({ contacts: ["<sip:a@x>"], expires: 59 });
    expect(refusal(() => registered(brief))).toBe("423 Interval Too Brief, Min-Expires: 60");
  });
});

describe("what a REGISTER changes", () => {
  test("each contact becomes a binding on the connection that it came over", () => {
    const { bindings } = registered(aRegister({ contacts: [PHONE, "<sip:a@x>, <sip:b@x>"], cseq: 7 }));
    expect(bindings.map(({ uri }) => uri)).toEqual(["sip:p@phone.invalid", "sip:a@x", "sip:b@x"]);
    for (const one of bindings) expect(one).toMatchObject({ connection: WS, callId: "call-1", cseq: 7 });
  });

  test("a device that registers again replaces its binding, in its place, wherever it is now (RFC 5626 §6)", () => {
    const before = locationAfter({ contacts: [PHONE, "<sip:a@x>"] });
    const moved = PHONE.replace("phone.invalid", "elsewhere.invalid");
    const after = registered(aRegister({ contacts: [moved], cseq: 2 }), before, { connection: WS2 });
    expect(urisOf(after)).toEqual(["sip:p@elsewhere.invalid", "sip:a@x"]);
    expect(after.bindings.map(({ connection }) => connection)).toEqual([WS2, WS]);
  });

  test("without an instance the same URI is the same binding, however it is spelled (§19.1.4)", () => {
    expect(
      urisOf(locationAfter({ contacts: ["<sip:%61@X>"] }, { contacts: ["<sip:a@x>"], cseq: 2 })),
    ).toEqual(["sip:a@x"]);
  });

  test("two devices that name themselves are two, though they share a URI", () => {
    const other = PHONE.replace("uuid:1", "uuid:2");
    expect(
      locationAfter({ contacts: [PHONE] }, { contacts: [other], callId: "call-2" }).bindings,
    ).toHaveLength(2);
  });

  test("a REGISTER without a contact asks and changes nothing (§10.2.3)", () => {
    const before = locationAfter({ contacts: [PHONE] });
    expect(registered(aRegister({ cseq: 2 }), before)).toBe(before);
  });

  test("what has run out does not come back with it", () => {
    const before = locationAfter({ contacts: ["<sip:a@x>;expires=60"] });
    const later = registered(aRegister({ contacts: [PHONE], cseq: 2 }), before, { now: NOW + 120_000 });
    expect(urisOf(later)).toEqual(["sip:p@phone.invalid"]);
  });

  test("all or nothing: one contact that cannot be leaves all others as they were (§10.3 step 7)", () => {
    const before = locationAfter({ contacts: ["<sip:a@x>"] });
    const contacts = ["<sip:b@x>", "<sip:a@x>;expires=0", "<sip:c@x>;expires=1"];
    expect(refusal(() => registered(aRegister({ contacts, cseq: 2 }), before))).toMatch(/^423/);
    expect(urisOf(before)).toEqual(["sip:a@x"]);
  });
});

describe("the end of a registration (RFC 3261 §10.2.2)", () => {
  test.each<[string, Register]>([
    ["expires=0 at the contact", { contacts: ["<sip:a@x>;expires=0"] }],
    ["Expires: 0 for all that are named", { contacts: ["<sip:a@x>"], expires: 0 }],
    [
      "another REGISTER's Call-ID is no matter (§10.3 step 7)",
      { contacts: ["<sip:a@x>"], expires: 0, callId: "other" },
    ],
  ])("%s", (_, end) => {
    expect(urisOf(locationAfter({ contacts: ["<sip:a@x>", "<sip:b@x>"] }, { cseq: 2, ...end }))).toEqual([
      "sip:b@x",
    ]);
  });

  test('"*" ends all of them, whoever registered them', () => {
    const all = locationAfter(
      { contacts: [PHONE] },
      { contacts: ["<sip:b@x>"], callId: "call-2" },
      { contacts: ["*"], expires: 0, cseq: 2 },
    );
    expect(all.bindings).toEqual([]);
  });

  test.each<[string, Register, string]>([
    ["without Expires", { contacts: ["*"] }, "400 Expires"],
    ["with Expires other than 0", { contacts: ["*"], expires: 60 }, "400 Expires"],
    ["beside another contact", { contacts: ["*", "<sip:a@x>"], expires: 0 }, "400 Contact"],
    ["twice", { contacts: ["*", "*"], expires: 0 }, "400 Contact"],
  ])('"*" %s is refused (§10.3 step 6)', (_, asked, status) => {
    expect(refusal(() => registered(aRegister(asked)))).toBe(status);
  });

  test("a removal needs no push token: the URI without it names the same contact (RFC 8599 §4.1.2)", () => {
    const before = locationAfter({ contacts: [`<sip:a@x${PUSH}>`] });
    expect(registered(aRegister({ contacts: ["<sip:a@x>"], expires: 0, cseq: 2 }), before).bindings).toEqual(
      [],
    );
  });

  test("a phone that changed networks sends its new contact and removes its old one: the new one stays", () => {
    const contacts = [PHONE.replace("phone.invalid", "lte.invalid"), "<sip:p@phone.invalid>;expires=0"];
    const after = locationAfter({ contacts: [PHONE] }, { contacts, cseq: 2 }, { contacts, cseq: 2 });
    expect(urisOf(after)).toEqual(["sip:p@lte.invalid"]);
    expect(urisOf(locationAfter({ contacts: [PHONE] }, { contacts: contacts.reverse(), cseq: 2 }))).toEqual([
      "sip:p@lte.invalid",
    ]);
  });
});

describe("REGISTERs out of order (RFC 3261 §10.3 step 7, race d)", () => {
  test("an older CSeq of the same Call-ID changes nothing", () => {
    const before = locationAfter({ contacts: [PHONE], cseq: 5 });
    const older = aRegister({ contacts: [PHONE.replace("sip:p@", "sip:old@")], cseq: 4 });
    expect(refusal(() => registered(older, before))).toBe("400 CSeq Out of Order");
  });

  test("an older removal removes nothing, not even among others that it may", () => {
    const before = locationAfter(
      { contacts: [PHONE], cseq: 5 },
      { contacts: ["<sip:b@x>"], callId: "call-2" },
    );
    for (const contacts of [["*"], ["<sip:b@x>", PHONE]]) {
      const older = aRegister({ contacts, expires: 0, cseq: 4 });
      expect(refusal(() => registered(older, before))).toBe("400 CSeq Out of Order");
    }
  });

  test("another Call-ID may, whatever its CSeq: the phone has started anew", () => {
    const after = locationAfter(
      { contacts: [PHONE], cseq: 5 },
      { contacts: [PHONE], callId: "call-2", cseq: 1 },
    );
    expect(after.bindings).toMatchObject([{ callId: "call-2", cseq: 1 }]);
    const ended = registered(aRegister({ contacts: [PHONE], expires: 0, callId: "call-3", cseq: 0 }), after);
    expect(ended.bindings).toEqual([]);
    expect(
      urisOf(registered(aRegister({ contacts: [PHONE], callId: "call-4", cseq: 0 }), ended)),
    ).toHaveLength(1);
  });

  test("the same CSeq is a repetition if it says the same, and refused if not", () => {
    const before = locationAfter({ contacts: [PHONE], cseq: 5 });
    expect(registered(aRegister({ contacts: [PHONE], cseq: 5 }), before)).toEqual(before);
    const other = aRegister({ contacts: [PHONE.replace("sip:p@", "sip:q@")], cseq: 5 });
    expect(refusal(() => registered(other, before))).toBe("400 CSeq Out of Order");
  });

  test("a registration that ended does not come back with a REGISTER that was overtaken", () => {
    const ended = locationAfter({ contacts: [PHONE], cseq: 5 }, { contacts: [PHONE], expires: 0, cseq: 7 });
    expect(refusal(() => registered(aRegister({ contacts: [PHONE], cseq: 6 }), ended))).toBe(
      "400 CSeq Out of Order",
    );
    expect(refusal(() => registered(aRegister({ contacts: [PHONE], cseq: 7 }), ended))).toBe(
      "400 CSeq Out of Order",
    );
    expect(urisOf(registered(aRegister({ contacts: [PHONE], cseq: 8 }), ended))).toHaveLength(1);
    // A minute later no function can still be handling it: the phone may count as it likes.
    const forgotten = registered(aRegister({ contacts: [PHONE], cseq: 6 }), ended, { now: NOW + 60_000 });
    expect(urisOf(forgotten)).toHaveLength(1);
  });

  test("nor does one that was ended before it had been seen", () => {
    const ended = locationAfter({ contacts: [PHONE], expires: 0, cseq: 2 });
    expect(refusal(() => registered(aRegister({ contacts: [PHONE], cseq: 1 }), ended))).toBe(
      "400 CSeq Out of Order",
    );
  });

  test("in whatever order they are handled, the one with the highest CSeq has the last word", () => {
    const history = fc.uniqueArray(
      fc.record({ cseq: fc.integer({ min: 1, max: 20 }), isEnd: fc.boolean() }),
      { selector: ({ cseq }) => cseq, minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(history, (registers) => {
        let location: Location = NOWHERE;
        for (const { cseq, isEnd } of registers) {
          const contact = `<sip:v${cseq}@x>;+sip.instance="<urn:uuid:1>"${isEnd ? ";expires=0" : ""}`;
          try {
            location = registered(aRegister({ contacts: [contact], cseq }), location);
          } catch (error) {
            if (!(error instanceof Refusal)) throw error;
          }
        }
        const last = registers.reduce((one, other) => (other.cseq > one.cseq ? other : one));
        expect(urisOf(location)).toEqual(last.isEnd ? [] : [`sip:v${last.cseq}@x`]);
      }),
    );
  });
});

describe("push (RFC 8599)", () => {
  test("a token outlives its connection, and a refresh may bring a newer one (§5.3)", () => {
    const withToken = (token: string) => [
      `<sip:p@x;pn-provider=fcm;pn-param=acme;pn-prid=${token}>;+sip.instance="<urn:uuid:1>"`,
    ];
    const asleep = withoutConnection(locationAfter({ contacts: withToken("OLD") }), WS);
    expect(asleep.bindings).toMatchObject([{ connection: undefined, push: { prid: "OLD" } }]);
    const back = registered(aRegister({ contacts: withToken("NEW"), cseq: 2 }), asleep, { connection: WS2 });
    expect(back.bindings).toMatchObject([{ connection: WS2, push: { prid: "NEW" } }]);
  });

  test("a phone that registers without its token is pushed no more (§4.1.2)", () => {
    const { bindings } = locationAfter(
      { contacts: [`<sip:p@x${PUSH}>`] },
      { contacts: ["<sip:p@x>"], cseq: 2 },
    );
    expect(bindings).toMatchObject([{ uri: "sip:p@x", push: undefined }]);
  });

  test("a service that we cannot reach is refused with 555 (§5.6.1.1)", () => {
    const asked = aRegister({ contacts: ["<sip:p@x;pn-provider=webpush;pn-prid=TOKEN>"] });
    expect(refusal(() => registered(asked))).toBe("555 Push Notification Service Not Supported");
  });

  test("but a contact of such a service may always be removed", () => {
    const asked = aRegister({ contacts: ["<sip:p@x;pn-provider=webpush;pn-prid=TOKEN>"], expires: 0 });
    expect(registered(asked).bindings).toEqual([]);
  });

  test("calls that wait for the phone wait on", () => {
    const waiting = [{ fork: "f", key: "k", until: NOW + 1 }] as unknown as Location["waiting"];
    expect(registered(aRegister({ contacts: [PHONE] }), { ...NOWHERE, waiting }).waiting).toEqual(waiting);
  });
});

describe("limits", () => {
  const contacts = (count: number, from = 0) =>
    Array.from({ length: count }, (_, index) => `<sip:d${from + index}@x>`);

  test("an address has ten contacts, and an eleventh that is online is refused", () => {
    const full = locationAfter({ contacts: contacts(POLICY.maxBindings) });
    expect(full.bindings).toHaveLength(10);
    expect(refusal(() => registered(aRegister({ contacts: [PHONE], cseq: 2 }), full))).toBe(
      "403 Too Many Contacts",
    );
    expect(registered(aRegister({ contacts: contacts(1), cseq: 2 }), full).bindings).toHaveLength(10);
  });

  test("a sleeping one makes room, the one that ends first: the phone in the hand rings", () => {
    const sleeper = (name: string, expires: number) => `<sip:${name}@x${PUSH}${name}>;expires=${expires}`;
    const asleep = withoutConnection(
      locationAfter({ contacts: [sleeper("s1", 900), sleeper("s2", 600)] }),
      WS,
    );
    const full = registered(aRegister({ contacts: contacts(8), callId: "call-2" }), asleep, {
      connection: WS2,
    });
    const after = registered(aRegister({ contacts: [PHONE], callId: "call-3" }), full);
    expect(after.bindings).toHaveLength(10);
    expect(urisOf(after)).toContain(`sip:s1@x${PUSH}s1`);
    expect(urisOf(after)).not.toContain(`sip:s2@x${PUSH}s2`);
  });

  test("a contact of more than 2,048 octets is refused, one of as many is not", () => {
    const long = (octets: number) => aRegister({ contacts: [`<sip:${"a".repeat(octets - 6)}@x>`] });
    expect(registered(long(2_048)).bindings[0]?.uri).toHaveLength(2_048);
    expect(refusal(() => registered(long(2_049)))).toBe("400 Contact longer than 2048 octets");
  });

  test("a device that registers and leaves for ever does not make its record grow", () => {
    let location: Location = NOWHERE;
    for (let cseq = 1; cseq <= 40; cseq++) {
      location = registered(
        aRegister({ contacts: [PHONE], cseq, expires: cseq % 2 === 0 ? 0 : 60 }),
        location,
      );
    }
    expect(location.departed).toHaveLength(1);
    for (let cseq = 41; cseq <= 60; cseq++) {
      location = registered(aRegister({ contacts: contacts(9, cseq), cseq, expires: 0 }), location);
    }
    expect(location.departed).toHaveLength(20);
  });
});

import { describe, expect, test } from "vitest";
import { type Location, NOWHERE } from "../../functions/location/location.ts";
import { checkExtensions } from "../../functions/registrar/extensions.ts";
import { binding, NOW, TOKEN } from "../location/a-binding.ts";
import {
  answered,
  answerTo,
  aRegister,
  locationAfter,
  POLICY,
  PUSH,
  type Register,
  refusal,
  refused,
  registered,
  urisOf,
  valuesOf,
  WS,
  WS2,
} from "./a-register.ts";

// RFC 3261 §10: what a registrar does, step by step. In which order REGISTERs count is in rfc3261-order.test.ts.

const PHONE = '<sip:p@phone.invalid>;+sip.instance="<urn:uuid:1>"';
const DAY = 86_400;

/** The seconds that each binding was granted. */
function granted({ bindings }: Location): readonly number[] {
  return bindings.map(({ expiresAt }) => (expiresAt - NOW) / 1_000);
}

describe("extensions that a REGISTER requires (RFC 3261 §10.3 step 2, §8.2.2.3)", () => {
  const requiring = (value: string) => aRegister({ more: [`Require: ${value}`] });

  test("what we do not know is refused with 420, and Unsupported names all of it and no more", () => {
    expect(refusal(() => checkExtensions(requiring("path, 100rel, foo")))).toBe(
      "420 Bad Extension, Unsupported: 100rel, foo",
    );
  });

  test.each(["path", "outbound", "gruu", "pref", "GRUU, Path"])("%s is known", (tag) => {
    expect(refusal(() => checkExtensions(requiring(tag)))).toBeUndefined();
  });

  test("who requires nothing gets no 420, whatever it supports", () => {
    expect(refusal(() => checkExtensions(aRegister({ more: ["Supported: 100rel"] })))).toBeUndefined();
  });
});

describe("how long a registration lasts (§10.3 step 7)", () => {
  test.each<[string, Register, number]>([
    ["the contact's own expires counts first", { contacts: ["<sip:a@x>;expires=120"], expires: 240 }, 120],
    ["then the Expires header", { contacts: ["<sip:a@x>"], expires: 240 }, 240],
    ["then the default", { contacts: ["<sip:a@x>"] }, POLICY.defaultExpires],
    ["the minimum is granted", { contacts: ["<sip:a@x>;expires=60"] }, 60],
    ["more than the maximum is cut", { contacts: ["<sip:a@x>;expires=4294967295"] }, POLICY.maxExpires],
    ["an expires in quotes is one all the same", { contacts: ['<sip:a@x>;Expires="90"'] }, 90],
    [
      "a phone that can be pushed may sleep over a weekend",
      { contacts: [`<sip:a@x${PUSH}>`], expires: 3 * DAY },
      3 * DAY,
    ],
    ["but not for ever", { contacts: [`<sip:a@x${PUSH}>`], expires: 365 * DAY }, POLICY.maxPushExpires],
  ])("%s", (_, asked, seconds) => {
    expect(granted(locationAfter(asked))).toEqual([seconds]);
  });

  test("each contact has its own time: one with an expires beside one without", () => {
    const contacts = ["<sip:a@x>;expires=120", "<sip:b@x>"];
    expect(granted(locationAfter({ contacts, expires: 240 }))).toEqual([120, 240]);
  });

  test("too short is refused with 423, and Min-Expires tells the shortest that is granted", () => {
    expect(refused({ contacts: ["<sip:a@x>"], expires: 59 })).toBe("423 Interval Too Brief, Min-Expires: 60");
    expect(refused({ contacts: ["<sip:a@x>"], expires: 1 })).toBe("423 Interval Too Brief, Min-Expires: 60");
  });

  test("an hour is never too short, and 0 is no time but a removal", () => {
    expect(refused({ contacts: ["<sip:a@x>"], expires: 3_600 })).toBeUndefined();
    expect(refused({ contacts: ["<sip:a@x>"], expires: 0 })).toBeUndefined();
  });
});

describe("what a REGISTER changes (§10.3 step 7)", () => {
  test("each contact becomes a binding on the connection that it came over, with Call-ID and CSeq", () => {
    const { bindings } = locationAfter({ contacts: [PHONE, "<sip:a@x>, <sip:b@x>"], cseq: 7 });
    expect(bindings.map(({ uri }) => uri)).toEqual(["sip:p@phone.invalid", "sip:a@x", "sip:b@x"]);
    for (const one of bindings) {
      expect(one).toMatchObject({ connection: WS, callId: "call-1", cseq: 7, path: "", since: NOW });
      expect(one).toMatchObject({ refreshedAt: NOW, reminded: undefined });
    }
  });

  test("a refresh keeps its beginning and moves its end; a new Call-ID is a new beginning", () => {
    const before = locationAfter({ contacts: ["<sip:a@x>;expires=60"] });
    const later = { now: NOW + 30_000 };
    const [refreshed] = registered(aRegister({ contacts: ["<sip:a@x>"], cseq: 2 }), before, later).bindings;
    expect(refreshed).toMatchObject({ since: NOW, refreshedAt: NOW + 30_000, expiresAt: NOW + 3_630_000 });
    const anew = aRegister({ contacts: ["<sip:a@x>"], callId: "call-2" });
    expect(registered(anew, before, later).bindings).toMatchObject([{ since: NOW + 30_000 }]);
  });

  test("a refresh in the last moments of its grace goes on where it was: clients refresh in the last second", () => {
    const before = locationAfter({ contacts: ["<sip:a@x>;expires=60"] });
    const at = (seconds: number) => ({ now: NOW + seconds * 1_000 });
    const again = aRegister({ contacts: ["<sip:a@x>"], cseq: 2 });
    expect(registered(again, before, at(60 + POLICY.grace - 1)).bindings).toMatchObject([{ since: NOW }]);
    expect(registered(again, before, at(60 + POLICY.grace)).bindings).not.toMatchObject([{ since: NOW }]);
  });

  test("a REGISTER updates its own contacts and leaves those of others alone (§10.2.4)", () => {
    const before = locationAfter({ contacts: ["<sip:a@x>"] }, { contacts: ["<sip:b@x>"], callId: "call-2" });
    const after = registered(aRegister({ contacts: ["<sip:b@x>"], callId: "call-2", cseq: 2 }), before);
    expect(after.bindings[0]).toBe(before.bindings[0]);
    expect(after.bindings[1]).toMatchObject({ cseq: 2 });
  });

  test("a device that registers again replaces its binding, in its place, wherever it is now", () => {
    const before = locationAfter({ contacts: [PHONE, "<sip:a@x>"] });
    const moved = PHONE.replace("phone.invalid", "elsewhere.invalid");
    const after = registered(aRegister({ contacts: [moved], cseq: 2 }), before, { connection: WS2 });
    expect(urisOf(after)).toEqual(["sip:p@elsewhere.invalid", "sip:a@x"]);
    expect(after.bindings.map(({ connection }) => connection)).toEqual([WS2, WS]);
  });

  test("without an instance the same URI is the same binding, however it is spelled (§19.1.4)", () => {
    const after = locationAfter({ contacts: ["<sip:%61@X>"] }, { contacts: ["<sip:a@x>"], cseq: 2 });
    expect(urisOf(after)).toEqual(["sip:a@x"]);
  });

  test.each([
    ["user", "<sip:A@x>"],
    ["port", "<sip:a@x:5060>"],
    ["transport", "<sip:a@x;transport=ws>"],
    ["scheme", "<sips:a@x>"],
  ])("another %s is another contact (§19.1.4)", (_, other) => {
    const after = locationAfter({ contacts: ["<sip:a@x>"] }, { contacts: [other], cseq: 2 });
    expect(after.bindings).toHaveLength(2);
  });

  test("a contact that is named twice is one binding", () => {
    expect(urisOf(locationAfter({ contacts: ["<sip:a@x>, <sip:a@X>"] }))).toEqual(["sip:a@X"]);
  });

  test("a REGISTER without a contact asks and changes nothing (§10.2.3)", () => {
    const before = locationAfter({ contacts: [PHONE] });
    expect(registered(aRegister({ cseq: 2 }), before)).toBe(before);
    expect(registered(aRegister({ cseq: 2, expires: 0 }), before)).toBe(before);
  });

  test("a REGISTER after the end of a registration does not bring it back", () => {
    const before = locationAfter({ contacts: ["<sip:a@x>;expires=60"] });
    const later = registered(aRegister({ contacts: [PHONE], cseq: 2 }), before, { now: NOW + 120_000 });
    expect(urisOf(later)).toEqual(["sip:p@phone.invalid"]);
  });

  test("all or nothing: one contact that cannot be leaves all others as they were", () => {
    const before = locationAfter({ contacts: ["<sip:a@x>"] });
    const copy = structuredClone(before);
    const contacts = ["<sip:b@x>", "<sip:a@x>;expires=0", "<sip:c@x>;expires=1"];
    expect(refused({ contacts, cseq: 2 }, before)).toMatch(/^423/);
    expect(before).toEqual(copy);
  });
});

describe("the end of a registration (§10.2.2)", () => {
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

  test("a contact that is not there is removed without a word", () => {
    expect(locationAfter({ contacts: ["<sip:a@x>"], expires: 0 }).bindings).toEqual([]);
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
    ["with expires=0 of its own only", { contacts: ["*;expires=0"] }, "400 Expires"],
    ["beside another contact", { contacts: ["*", "<sip:a@x>"], expires: 0 }, "400 Contact"],
    ["behind another contact", { contacts: ["<sip:a@x>, *"], expires: 0 }, "400 Contact"],
    ["twice", { contacts: ["*", "*"], expires: 0 }, "400 Contact"],
  ])('"*" %s is refused (§10.3 step 6)', (_, asked, status) => {
    expect(refused(asked, locationAfter({ contacts: ["<sip:a@x>"] }))).toBe(status);
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

describe("the answer (§10.3 step 8)", () => {
  test("is 200 with the REGISTER's own Via, From, Call-ID, CSeq, a tag of ours and the time (§8.2.6.2)", () => {
    const { status, reason, headers } = answerTo(aRegister({}), NOWHERE);
    expect([status, reason]).toEqual([200, "OK"]);
    expect(headers.lines.map(({ text }) => text)).toEqual([
      "Via: SIP/2.0/WSS bob.invalid;branch=z9hG4bK1",
      "To: <sip:bob@example.com>;tag=our-tag",
      "From: <sip:bob@example.com>;tag=b1",
      "Call-ID: call-1",
      "CSeq: 1 REGISTER",
      "Date: Mon, 23 Nov 2026 09:00:00 GMT",
      "Content-Length: 0",
    ]);
  });

  test("lists every binding of the address, whoever made it, each with the seconds that it has left", () => {
    const location = {
      ...NOWHERE,
      bindings: [
        binding("a", { connection: WS, params: ";reg-id=1;q=0.5", expiresAt: NOW + 600_000 }),
        binding("b", { connection: WS2, callId: "call-2", expiresAt: NOW + 59_001 }),
        binding("c", { push: TOKEN }),
      ],
    };
    expect(valuesOf("contact", answerTo(aRegister({}), location))).toEqual([
      "<sip:a@x>;reg-id=1;q=0.5;expires=600",
      "<sip:b@x>;expires=60",
      "<sip:c@x>;expires=60",
    ]);
  });

  test("gives a binding in its grace a second: 0 would say that it is gone", () => {
    const inGrace = binding("a", { expiresAt: NOW - POLICY.grace * 1000 + 1 });
    const answer = answerTo(aRegister({}), { ...NOWHERE, bindings: [inGrace] });
    expect(valuesOf("contact", answer)).toEqual(["<sip:a@x>;expires=1"]);
  });

  test("lists no contact after the last one has gone", () => {
    const before = locationAfter({ contacts: ["<sip:a@x>"] });
    expect(answered("contact", { contacts: ["*"], expires: 0, cseq: 2 }, before)).toEqual([]);
  });

  test("says each preference and capability as it was said to us (§10.2.1.2, RFC 3840 §9)", () => {
    const contact = '<sip:a@x>;q=0.125;audio;+sip.message="TRUE";methods="INVITE,BYE"';
    expect(answered("contact", { contacts: [contact] })).toEqual([`${contact};expires=3600`]);
  });

  test("has no Record-Route, and the REGISTER's own counts for nothing (§10.3)", () => {
    const asked: Register = { contacts: ["<sip:a@x>"], more: ["Record-Route: <sip:proxy.example.com;lr>"] };
    expect(answered("record-route", asked)).toEqual([]);
    expect(locationAfter(asked)).toEqual(locationAfter({ contacts: ["<sip:a@x>"] }));
  });
});

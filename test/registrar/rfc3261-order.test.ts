import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { withoutConnection } from "../../functions/location/ended-flow.ts";
import type { ConnectionId } from "../../functions/location/ids.ts";
import { type Location, NOWHERE } from "../../functions/location/location.ts";
import { Refusal } from "../../functions/sip/refusal.ts";
import { NOW } from "../location/a-binding.ts";
import { aRegister, locationAfter, refused, registered, urisOf, WS } from "./a-register.ts";

// REGISTERs out of order (RFC 3261 §10.3 steps 6 and 7, race d of the catalogue).

const PHONE = '<sip:p@phone.invalid>;reg-id=1;+sip.instance="<urn:uuid:1>"';
const OUT_OF_ORDER = "400 CSeq Out of Order";

test("an older CSeq of the same Call-ID changes nothing", () => {
  const before = locationAfter({ contacts: [PHONE], cseq: 5 });
  expect(refused({ contacts: [PHONE.replace("sip:p@", "sip:old@")], cseq: 4 }, before)).toBe(OUT_OF_ORDER);
});

test("an older removal removes nothing, not even among others that it may", () => {
  const before = locationAfter({ contacts: [PHONE], cseq: 5 }, { contacts: ["<sip:b@x>"], callId: "call-2" });
  for (const contacts of [["*"], ["<sip:b@x>", PHONE]]) {
    expect(refused({ contacts, expires: 0, cseq: 4 }, before)).toBe(OUT_OF_ORDER);
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
  expect(urisOf(registered(aRegister({ contacts: [PHONE], callId: "call-4", cseq: 0 }), ended))).toHaveLength(
    1,
  );
});

test('"*" of another Call-ID ends all, and of the same one only what is older than itself (step 6)', () => {
  const before = locationAfter({ contacts: [PHONE], cseq: 5 });
  const all = { contacts: ["*"], expires: 0 };
  expect(registered(aRegister({ ...all, callId: "call-2", cseq: 1 }), before).bindings).toEqual([]);
  expect(registered(aRegister({ ...all, cseq: 6 }), before).bindings).toEqual([]);
});

test("the same CSeq is a repetition if it says the same, and refused if not", () => {
  const before = locationAfter({ contacts: [PHONE], cseq: 5 });
  expect(registered(aRegister({ contacts: [PHONE], cseq: 5 }), before)).toEqual(before);
  expect(refused({ contacts: [PHONE.replace("sip:p@", "sip:q@")], cseq: 5 }, before)).toBe(OUT_OF_ORDER);
});

describe("a registration that ended", () => {
  const ended = locationAfter({ contacts: [PHONE], cseq: 5 }, { contacts: [PHONE], expires: 0, cseq: 7 });

  test("does not come back with a REGISTER that was overtaken", () => {
    expect(refused({ contacts: [PHONE], cseq: 6 }, ended)).toBe(OUT_OF_ORDER);
    expect(refused({ contacts: [PHONE], cseq: 7 }, ended)).toBe(OUT_OF_ORDER);
  });

  test("comes back with a newer one, or one of another Call-ID", () => {
    expect(refused({ contacts: [PHONE], cseq: 8 }, ended)).toBeUndefined();
    expect(refused({ contacts: [PHONE], cseq: 1, callId: "call-2" }, ended)).toBeUndefined();
  });

  test("is forgotten after a minute, when no function can still be handling an older one", () => {
    const late = aRegister({ contacts: [PHONE], cseq: 6 });
    expect(() => registered(late, ended, { now: NOW + 59_999 })).toThrow(Refusal);
    expect(urisOf(registered(late, ended, { now: NOW + 60_000 }))).toHaveLength(1);
  });

  test("stays ended even if its end was seen before its beginning", () => {
    const early = locationAfter({ contacts: [PHONE], expires: 0, cseq: 2 });
    expect(refused({ contacts: [PHONE], cseq: 1 }, early)).toBe(OUT_OF_ORDER);
  });

  test("stays ended whatever another Call-ID began and ended since", () => {
    const again = { contacts: [PHONE], callId: "call-2", cseq: 8 };
    const twice = registered(
      aRegister({ ...again, expires: 0, cseq: 9 }),
      registered(aRegister(again), ended),
    );
    expect(refused({ contacts: [PHONE], cseq: 6 }, twice)).toBe(OUT_OF_ORDER);
  });

  test("is remembered once, however often its end is repeated, and holds up no other device", () => {
    const repeated = registered(aRegister({ contacts: [PHONE], expires: 0, cseq: 7 }), ended);
    expect(repeated.departed).toHaveLength(1);
    expect(refused({ contacts: ["<sip:other@x>"], cseq: 6 }, ended)).toBeUndefined();
  });

  test('stays ended if "*" ended it', () => {
    const all = locationAfter({ contacts: [PHONE], cseq: 5 }, { contacts: ["*"], expires: 0, cseq: 7 });
    expect(all.departed).toMatchObject([{ key: "<urn:uuid:1>;1", callId: "call-1", cseq: 7 }]);
    expect(refused({ contacts: [PHONE], cseq: 6 }, all)).toBe(OUT_OF_ORDER);
  });
});

describe("an app that was started anew, under another Call-ID", () => {
  const before = locationAfter({ contacts: [PHONE], cseq: 5 });
  const anew = registered(aRegister({ contacts: [PHONE], callId: "call-2", cseq: 1 }), before, {
    now: NOW + 2_000,
    receivedAt: NOW + 500,
  });
  const refresh = aRegister({ contacts: [PHONE], cseq: 6 });
  const goodbye = aRegister({ contacts: [PHONE], expires: 0, cseq: 6 });
  const all = aRegister({ contacts: ["*"], expires: 0, cseq: 6 });
  const at = (receivedAt: number) => ({ now: NOW + 3_000, receivedAt });

  test.each([
    ["refresh", refresh],
    ["goodbye to all", all],
  ])("is not undone by a %s of before that is handled after it", (_, late) => {
    for (const receivedAt of [NOW + 499, NOW + 500])
      expect(() => registered(late, anew, at(receivedAt))).toThrow("Registered Anew Since");
  });

  test("is not undone by a goodbye of before, whenever that comes, or is handled", () => {
    for (const receivedAt of [NOW + 499, NOW + 501]) {
      const after = registered(goodbye, anew, at(receivedAt));
      const [binding] = registered(goodbye, after, at(NOW + 502)).bindings;
      expect(binding).toEqual({ ...anew.bindings[0], beneath: undefined });
    }
  });

  test("yields to one that goes on with the same instance, as a second tab does, and to its goodbye then", () => {
    const back = registered(refresh, anew, at(NOW + 501));
    expect(back.bindings).toMatchObject([{ callId: "call-1", cseq: 6 }]);
    const left = registered(aRegister({ contacts: [PHONE], expires: 0, cseq: 7 }), back, at(NOW + 502));
    expect(left.bindings).toEqual([]);
    expect(registered(all, anew, at(NOW + 501)).bindings).toEqual([]);
  });

  describe("over another connection than the one before, which is still there", () => {
    const OTHER = "another" as ConnectionId;
    const there = registered(aRegister({ contacts: [PHONE], callId: "call-2", cseq: 1 }), before, {
      connection: OTHER,
      now: NOW + 500,
    });
    const restored = { ...before.bindings[0], beneath: undefined };

    test("is what counts, and what it was before comes back if its connection ends first", () => {
      expect(there.bindings).toMatchObject([{ callId: "call-2", connection: OTHER }]);
      const [back, ...others] = withoutConnection(there, OTHER).bindings;
      expect(others).toEqual([]);
      expect(back).toMatchObject({ callId: "call-1", cseq: 5, connection: WS });
      expect(back).toMatchObject({ ...restored, gruus: back?.gruus, nonce: back?.nonce });
    });

    test("has nothing to go back to once the other connection has ended", () => {
      const left = withoutConnection(there, WS);
      expect(left.bindings).toMatchObject([{ callId: "call-2", connection: OTHER, beneath: undefined }]);
      expect(withoutConnection(left, OTHER).bindings).toEqual([]);
    });

    test("keeps that while it refreshes, also from elsewhere, and not beneath the connection it has come back to", () => {
      const refreshed = (connection: ConnectionId, cseq: number, found: Location) =>
        registered(aRegister({ contacts: [PHONE], callId: "call-2", cseq }), found, {
          connection,
          now: NOW + 600,
        });
      const moved = refreshed("a third" as ConnectionId, 3, refreshed(OTHER, 2, there));
      expect(moved.bindings).toMatchObject([{ cseq: 3, beneath: { callId: "call-1", connection: WS } }]);
      expect(refreshed(WS, 4, moved).bindings).toMatchObject([{ cseq: 4, beneath: undefined }]);
    });

    test("keeps one, however often that goes on", () => {
      const third = registered(aRegister({ contacts: [PHONE], callId: "call-3", cseq: 1 }), there, {
        connection: "a third" as ConnectionId,
        now: NOW + 700,
      });
      expect(third.bindings).toMatchObject([{ beneath: { callId: "call-2", connection: OTHER } }]);
      expect(JSON.stringify(third.bindings)).not.toContain("call-1");
    });

    test("takes all with it when it takes leave", () => {
      const left = registered(aRegister({ contacts: [PHONE], expires: 0, callId: "call-2", cseq: 2 }), there);
      expect(left.bindings).toEqual([]);
    });
  });

  test("is not undone by what it was before, once it has left again", () => {
    const left = registered(aRegister({ contacts: [PHONE], expires: 0, callId: "call-2", cseq: 2 }), anew);
    expect(() => registered(refresh, left, at(NOW + 400))).toThrow("Registered Anew Since");
  });

  test("holds up no other device, and nobody after a minute", () => {
    const other = aRegister({ contacts: ["<sip:other@x>"], cseq: 6 });
    expect(registered(other, anew, at(NOW + 400)).bindings).toHaveLength(2);
    const late = { now: NOW + 62_000, receivedAt: NOW + 400 };
    expect(registered(refresh, anew, late).bindings).toMatchObject([{ callId: "call-1" }]);
  });

  test("is not undone when it took over from all at once, or from another instance with its token", () => {
    const token = ";pn-provider=fcm;pn-param=p;pn-prid=T";
    const phone = `<sip:p@phone.invalid${token}>;+sip.instance="<urn:uuid:1>"`;
    const installed = locationAfter(
      { contacts: [phone] },
      { contacts: [phone.replace("uuid:1", "uuid:2")], callId: "call-2" },
    );
    expect(() => registered(aRegister({ contacts: [phone], cseq: 6 }), installed)).toThrow(
      "Registered Anew Since",
    );
    const cleared = registered(aRegister({ contacts: ["*"], expires: 0, callId: "call-2", cseq: 1 }), before);
    expect(() => registered(refresh, cleared)).toThrow("Registered Anew Since");
  });
});

test("in whatever order they are handled, the one with the highest CSeq has the last word", () => {
  const history = fc.uniqueArray(fc.record({ cseq: fc.integer({ min: 1, max: 20 }), isEnd: fc.boolean() }), {
    selector: ({ cseq }) => cseq,
    minLength: 1,
    maxLength: 6,
  });
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

test("a REGISTER that is handled twice leaves what it leaves when it is handled once", () => {
  const contact = fc
    .tuple(
      fc.constantFrom("<sip:a@x>", "<sip:b@x>", "<sip:c@x;pn-provider=fcm;pn-prid=T>"),
      fc.constantFrom("", ";expires=0", ";expires=600"),
    )
    .map(([uri, expires]) => uri + expires);
  fc.assert(
    fc.property(
      fc.uniqueArray(contact, { maxLength: 4, selector: (text) => text.slice(0, 9) }),
      (contacts) => {
        const before = locationAfter({ contacts: ["<sip:a@x>", "<sip:d@x>"] });
        const once = registered(aRegister({ contacts, cseq: 2 }), before);
        expect(registered(aRegister({ contacts, cseq: 2 }), once).bindings).toEqual(once.bindings);
      },
    ),
  );
});

import { describe, expect, test } from "vitest";
import { withoutConnection } from "../../functions/location/ended-flow.ts";
import { type Location, NOWHERE } from "../../functions/location/location.ts";
import { DEFAULT_REGISTER_POLICY, onImpatientEdge } from "../../functions/registrar/policy.ts";
import {
  aRegister,
  locationAfter,
  POLICY,
  PUSH,
  refused,
  registered,
  urisOf,
  WS,
  WS2,
} from "./a-register.ts";

// What one address may make us keep, and for how long.

const PHONE = '<sip:p@phone.invalid>;+sip.instance="<urn:uuid:1>"';

const contacts = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => `<sip:d${from + index}@x>`);

describe("contacts of an address", () => {
  test("there are ten, and an eleventh that is online is refused", () => {
    const full = locationAfter({ contacts: contacts(POLICY.maxBindings) });
    expect(full.bindings).toHaveLength(10);
    expect(refused({ contacts: [PHONE], cseq: 2 }, full)).toBe("403 Too Many Contacts");
    expect(refused({ contacts: contacts(11) })).toBe("403 Too Many Contacts");
  });

  test("those that are registered may be refreshed, or replaced in the same REGISTER", () => {
    const full = locationAfter({ contacts: contacts(POLICY.maxBindings) });
    expect(registered(aRegister({ contacts: contacts(10), cseq: 2 }), full).bindings).toHaveLength(10);
    const moved = aRegister({ contacts: [PHONE, "<sip:d0@x>;expires=0"], cseq: 2 });
    expect(urisOf(registered(moved, full))).toContain("sip:p@phone.invalid");
  });

  test("a sleeping one makes room, the one that ends first: the phone in the hand rings", () => {
    const sleeper = (name: string, expires: number) => `<sip:${name}@x${PUSH}${name}>;expires=${expires}`;
    const asleep = withoutConnection(
      locationAfter({ contacts: [sleeper("s1", 900), sleeper("s2", 600), sleeper("s3", 700)] }),
      WS,
    );
    const full = registered(aRegister({ contacts: contacts(7), callId: "call-2" }), asleep, {
      connection: WS2,
    });
    const after = registered(aRegister({ contacts: [PHONE], callId: "call-3" }), full);
    expect(urisOf(after).filter((uri) => uri.startsWith("sip:s"))).toEqual([
      `sip:s1@x${PUSH}s1`,
      `sip:s3@x${PUSH}s3`,
    ]);
    expect(after.bindings).toHaveLength(10);
  });
});

describe("a contact's length", () => {
  const long = (octets: number) => ({ contacts: [`<sip:${"a".repeat(octets - "sip:@x".length)}@x>`] });

  test("is at most 2,048 octets", () => {
    expect(locationAfter(long(2_048)).bindings[0]?.uri).toHaveLength(2_048);
    expect(refused(long(2_049))).toBe("400 Contact longer than 2048 octets");
  });

  test("is that of its URI, its parameters and its Path together", () => {
    const params = ";q=0.5";
    const path = "<sip:edge.example.net;lr>";
    const room = 2_048 - params.length - path.length;
    const asked = (octets: number) => ({
      contacts: long(octets).contacts.map((contact) => contact + params),
      more: [`Path: ${path}`],
    });
    expect(refused(asked(room))).toBeUndefined();
    expect(refused(asked(room + 1))).toBe("400 Contact longer than 2048 octets");
  });

  test("is no matter for its removal", () => {
    expect(refused({ ...long(3_000), expires: 0 })).toBeUndefined();
  });
});

test("an instance has at most 256 octets", () => {
  const named = (octets: number) => ({
    contacts: [`<sip:a@x>;+sip.instance="<urn:${"a".repeat(octets - "<urn:>".length)}>"`],
  });
  expect(refused(named(256))).toBeUndefined();
  expect(refused(named(257))).toBe("400 Contact +sip.instance");
});

test("a device that registers and leaves for ever does not make its record grow", () => {
  let location: Location = NOWHERE;
  for (let cseq = 1; cseq <= 40; cseq++) {
    location = registered(aRegister({ contacts: [PHONE], cseq, expires: cseq % 2 === 0 ? 0 : 60 }), location);
  }
  expect(location.departed).toHaveLength(1);
  for (let cseq = 41; cseq <= 60; cseq++) {
    location = registered(aRegister({ contacts: contacts(9, cseq), cseq, expires: 0 }), location);
  }
  expect(location.departed).toHaveLength(20);
  expect(location.departed.at(-1)).toMatchObject({ cseq: 60 });
});

describe("an edge that cuts connections which are idle for 10 minutes", () => {
  const policy = onImpatientEdge(DEFAULT_REGISTER_POLICY, 600);

  test("has clients refresh, and prove their flows, before it does: also SIP.js, at 99 % of the time", () => {
    for (const seconds of [policy.defaultExpires, policy.maxExpires, policy.flowTimer]) {
      expect(seconds).toBeLessThan(600 * 0.99);
    }
    const asked = aRegister({ contacts: ["<sip:a@x>"], expires: 3_600 });
    const [one] = registered(asked, NOWHERE, { policy }).bindings;
    expect(one && one.expiresAt - one.refreshedAt).toBe(480_000);
  });

  test("leaves phones that can be pushed their long registrations", () => {
    const asked = aRegister({ contacts: [`<sip:a@x${PUSH}>`], expires: 86_400 });
    const [one] = registered(asked, NOWHERE, { policy }).bindings;
    expect(one && one.expiresAt - one.refreshedAt).toBe(86_400_000);
  });

  test("never asks for more than it gives: its minimum fits, however impatient it is", () => {
    const hasty = onImpatientEdge(DEFAULT_REGISTER_POLICY, 50);
    expect(hasty.minExpires).toBeLessThanOrEqual(hasty.maxExpires);
    expect(hasty.maxExpires).toBe(40);
    expect(onImpatientEdge(DEFAULT_REGISTER_POLICY, 100_000)).toEqual(DEFAULT_REGISTER_POLICY);
  });
});

import { describe, expect, test } from "vitest";
import { withoutConnection } from "../../functions/location/ended-flow.ts";
import type { BindingKey } from "../../functions/location/ids.ts";
import { type Location, NOWHERE } from "../../functions/location/location.ts";
import { purrOf, purrOwner } from "../../functions/registrar/purr.ts";
import { type Aor, aor } from "../../functions/sip/aor.ts";
import { NOW } from "../location/a-binding.ts";
import {
  answered,
  aRegister,
  BOB,
  KEYRING,
  locationAfter,
  POLICY,
  PUSH,
  type Register,
  refused,
  registered,
  urisOf,
  WS,
  WS2,
} from "./a-register.ts";

// RFC 8599 §4 to §6: phones that are woken by a push. When they are asked to refresh is in refresh-pushes.test.ts.

const DAY = 86_400_000;
const PHONE: Register = { contacts: [`<sip:p@x${PUSH}>`] };
const INSTANCE = ';+sip.instance="<urn:uuid:1>"';

const withToken = (token: string): Register => ({
  contacts: [`<sip:p@x;pn-provider=fcm;pn-param=acme;pn-prid=${token}>${INSTANCE}`],
});
const asksAbout = (provider: string): Register => ({ contacts: [`<sip:p@x;${provider}>`] });
const capsOf = (asked: Register, found?: Location) => answered("feature-caps", asked, found);

/** A Feature-Caps value of ours, with its PURR. */
const caps = (provider: string, more = "") =>
  expect.stringMatching(`^\\*;\\+sip\\.pns="${provider}"${more};\\+sip\\.pnspurr="[A-Za-z0-9._-]+"$`);

describe("a phone that asks to be pushed (RFC 8599 §5.6.1.1)", () => {
  test("is registered with its target, and told that it will be used", () => {
    expect(locationAfter(PHONE).bindings).toMatchObject([
      { push: { provider: "fcm", param: "acme", prid: "TOKEN" } },
    ]);
    expect(capsOf(PHONE)).toEqual([caps("fcm")]);
  });

  test("sees its contact in the answer exactly as it registered it (§5.3)", () => {
    const contact = "<sip:p@x;PN-Provider=fcm;pn-prid=TOKEN%3a1;pn-param=acme>";
    expect(answered("contact", { contacts: [contact], expires: 600 })).toEqual([`${contact};expires=600`]);
  });

  test.each(["web-push", "acme", "apn"])("of %s, which we cannot reach, is refused with 555", (provider) => {
    const contacts = [`<sip:p@x;pn-provider=${provider};pn-prid=TOKEN>`];
    expect(refused({ contacts })).toBe("555 Push Notification Service Not Supported");
    expect(refused({ contacts, expires: 0 })).toBeUndefined();
  });

  test.each(POLICY.pushProviders)("of %s is welcome", (provider) => {
    const prid = provider === "webpush" ? "https://fcm.googleapis.com/fcm/send/1" : "TOKEN";
    const contacts = [`<sip:p@x;pn-provider=${provider};pn-param=T.org.acme.voip;pn-prid=${prid}>`];
    expect(capsOf({ contacts })).toEqual([caps(provider.replace(".", "\\."))]);
  });

  test("for so short a time that no push could come before its end is refused with 423", () => {
    expect(refused({ ...PHONE, expires: 179 })).toBe("423 Interval Too Brief, Min-Expires: 180");
    expect(refused({ ...PHONE, expires: 180 })).toBeUndefined();
    expect(refused({ contacts: ["<sip:p@x>"], expires: 179 })).toBeUndefined();
  });

  test("is told so in a line for each service, and of no other phone's", () => {
    const elsewhere = registered(
      aRegister({ contacts: ["<sip:c@x;pn-provider=apns.dev;pn-param=T.a.voip;pn-prid=T>"] }),
      NOWHERE,
      {
        connection: WS2,
      },
    );
    const contacts = [`<sip:a@x${PUSH}>`, "<sip:b@x;pn-provider=apns;pn-param=T.org.acme.voip;pn-prid=T>"];
    expect(capsOf({ contacts, callId: "call-2" }, elsewhere)).toEqual([caps("fcm"), caps("apns")]);
  });

  test("is promised nothing once it is removed, nor if it gave no token", () => {
    expect(capsOf({ ...PHONE, expires: 0, cseq: 2 }, locationAfter(PHONE))).toEqual([]);
    expect(capsOf({ contacts: ["<sip:p@x>"], cseq: 2 }, locationAfter(PHONE))).toEqual([]);
  });
});

describe("a phone that another proxy pushes for (§5.6.1.1)", () => {
  const PUSHED: Register = { ...PHONE, more: ['Feature-Caps: *;+sip.pns="fcm"'] };

  test("is registered without a target of ours and promised nothing by us", () => {
    expect(locationAfter(PUSHED).bindings).toMatchObject([{ uri: `sip:p@x${PUSH}`, push: undefined }]);
    expect(capsOf(PUSHED)).toEqual([]);
  });

  test("may use a service that we do not know, for a time that is too short for us", () => {
    const contacts = ["<sip:p@x;pn-provider=acme;pn-prid=TOKEN>;expires=60"];
    expect(refused({ ...PUSHED, contacts })).toBeUndefined();
  });

  test("is ours to push for if that proxy does other things", () => {
    const other = { ...PHONE, more: ['Feature-Caps: *;+g.3gpp.atcf="<sip:x>"'] };
    expect(capsOf(other)).toEqual([caps("fcm")]);
  });
});

describe("a phone that can wake itself (§4.1.4, §5.6.1.1)", () => {
  test("is told how early, more than 120 s before the end, it shall register", () => {
    const contacts = [`<sip:p@x${PUSH}>;+sip.pnsreg`];
    expect(capsOf({ contacts })).toEqual([caps("fcm", ';\\+sip\\.pnsreg="130"')]);
    expect(capsOf({ contacts: [`<sip:p@x${PUSH}>;q=1;+SIP.PNSREG;x=y`] })).toEqual([
      caps("fcm", ';\\+sip\\.pnsreg="130"'),
    ]);
  });

  test("is told so beside a push service only (§5.4)", () => {
    expect(capsOf({ contacts: ["<sip:p@x>;+sip.pnsreg"] })).toEqual([]);
  });
});

describe("a phone that asks what there is (§4.1.5, §5.6.1.2)", () => {
  test("of one service is told of that one, and not pushed", () => {
    expect(capsOf(asksAbout("pn-provider=FCM"))).toEqual(['*;+sip.pns="fcm"']);
    expect(locationAfter(asksAbout("pn-provider=fcm;pn-param=acme")).bindings).toMatchObject([
      { push: undefined },
    ]);
  });

  test("of any is told of each, a line each", () => {
    expect(capsOf(asksAbout("pn-provider"))).toEqual([
      '*;+sip.pns="apns"',
      '*;+sip.pns="apns.dev"',
      '*;+sip.pns="fcm"',
      '*;+sip.pns="webpush"',
    ]);
  });

  test("of one that we cannot reach gets 555", () => {
    expect(refused(asksAbout("pn-provider=acme"))).toBe("555 Push Notification Service Not Supported");
  });

  test("of one that another proxy on the way pushes for gets its answer from that", () => {
    const asked = { ...asksAbout("pn-provider=acme"), more: ['Feature-Caps: *;+sip.pns="acme"'] };
    expect(refused(asked)).toBeUndefined();
    expect(capsOf(asked)).toEqual([]);
  });

  test("is not told twice of one that it uses already", () => {
    const contacts = [`<sip:p@x${PUSH}>`, "<sip:q@x;pn-provider>"];
    expect(capsOf({ contacts })).toEqual([
      caps("fcm"),
      '*;+sip.pns="apns"',
      '*;+sip.pns="apns.dev"',
      '*;+sip.pns="webpush"',
    ]);
  });
});

describe("the life of a token", () => {
  test("it outlives its connection, and a refresh may bring a newer one (§4.1.3)", () => {
    const asleep = withoutConnection(locationAfter(withToken("OLD")), WS);
    expect(asleep.bindings).toMatchObject([{ connection: undefined, push: { prid: "OLD" } }]);
    const back = registered(aRegister({ ...withToken("NEW"), cseq: 2 }), asleep, { connection: WS2 });
    expect(back.bindings).toMatchObject([{ connection: WS2, push: { prid: "NEW" } }]);
  });

  test("a phone that registers without it is pushed no more (§4.1.2)", () => {
    const { bindings } = locationAfter(PHONE, { contacts: ["<sip:p@x>"], cseq: 2 });
    expect(bindings).toMatchObject([{ uri: "sip:p@x", push: undefined }]);
  });

  test.each(["<sip:p@x>", "<sip:p@x;pn-provider=fcm;pn-param=acme>"])(
    "a removal does without it: %s names the same contact (§4.1.2)",
    (contact) => {
      const after = locationAfter(PHONE, { contacts: [contact], expires: 0, cseq: 2 });
      expect(after.bindings).toEqual([]);
    },
  );

  test("an app that is installed anew has a new instance and the old token: it takes its own place", () => {
    const reinstalled = withToken("T").contacts?.map((contact) => contact.replace("uuid:1", "uuid:2")) ?? [];
    const after = locationAfter(
      withToken("T"),
      { contacts: ["<sip:d@desk>"], callId: "call-2" },
      { contacts: reinstalled, callId: "call-3" },
    );
    expect(after.bindings.map(({ key }) => key)).toEqual([
      expect.not.stringContaining("urn"),
      "<urn:uuid:2>;",
    ]);
  });

  test("the calls that waited for it wait for the phone as it is now", () => {
    const fork = { fork: "f", key: "<urn:uuid:1>;", device: "<urn:uuid:1>", until: NOW + 1 };
    const other = { ...fork, device: "<urn:uuid:9>" };
    const before = { ...locationAfter(withToken("T")), waiting: [fork, other] } as unknown as Location;
    const contacts = withToken("T").contacts?.map((contact) => contact.replace("uuid:1", "uuid:2")) ?? [];
    expect(registered(aRegister({ contacts, callId: "call-2" }), before).waiting).toEqual([
      { ...fork, device: "<urn:uuid:2>" },
      other,
    ]);
  });

  test.each([
    ["service", "apns", "acme"],
    ["app", "fcm", "other"],
  ])("the same text is another token of another %s: nobody is replaced", (_, provider, param) => {
    const contact = `<sip:q@x;pn-provider=${provider};pn-param=${param};pn-prid=T>;+sip.instance="<urn:uuid:2>"`;
    expect(locationAfter(withToken("T"), { contacts: [contact], callId: "call-2" }).bindings).toHaveLength(2);
  });

  test("two flows of one phone share it", () => {
    const flow = (regId: number): Register => ({
      contacts: [`<sip:f${regId}@x${PUSH}>;reg-id=${regId}${INSTANCE}`],
      callId: `call-${regId}`,
    });
    expect(urisOf(locationAfter(flow(1), flow(2)))).toEqual([`sip:f1@x${PUSH}`, `sip:f2@x${PUSH}`]);
  });

  test("a phone in the hand does not end the waiting of others", () => {
    const waiting = [{ fork: "f", key: "k", device: "k", until: NOW + 1 }] as unknown as Location["waiting"];
    expect(registered(aRegister(PHONE), { ...NOWHERE, waiting }).waiting).toEqual(waiting);
  });
});

describe("a PURR (§6.2.1)", () => {
  const key = "<urn:uuid:1>;1" as BindingKey;
  const owner = { aor: BOB, key };
  const purr = purrOf(KEYRING, owner, NOW);

  test("is in each answer to a phone that can be pushed, and names its device to us", () => {
    const given = /pnspurr="([^"]*)"/.exec(capsOf(withToken("T")).join())?.[1] ?? "";
    expect(purrOwner(KEYRING, given)).toEqual({ aor: BOB, key: "<urn:uuid:1>;" });
  });

  test("says nothing to anybody else, and fits a URI and a feature tag as it is (§8.6)", () => {
    expect(purr).not.toMatch(/bob|uuid|example/);
    expect(purr).toMatch(/^[A-Za-z0-9._-]+$/);
  });

  test("is the same all day long: a dialog's Contact changes no more often than it must", () => {
    const midnight = Math.floor(NOW / DAY) * DAY;
    expect(purrOf(KEYRING, owner, midnight + DAY - 1)).toBe(purrOf(KEYRING, owner, midnight));
  });

  test("is another one every day, and the former ones stay good", () => {
    const purrs = [0, 1, 2].map((days) => purrOf(KEYRING, owner, NOW + days * DAY));
    expect(new Set(purrs).size).toBe(3);
    for (const one of purrs) expect(purrOwner(KEYRING, one)).toEqual(owner);
  });

  test("is another one for each device and each address", () => {
    const alice: Aor = aor("alice", "example.com");
    const all = [
      purr,
      purrOf(KEYRING, { aor: BOB, key: "<urn:uuid:2>;1" as BindingKey }, NOW),
      purrOf(KEYRING, { aor: alice, key }, NOW),
    ];
    expect(new Set(all).size).toBe(3);
  });

  test("cannot be made or changed by anybody else", () => {
    for (const forged of ["", "1.", `${purr}A`, purr.slice(0, -1), purr.replace("1.", "2."), "bob"]) {
      expect(purrOwner(KEYRING, forged)).toBeUndefined();
    }
    for (let index = 0; index < purr.length; index++) {
      const other = purr.charAt(index) === "A" ? "B" : "A";
      expect(purrOwner(KEYRING, purr.slice(0, index) + other + purr.slice(index + 1))).toBeUndefined();
    }
  });
});

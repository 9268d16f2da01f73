import { describe, expect, test } from "vitest";
import type { PushTarget } from "../../functions/location/location.ts";
import { answered, locationAfter, type Register, refused } from "./a-register.ts";

// However a client names its push target, it becomes one normal form: provider, app and token of RFC 8599 §4.1.1.

const HEX = "0123456789abcdef".repeat(4);

function targetOf(asked: Register): PushTarget | undefined {
  return locationAfter(asked).bindings[0]?.push;
}

function ofContact(contact: string): PushTarget | undefined {
  return targetOf({ contacts: [contact] });
}

describe("RFC 8599's parameters", () => {
  const TARGET = { provider: "apns", param: "TEAM.org.acme.voip&remote", prid: "AA:voip&BB:remote" };

  test.each([
    [
      "in the URI, as Linphone spells them with its two tokens",
      "<sip:c@x;pn-provider=apns;pn-param=TEAM.org.acme.voip&remote;pn-prid=AA:voip&BB:remote>",
    ],
    [
      "escaped",
      "<sip:c@x;pn-provider=apns;pn-param=TEAM.org.acme.voip%26remote;pn-prid=AA%3Avoip%26BB%3Aremote>",
    ],
    [
      "behind the URI, as JS clients must put them",
      '<sip:c@x>;pn-provider=apns;pn-param="TEAM.org.acme.voip&remote";pn-prid="AA:voip&BB:remote"',
    ],
    [
      "behind the URI and unquoted",
      "<sip:c@x>;pn-provider=apns;pn-param=TEAM.org.acme.voip&remote;pn-prid=AA:voip&BB:remote",
    ],
    [
      "behind a URI without brackets",
      "sip:c@x;pn-provider=apns;pn-param=TEAM.org.acme.voip&remote;pn-prid=AA:voip&BB:remote",
    ],
    [
      "with names and provider in capitals",
      "<sip:c@x;PN-Provider=APNS;PN-PARAM=TEAM.org.acme.voip&remote;Pn-Prid=AA:voip&BB:remote>",
    ],
    [
      "in the URI, whatever is behind it",
      '<sip:c@x;pn-provider=apns;pn-param=TEAM.org.acme.voip&remote;pn-prid=AA:voip&BB:remote>;pn-provider=fcm;pn-prid="no"',
    ],
  ])("%s", (_, contact) => {
    expect(ofContact(contact)).toEqual(TARGET);
  });

  test("with a token that ends in an unescaped =, as careless clients send it", () => {
    expect(ofContact("<sip:c@x;pn-provider=fcm;pn-param=acme;pn-prid=dG9rZW4==>")).toEqual({
      provider: "fcm",
      param: "acme",
      prid: "dG9rZW4==",
    });
  });

  test("with a token as FCM makes them, colon and all", () => {
    const token = "cX3:APA91b-_Hk";
    expect(ofContact(`<sip:c@x;pn-provider=fcm;pn-param=123456;pn-prid=${token}>`)?.prid).toBe(token);
  });

  test.each([
    ["no token (RFC 8599 §4.1.5: it only asks)", "<sip:c@x;pn-provider=fcm;pn-param=p>"],
    ["no provider", "<sip:c@x;pn-prid=TOKEN>"],
    ["a provider without a name", "<sip:c@x;pn-provider;pn-prid=TOKEN>"],
    ["an older type without a name", "<sip:c@x;pn-type;pn-tok=TOKEN>"],
    ["nothing", "<sip:c@x>"],
  ])("but a contact with %s names no target", (_, contact) => {
    expect(ofContact(contact)).toBeUndefined();
    expect(refused({ contacts: [contact] })).toBeUndefined();
  });
});

describe("the older pn-type, app-id and pn-tok (Linphone before 5, Brekeke)", () => {
  test.each([
    ["apple", "org.acme.phone.prod", "apns", "ABCD1234.org.acme.phone.remote"],
    ["apple", "org.acme.phone.dev", "apns.dev", "ABCD1234.org.acme.phone.remote"],
    ["apple", "org.acme.phone.voip.prod", "apns", "ABCD1234.org.acme.phone.voip"],
    ["apple", "org.acme.phone.voip.dev", "apns.dev", "ABCD1234.org.acme.phone.voip"],
    ["ios", "org.acme.phone", "apns", "ABCD1234.org.acme.phone.remote"],
    ["android", "acme-1", "fcm", "acme-1"],
    ["google", "acme-1", "fcm", "acme-1"],
    ["Firebase", "acme-1", "fcm", "acme-1"],
  ])("pn-type=%s and app-id=%s are %s and %s", (type, app, provider, param) => {
    const expected = { provider, param, prid: HEX };
    expect(ofContact(`<sip:c@x;app-id=${app};pn-type=${type};pn-tok=${HEX};pn-msg-str=IM_MSG>`)).toEqual(
      expected,
    );
    expect(ofContact(`<sip:c@x>;pn-type=${type};app-id="${app}";pn-tok="${HEX}"`)).toEqual(expected);
  });

  test("are answered like RFC 8599's: the phone learns that it will be pushed", () => {
    const contacts = [`<sip:c@x;app-id=acme-1;pn-type=google;pn-tok=${HEX}>`];
    expect(answered("feature-caps", { contacts })).toEqual([expect.stringMatching(/^\*;\+sip\.pns="fcm";/)]);
  });
});

describe("PortSIP's header", () => {
  const portSip = (value: string, name = "x-p-push"): Register => ({
    contacts: ["<sip:c@x>"],
    more: [`${name}: ${value}`],
  });

  test.each([
    [
      "of an iPhone",
      `device-os=ios;device-uid=${HEX};allow-call-push=true;allow-message-push=true;app-id=org.acme.phone`,
      { provider: "apns", param: "ABCD1234.org.acme.phone.voip", prid: HEX },
    ],
    [
      "of an Android",
      "device-os=android;device-uid=cX3:APA91b;allow-call-push=TRUE;app-id=acme-1;",
      { provider: "fcm", param: "acme-1", prid: "cX3:APA91b" },
    ],
  ])("names the target %s", (_, value, target) => {
    expect(targetOf(portSip(value))).toEqual(target);
    expect(targetOf(portSip(value, "portsip-push"))).toEqual(target);
  });

  test("names none if calls shall not be pushed", () => {
    expect(targetOf(portSip("device-os=ios;device-uid=T;allow-call-push=False;app-id=a"))).toBeUndefined();
  });

  test("does not count for a contact that names a target itself", () => {
    const asked = portSip("device-os=ios;device-uid=OTHER;app-id=a");
    const contacts = ["<sip:c@x;pn-provider=fcm;pn-param=acme;pn-prid=OWN>"];
    expect(targetOf({ ...asked, contacts })?.prid).toBe("OWN");
  });

  test("does not count if another proxy pushes for the phone (RFC 8599 §5.6.1.1)", () => {
    const asked = portSip("device-os=ios;device-uid=T;app-id=a");
    expect(
      targetOf({ ...asked, more: [...(asked.more ?? []), 'Feature-Caps: *;+sip.pns="apns"'] }),
    ).toBeUndefined();
  });
});

test("one phone is one device, however it says its token", () => {
  const ways: readonly Register[] = [
    { contacts: ["<sip:a@x;pn-provider=fcm;pn-param=acme;pn-prid=T>"] },
    { contacts: ['<sip:b@x>;pn-provider=FCM;pn-param="acme";pn-prid="T"'] },
    { contacts: ["<sip:c@x;pn-type=google;app-id=acme;pn-tok=T>"] },
    { contacts: ["<sip:d@x>"], more: ["X-P-Push: device-os=android;device-uid=T;app-id=acme"] },
  ];
  const after = locationAfter(...ways.map((way, index) => ({ ...way, callId: `call-${index}` })));
  expect(after.bindings).toMatchObject([
    { uri: "sip:d@x", push: { provider: "fcm", param: "acme", prid: "T" } },
  ]);
});

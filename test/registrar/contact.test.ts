import { describe, expect, test } from "vitest";
import { type RequestedContact, readContact } from "../../functions/registrar/contact.ts";
import { Contact } from "../../functions/sip/fields.ts";
import { SipSyntaxError } from "../../functions/sip/syntax-error.ts";
import { aRegister } from "./a-register.ts";

function contact(text: string): RequestedContact {
  const value = aRegister({ contacts: [text] }).headers.first(Contact);
  if (value === undefined || value === "*") throw new Error("no contact");
  return readContact(value);
}

describe("a device is the same whatever its address", () => {
  test.each([
    [
      "by its instance and flow (RFC 5626 §6)",
      '<sip:a@one.invalid>;reg-id=1;+sip.instance="<urn:uuid:1>"',
      '<sip:b@two.invalid;transport=ws>;+sip.instance="<urn:uuid:1>";reg-id=1;expires=60',
    ],
    [
      "by its push target if it names no instance (RFC 8599 §5.3)",
      "<sip:a@one.invalid;pn-provider=fcm;pn-param=p;pn-prid=TOKEN%3A1>",
      "<sip:b@two.invalid>;pn-prid=TOKEN:1;pn-param=p;pn-provider=FCM",
    ],
    ["by its URI if it names neither", "<sip:a@one.invalid>;q=0.5", "sip:a@one.invalid"],
  ])("%s", (_, one, other) => {
    expect(contact(other).key).toBe(contact(one).key);
  });

  test.each([
    ["instance", '<sip:a@x>;+sip.instance="<urn:uuid:1>"', '<sip:a@x>;+sip.instance="<urn:uuid:2>"'],
    [
      "flow",
      '<sip:a@x>;reg-id=1;+sip.instance="<urn:uuid:1>"',
      '<sip:a@x>;reg-id=2;+sip.instance="<urn:uuid:1>"',
    ],
    [
      "token",
      "<sip:a@x;pn-provider=fcm;pn-param=p;pn-prid=1>",
      "<sip:a@x;pn-provider=fcm;pn-param=p;pn-prid=2>",
    ],
    [
      "app",
      "<sip:a@x;pn-provider=fcm;pn-param=p;pn-prid=1>",
      "<sip:a@x;pn-provider=fcm;pn-param=q;pn-prid=1>",
    ],
    ["service", "<sip:a@x;pn-provider=fcm;pn-prid=1>", "<sip:a@x;pn-provider=apns;pn-prid=1>"],
    ["URI", "<sip:a@x>", "<sip:b@x>"],
    [
      "reg-id alone, which counts for nothing without an instance (RFC 5626 §6),",
      "<sip:a@x>;reg-id=1",
      "<sip:b@x>;reg-id=1",
    ],
  ])("another %s is another device", (_, one, other) => {
    expect(contact(other).key).not.toBe(contact(one).key);
  });

  test("a key tells no token", () => {
    expect(contact("<sip:a@x;pn-provider=fcm;pn-param=p;pn-prid=SECRET>").key).not.toContain("SECRET");
  });
});

describe("a push target is found (RFC 8599 §4.1.1)", () => {
  const TARGET = { provider: "apns", param: "TEAM.org.acme.voip&remote", prid: "AA:voip&BB:remote" };

  test.each([
    [
      "in the URI, as spelled by Linphone",
      "<sip:c@x;pn-provider=apns;pn-param=TEAM.org.acme.voip&remote;pn-prid=AA:voip&BB:remote>",
    ],
    [
      "escaped",
      "<sip:c@x;pn-provider=apns;pn-param=TEAM.org.acme.voip%26remote;pn-prid=AA%3Avoip%26BB%3Aremote>",
    ],
    [
      "behind the URI, as JS clients must",
      '<sip:c@x>;pn-provider=apns;pn-param="TEAM.org.acme.voip&remote";pn-prid="AA:voip&BB:remote"',
    ],
    [
      "with the provider in capitals",
      "<sip:c@x;PN-Provider=APNS;pn-param=TEAM.org.acme.voip&remote;pn-prid=AA:voip&BB:remote>",
    ],
  ])("%s", (_, text) => {
    expect(contact(text).push).toEqual(TARGET);
  });

  test("with a token that ends in an unescaped =, as careless clients send it", () => {
    expect(contact("<sip:c@x;pn-provider=fcm;pn-prid=dG9rZW4==>").push).toEqual({
      provider: "fcm",
      param: "",
      prid: "dG9rZW4==",
    });
  });

  test.each([
    ["no token (RFC 8599 §4.1.2: push no more)", "<sip:c@x;pn-provider=fcm;pn-param=p>"],
    ["no provider", "<sip:c@x;pn-prid=TOKEN>"],
    ["a provider without a name", "<sip:c@x;pn-provider;pn-prid=TOKEN>"],
    ["nothing", "<sip:c@x>"],
  ])("but not in a contact with %s", (_, text) => {
    expect(contact(text).push).toBeUndefined();
  });
});

test("what will be echoed is what came, octet for octet, but for the expires that is ours to say (RFC 3261 §10.3 step 8)", () => {
  const read = contact(
    '"Bob" <sip:b@x;pn-prid=%41>;expires=60;+sip.instance="<urn:uuid:1>";REG-ID=1;+sip.ice',
  );
  expect(read).toMatchObject({
    uriText: "sip:b@x;pn-prid=%41",
    params: ';+sip.instance="<urn:uuid:1>";REG-ID=1;+sip.ice',
    expires: 60,
  });
});

test.each([
  ["not a SIP URI, which we could not call", "<tel:+4930>"],
  ["no whole URI", "<sip:>"],
  ["an expires that is no number", "<sip:a@x>;expires=soon"],
  ["an expires that is more than one", "<sip:a@x>;expires=60s"],
])("a contact with %s is refused rather than kept unreachable", (_, text) => {
  expect(() => contact(text)).toThrow(SipSyntaxError);
});

import { describe, expect, test } from "vitest";
import { type RequestedContact, readContact } from "../../functions/registrar/contact.ts";
import { Contact } from "../../functions/sip/fields.ts";
import { aRegister, locationAfter, PUSH, urisOf } from "./a-register.ts";

// Which REGISTERs speak of the same device: by instance and flow, else by push target, else by URI (docs/design.md).

function contact(text: string): RequestedContact {
  const value = aRegister({ contacts: [text] }).headers.first(Contact);
  if (value === undefined || value === "*") throw new Error("no contact");
  return readContact(value, { isOutbound: true, push: undefined });
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
    [
      "service",
      "<sip:a@x;pn-provider=fcm;pn-param=p;pn-prid=1>",
      "<sip:a@x;pn-provider=apns;pn-param=p;pn-prid=1>",
    ],
    ["URI", "<sip:a@x>", "<sip:b@x>"],
    [
      "reg-id alone, which counts for nothing without an instance (RFC 5626 §6),",
      "<sip:a@x>;reg-id=1",
      "<sip:b@x>;reg-id=1",
    ],
  ])("another %s is another device", (_, one, other) => {
    expect(contact(other).key).not.toBe(contact(one).key);
  });

  test("two devices that name themselves are two, though they share a URI", () => {
    const after = locationAfter(
      { contacts: ['<sip:a@x>;+sip.instance="<urn:uuid:1>"'] },
      { contacts: ['<sip:a@x>;+sip.instance="<urn:uuid:2>"'], callId: "call-2" },
    );
    expect(urisOf(after)).toEqual(["sip:a@x", "sip:a@x"]);
  });

  test("a contact that names no device means whatever has its URI, also a device that names itself", () => {
    const named = { contacts: ['<sip:a@x>;+sip.instance="<urn:uuid:1>"'] };
    expect(locationAfter(named, { contacts: ["<sip:a@x>"], cseq: 2 }).bindings).toMatchObject([
      { params: "" },
    ]);
    expect(locationAfter(named, { contacts: ["<sip:a@x>;expires=0"], cseq: 2 }).bindings).toEqual([]);
  });

  test("a key tells no token and no URI", () => {
    expect(contact("<sip:a@x;pn-provider=fcm;pn-param=p;pn-prid=SECRET>").key).not.toContain("SECRET");
    expect(contact("<sip:somebody@x>").key).not.toContain("somebody");
  });
});

describe("the instance that PJSIP makes of the host name localhost names nobody", () => {
  const shared = (uri: string) =>
    `<${uri}>;reg-id=1;+sip.instance="<urn:uuid:00000000-0000-0000-0000-00001a2b3c4d>"`;

  test("two phones that have it are two, by their push targets", () => {
    const [one, other] = [shared(`sip:a@x${PUSH}1`), shared(`sip:b@x${PUSH}2`)];
    expect(contact(other).key).not.toBe(contact(one).key);
    expect(contact(shared(`sip:c@x${PUSH}1`)).key).toBe(contact(one).key);
  });

  test("or by their URIs if they cannot be pushed", () => {
    expect(contact(shared("sip:b@x")).key).not.toBe(contact(shared("sip:a@x")).key);
  });

  test("so that they have no flow and no outbound, but their parameters come back to them", () => {
    expect(contact(shared("sip:a@x"))).toMatchObject({
      hasInstance: false,
      regId: undefined,
      params: ';reg-id=1;+sip.instance="<urn:uuid:00000000-0000-0000-0000-00001a2b3c4d>"',
    });
  });

  test("an instance that only begins with zeros is one like any other", () => {
    const text = '<sip:a@x>;+sip.instance="<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"';
    expect(contact(text)).toMatchObject({ key: "<urn:uuid:00000000-0000-1000-8000-000a95a0e128>;" });
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
    regId: 1,
  });
});

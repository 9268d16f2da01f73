import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Location } from "../../functions/location/location.ts";
import { checkExtensions } from "../../functions/registrar/extensions.ts";
import { reginfo } from "../../functions/registrar/reginfo.ts";
import { Contact } from "../../functions/sip/fields.ts";
import { format } from "../../functions/sip/format.ts";
import type { SipRequest } from "../../functions/sip/message.ts";
import { parse } from "../../functions/sip/parse.ts";
import { Refusal } from "../../functions/sip/refusal.ts";
import { SipSyntaxError } from "../../functions/sip/syntax-error.ts";
import { formatUri, parseSipUri } from "../../functions/sip/uri.ts";
import { NOW } from "../location/a-binding.ts";
import {
  answerTo,
  aRegister,
  BOB,
  KEYRING,
  locationAfter,
  POLICY,
  PUSH,
  type Register,
  refused,
  registered,
} from "./a-register.ts";
import { readXml } from "./an-xml.ts";

// What cannot be read is answered 400, with the name of the part that is wrong, and changes nothing: a contact that is kept
// must be one that can be reached, and a phone that could not be woken must hear of it now.

/** What there was before; whoever changed it would fail. */
const before = frozen(locationAfter({ contacts: ["<sip:bob@desk.invalid>"] }));

function frozen<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}

describe("every malformed part is refused and named", () => {
  test.each([
    ["Contact", "<sip:a@x"],
    ["Contact", '"Bob <sip:a@x>'],
    ["Contact", "<>"],
    ["Contact", "sip:a@x>"],
    ["Contact", "<sip:>"],
    ["Contact", "<sip:@x>"],
    ["Contact", "<a@x>"],
    ["Contact", "<sip:a@x:70000>"],
    ["Contact", "<sip:a b@x>"],
    ["Contact", "<sip:a%4@x>"],
    ["Contact", "<sip:a@[::1>"],
    ["Contact", "<sip:a@x;>"],
    ["Contact", "<sip:a@x;pn-prid=>"],
    ["Contact", '<sip:a@x;pn-provider="fcm";pn-prid=1>'],
    ["Contact", "<sip:a@x>;"],
    ["Contact", "<sip:a@x>;=1"],
    ["Contact", "<sip:a@x>;expires="],
    ["Contact", "<sip:a@x>; expires = 60 seconds"],
    ["Contact", "<sip:a@x>, "],
    ["Contact", "<sip:a@x> <sip:b@x>"],
    ["Contact", '<sip:a@x>;+sip.instance="<urn:uuid:1>'],
    ["Contact expires", "<sip:a@x>;expires"],
    ["Contact expires", "<sip:a@x>;expires=soon"],
    ["Contact expires", "<sip:a@x>;expires=60s"],
    ["Contact expires", "<sip:a@x>;expires=-1"],
    ["Contact expires", "<sip:a@x>;expires=1.5"],
    ["Contact expires", "<sip:a@x>;expires=4294967296"],
    ["Contact expires", '<sip:a@x>;expires=""'],
    ["Contact q", "<sip:a@x>;q"],
    ["Contact q", "<sip:a@x>;q=high"],
    ["Contact q", "<sip:a@x>;q=.5"],
    ["Contact q", "<sip:a@x>;q=-0.5"],
    ["Contact", "<sip:a@x>;q=0,5"],
    ["Contact q", "<sip:a@x>;q=0.1234"],
    ["Contact q", "<sip:a@x>;q=1.001"],
    ["Contact q", "<sip:a@x>;q=2"],
    ["Contact q", '<sip:a@x>;q="0.5"'],
    ["Contact reg-id", "<sip:a@x>;reg-id"],
    ["Contact reg-id", "<sip:a@x>;reg-id=0"],
    ["Contact reg-id", "<sip:a@x>;reg-id=-1"],
    ["Contact reg-id", "<sip:a@x>;reg-id=2147483648"],
    ["Contact reg-id", "<sip:a@x>;reg-id=one"],
    ["Contact reg-id", "<sip:a@x>;reg-id=1x"],
    ["Contact +sip.instance", "<sip:a@x>;+sip.instance"],
    ["Contact +sip.instance", "<sip:a@x>;+sip.instance=urn:uuid:1"],
    ["Contact +sip.instance", '<sip:a@x>;+sip.instance=""'],
    ["Contact +sip.instance", '<sip:a@x>;+sip.instance="urn:uuid:1"'],
    ["Contact +sip.instance", '<sip:a@x>;+sip.instance="<>"'],
    ["Contact +sip.instance", '<sip:a@x>;+sip.instance="<urn:uuid:1"'],
    ["Contact +sip.instance", '<sip:a@x>;+sip.instance="<urn:uuid:1>>"'],
    ["Contact +sip.instance", '<sip:a@x>;+sip.instance="<urn:uuid:1> "'],
    ["Contact +sip.instance", '<sip:a@x>;+sip.instance="<urn:uuid:a b>"'],
    ["Contact pn-provider", '<sip:a@x>;pn-provider="f c m";pn-prid=T'],
    ["Contact pn-provider", "<sip:a@x;pn-provider=a/b;pn-prid=T>"],
    ["Contact pn-provider", "<sip:a@x;pn-provider=%00>"],
    ["Contact pn-prid", "<sip:a@x;pn-provider=fcm;pn-prid>"],
    ["Contact pn-prid", '<sip:a@x>;pn-provider=fcm;pn-prid=""'],
    ["Contact pn-prid", '<sip:a@x>;pn-provider=fcm;pn-prid="A B"'],
    ["Contact pn-prid", "<sip:a@x;pn-provider=fcm;pn-prid=A%20B>"],
    ["Contact pn-prid", "<sip:a@x;pn-provider=fcm;pn-prid=%0d%0aTo:x>"],
    ["Contact pn-prid", "<sip:a@x;pn-provider=fcm;pn-prid=%C3%A4>"],
    ["Contact pn-prid", "<sip:a@x;pn-provider=fcm;pn-prid=%7F>"],
    ["Contact pn-prid", "<sip:a@x>;pn-provider=fcm;pn-prid=A%zz"],
    ["Contact pn-param", "<sip:a@x;pn-provider=fcm;pn-param=a%00b;pn-prid=T>"],
    ["Contact pn-param", '<sip:a@x>;pn-provider=apns;pn-param="T.a b";pn-prid=T'],
    ["Contact pn-type", "<sip:a@x;pn-type=wp10;app-id=a;pn-tok=T>"],
    ["Contact pn-tok", "<sip:a@x;pn-type=apple;app-id=a>"],
    ["Contact pn-tok", "<sip:a@x;pn-type=apple;app-id=a;pn-tok=A%20B>"],
  ])("400 %s: %s", (part, contact) => {
    expect(refused({ contacts: [contact], cseq: 2 }, before)).toBe(`400 ${part}`);
    expect(refused({ contacts: ["<sip:fine@x>", contact], cseq: 2 }, before)).toBe(`400 ${part}`);
  });

  test.each([
    ["Expires", "Expires: soon"],
    ["Expires", "Expires: 4294967296"],
    ["Expires", "Expires: 60, 60"],
    ["Expires", "Expires:"],
    ["Path", "Path: <sip:edge"],
    ["Supported", "Supported: path outbound"],
    ["X-P-Push", "X-P-Push: device-os=ios device-uid=T"],
    ["X-P-Push", "X-P-Push: ;;"],
  ])("400 %s: %s", (part, line) => {
    const asked: Register = { contacts: ["<sip:a@x>"], more: [line], cseq: 2 };
    expect(refused(asked, before)).toBe(`400 ${part}`);
  });

  test("a REGISTER without Call-ID or CSeq is refused, whoever reads it", () => {
    const whole = aRegister({ contacts: ["<sip:a@x>"] });
    for (const key of ["call-id", "cseq"]) {
      const lines = whole.headers.lines.filter((line) => line.key !== key).map(({ text }) => text);
      const cut = parse(`REGISTER sip:example.com SIP/2.0\r\n${lines.join("\r\n")}\r\n\r\n`);
      if (cut.kind !== "request") throw new Error("not a request");
      expect(() => registered(cut)).toThrow(SipSyntaxError);
    }
  });
});

describe("whatever comes", () => {
  /** All octets that a header line can hold. */
  const octets = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).filter(
    (octet) => !["\0", "\r", "\n"].includes(octet),
  );
  const scraps = [
    '" < > ; = , % * ? @ : \\ & \xe9 %41 %zz [ ] sip:a@x sips: tel:1 bob@example.com <sip:a@x> expires q 0.5 60',
    '<sip:b@y;pn-provider=fcm;pn-prid=T> reg-id +sip.instance "<urn:uuid:1>" <urn:uuid:1> +sip.pnsreg gr ob lr',
    "pn-provider pn-prid pn-param pn-type pn-tok app-id apns apple android",
  ];
  const scrap = fc.constantFrom(" ", "\t", ...scraps.flatMap((line) => line.split(" ")));
  const text = fc.oneof(
    { weight: 4, arbitrary: fc.array(scrap, { maxLength: 16 }).map((parts) => parts.join("")) },
    { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(...octets), maxLength: 60 }) },
  );
  const contact = fc.oneof(
    text,
    text.map((params) => `<sip:a@x>;${params}`),
    text.map((params) => `<sip:a@x;${params}>`),
    text.map((value) => `<sip:a@x>;+sip.instance="${value}"`),
    text.map((value) => `<sip:a@x>;pn-provider=fcm;pn-prid="${value}";pn-param="${value}"`),
  );
  const name = fc.constantFrom("Expires", "Supported", "Require", "Feature-Caps", "X-P-Push");
  const line = fc.tuple(name, text).map(([header, value]) => `${header}: ${value}`);

  /** What a REGISTER leaves behind, or how it is refused. */
  function outcome(register: SipRequest): Location | SipSyntaxError | Refusal {
    try {
      checkExtensions(register);
      return registered(register, before);
    } catch (error) {
      if (error instanceof SipSyntaxError || error instanceof Refusal) return error;
      throw error;
    }
  }

  /** A location can be told to its owner, in a 200 and in a NOTIFY, and its contacts can be reached. */
  function expectSound(location: Location, register: SipRequest): void {
    const { bindings } = location;
    expect(new Set(bindings.map(({ key }) => key)).size).toBe(bindings.length);
    for (const { uri, expiresAt, push } of bindings) {
      expect(formatUri(parseSipUri(uri))).toBe(uri);
      expect(expiresAt).toBeGreaterThan(NOW);
      expect(expiresAt).toBeLessThanOrEqual(NOW + POLICY.maxPushExpires * 1000);
      if (push !== undefined) expect(POLICY.pushProviders).toContain(push.provider);
      if (push !== undefined) expect(push.prid).toMatch(/^[!-~]+$/);
    }
    const answer = parse(format(answerTo(register, location)));
    expect(answer.headers.all(Contact)).toHaveLength(bindings.length);
    readXml(reginfo(KEYRING, BOB, bindings, 0, NOW));
  }

  test("a contact is registered so that it can be reached, or is refused with 4xx or 5xx: never 6xx, never a fault", () => {
    fc.assert(
      fc.property(contact, fc.array(line, { maxLength: 2 }), (value, more) => {
        const register = aRegister({ contacts: [value], more, cseq: 2 });
        const result = outcome(register);
        if (result instanceof Refusal) expect([400, 403, 420, 423, 439, 555]).toContain(result.status);
        else if (result instanceof SipSyntaxError) expect(result.part).not.toBe("");
        else expectSound(result, register);
      }),
      { numRuns: 2_000 },
    );
  });

  test("of these attempts many are accepted: the property above is about something", () => {
    const samples = fc.sample(contact, { numRuns: 500, seed: 7 });
    const accepted = samples.filter((value) => refused({ contacts: [value], cseq: 2 }, before) === undefined);
    expect(accepted.length).toBeGreaterThan(50);
    expect(accepted.length).toBeLessThan(450);
  });
});

test("a contact that has everything, and all of it right, is registered: what the table above refuses is what is wrong", () => {
  const contact = `"Bob" <sip:a@x${PUSH}>;q=0.5;expires=600;reg-id=1;+sip.instance="<urn:uuid:1>"`;
  expect(refused({ contacts: [contact] }, before)).toBeUndefined();
});

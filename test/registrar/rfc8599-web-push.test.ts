import { createECDH, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { PushTarget } from "../../functions/location/location.ts";
import { NOWHERE } from "../../functions/location/location.ts";
import type { RegisterPolicy } from "../../functions/registrar/policy.ts";
import {
  answerTo,
  aRegister,
  locationAfter,
  POLICY,
  type Register,
  refused,
  registered,
  valuesOf,
} from "./a-register.ts";

// RFC 8599 §12 and §8.3: browsers. Their keys are parameters of ours.

const URL = "https://fcm.googleapis.com/fcm/send/dpH5lCsTSSM:APA91bHqjZxM0VIm-_0";
const PRID = encodeURIComponent(URL);
const P256DH = createECDH("prime256v1").generateKeys("base64url");
const AUTH = randomBytes(16).toString("base64url");
const KEYS = `pn-p256dh=${P256DH};pn-auth=${AUTH}`;
const OURS = ";pn-provider=webpush;pn-prid=";
const VAPID = createECDH("prime256v1").generateKeys("base64url");

function targetOf(contact: string): PushTarget | undefined {
  return locationAfter({ contacts: [contact] }).bindings[0]?.push;
}

/** The Feature-Caps of the answer to a REGISTER, but for the PURR. */
function capsOf(asked: Register, policy: RegisterPolicy = { ...POLICY, vapidKey: VAPID }): readonly string[] {
  const register = aRegister(asked);
  const location = registered(register, NOWHERE, { policy });
  return valuesOf("feature-caps", answerTo(register, location, { policy })).map((value) =>
    value.replace(/;\+sip\.pnspurr="[^"]*"/, ";purr"),
  );
}

describe("a browser's push target", () => {
  const target = { provider: "webpush", param: "", prid: URL };
  const keys = { p256dh: P256DH, auth: AUTH };

  test.each([
    ["in the URI", `<sip:p@x${OURS}${PRID};${KEYS}>`, { ...target, keys }],
    ["behind it, as JsSIP puts it", `<sip:p@x>${OURS}${PRID};${KEYS}`, { ...target, keys }],
    ["in quotes", `<sip:p@x>${OURS}"${URL}";pn-p256dh="${P256DH}";pn-auth="${AUTH}"`, { ...target, keys }],
    [
      "in capitals",
      `<sip:p@x;PN-Provider=WebPush;Pn-Prid=${PRID};PN-P256DH=${P256DH};PN-Auth=${AUTH}>`,
      { ...target, keys },
    ],
    ["without keys, as RFC 8599 §12 has it", `<sip:p@x${OURS}${PRID}>`, target],
    ["with a pn-param, that must not be there", `<sip:p@x${OURS}${PRID};pn-param=app>`, target],
    [
      "with keys that are padded",
      `<sip:p@x>${OURS}${PRID};pn-p256dh=${P256DH}=;pn-auth="${AUTH}=="`,
      { ...target, keys },
    ],
  ])("is read %s", (_, contact, expected) => {
    expect(targetOf(contact)).toEqual(expected);
  });

  test("is told to its owner as it came, and to nobody else", () => {
    const contact = `<sip:p@x${OURS}${PRID};${KEYS}>`;
    const asked = aRegister({ contacts: [contact], expires: 600 });
    expect(valuesOf("contact", answerTo(asked, registered(asked)))).toEqual([`${contact};expires=600`]);
  });

  test.each([
    ["no URL", `${OURS}TOKEN`, "pn-prid"],
    ["no https", `${OURS}${PRID.replace("https", "http")}`, "pn-prid"],
    ["a user", `${OURS}${encodeURIComponent(URL.replace("//", "//me@"))}`, "pn-prid"],
    ["no URI at all", `${OURS}%20`, "pn-prid"],
    ["a key without its secret", `${OURS}${PRID};pn-p256dh=${P256DH}`, "pn-auth"],
    ["a secret without its key", `${OURS}${PRID};pn-auth=${AUTH}`, "pn-p256dh"],
    ["half a key", `${OURS}${PRID};pn-p256dh=${P256DH.slice(40)};pn-auth=${AUTH}`, "pn-p256dh"],
    ["too much of a key", `${OURS}${PRID};pn-p256dh=${P256DH}AAAA;pn-auth=${AUTH}`, "pn-p256dh"],
    ["half a secret", `${OURS}${PRID};pn-p256dh=${P256DH};pn-auth=${AUTH.slice(8)}`, "pn-auth"],
    ["a secret that is not in base64url", `${OURS}${PRID};pn-p256dh=${P256DH};pn-auth=${AUTH}!`, "pn-auth"],
    [
      "a key that is not in base64url",
      `${OURS}${PRID};pn-p256dh=${`+${P256DH.slice(1)}`};pn-auth=${AUTH}`,
      "pn-p256dh",
    ],
    ["a key that is no point", `${OURS}${PRID};pn-p256dh=${notOnCurve()};pn-auth=${AUTH}`, "pn-p256dh"],
    [
      "a key that is another kind of point",
      `${OURS}${PRID};pn-p256dh=B${"A".repeat(86)};pn-auth=${AUTH}`,
      "pn-p256dh",
    ],
  ])("with %s is refused, and told which part is wrong", (_, params, part) => {
    expect(refused({ contacts: [`<sip:p@x>${params}`] })).toBe(`400 Contact ${part}`);
  });

  test.each([
    "https://push.example/1",
    "https://127.0.0.1/1",
    "https://fcm.googleapis.com:8443/1",
    "https://fcm.googleapis.com.evil.example/1",
    "https://push.services.mozilla.com/1",
  ])("%s is at no push service that we know: it is refused now, and not when it is called", (url) => {
    const contacts = [`<sip:p@x${OURS}${encodeURIComponent(url)}>`];
    expect(refused({ contacts })).toBe("403 Push Service Not Allowed");
    expect(refused({ contacts, expires: 0 })).toBeUndefined();
  });

  test("is what a device without an instance is known by: the same subscription is the same device", () => {
    const contacts = (user: string) => [`<sip:${user}@x${OURS}${PRID};${KEYS}>`];
    const { bindings } = locationAfter(
      { contacts: contacts("a") },
      { contacts: contacts("b"), callId: "call-2" },
    );
    expect(bindings.map(({ uri }) => uri.slice(0, 7))).toEqual(["sip:b@x"]);
  });

  test("at the longest that a push service gives fits into a contact, everything in capitals and escaped", () => {
    // Windows: up to 1,024 characters, base64 with its signs escaped.
    const start = "https://wns2-par02p.notify.windows.com/w/?token=";
    const url = start + "BQYAAAB%2bMbnD1eC%3d".repeat(60).slice(0, 1_024 - start.length);
    const contact = `<sip:abcdefgh@abcdefghijkl.invalid;transport=ws${OURS}${encodeURIComponent(url)};${KEYS}>`;
    const instance = ';reg-id=1;+sip.instance="<urn:uuid:7a1f6b1e-0000-4000-8000-00000000b0b0>"';
    expect(refused({ contacts: [contact + instance] })).toBeUndefined();
  });
});

/** 65 octets that look like a point, and satisfy no equation. */
function notOnCurve(): string {
  const octets = Buffer.from(P256DH, "base64url");
  octets.writeUInt8(octets.readUInt8(64) ^ 1, 64);
  return octets.toString("base64url");
}

describe("the key that browsers subscribe with (RFC 8599 §8.3)", () => {
  const vapid = `;+sip.vapid="${VAPID}"`;

  test.each([
    ["asks about webpush", `<sip:p@x;pn-provider=webpush>`, [`*;+sip.pns="webpush"${vapid}`]],
    [
      "asks what there is",
      "<sip:p@x;pn-provider>",
      ['*;+sip.pns="apns"', '*;+sip.pns="apns.dev"', '*;+sip.pns="fcm"', `*;+sip.pns="webpush"${vapid}`],
    ],
    ["has subscribed", `<sip:p@x${OURS}${PRID}>`, [`*;+sip.pns="webpush"${vapid};purr`]],
    [
      "has subscribed, and can wake itself",
      `<sip:p@x${OURS}${PRID}>;+sip.pnsreg`,
      [`*;+sip.pns="webpush"${vapid};+sip.pnsreg="130";purr`],
    ],
    ["asks about another service", "<sip:p@x;pn-provider=fcm>", ['*;+sip.pns="fcm"']],
    ["uses another service", "<sip:p@x;pn-provider=fcm;pn-prid=T>", ['*;+sip.pns="fcm";purr']],
  ])("is told to a phone that %s", (_, contact, caps) => {
    expect(capsOf({ contacts: [contact] })).toEqual(caps);
  });

  test("is not told where there is none", () => {
    expect(capsOf({ contacts: ["<sip:p@x;pn-provider=webpush>"] }, POLICY)).toEqual(['*;+sip.pns="webpush"']);
  });

  test("is a tag-value as it is (RFC 3840 §9): base64url has nothing to quote", () => {
    expect(VAPID).toMatch(/^[A-Za-z0-9_-]{87}$/);
  });
});

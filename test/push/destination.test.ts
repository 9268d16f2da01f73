import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Destination, destinationOf, mustRing } from "../../functions/push/destination.ts";

const A = "A".repeat(64);
const B = "B".repeat(64);

function to(provider: string, param: string, prid: string): Destination | undefined {
  return destinationOf({ provider, param, prid }, "call");
}

const KINDS = ["call", "cancel", "message", "dialog", "refresh"] as const;

describe("for a call, an iPhone (RFC 8599 §10)", () => {
  test.each([
    ["a VoIP token", "TEAM.org.acme.phone.voip", A, "APNS_VOIP", "org.acme.phone.voip", A],
    [
      "a VoIP token that says so",
      "TEAM.org.acme.phone.voip",
      `${A}:voip`,
      "APNS_VOIP",
      "org.acme.phone.voip",
      A,
    ],
    [
      "two services, VoIP first (Linphone)",
      "TEAM.org.acme.phone.voip&remote",
      `${A}:voip&${B}:remote`,
      "APNS_VOIP",
      "org.acme.phone.voip",
      A,
    ],
    [
      "two services, VoIP last",
      "TEAM.org.acme.phone.remote&voip",
      `${B}:remote&${A}:voip`,
      "APNS_VOIP",
      "org.acme.phone.voip",
      A,
    ],
    ["alerts only", "TEAM.org.acme.phone.remote", `${B}:remote`, "APNS", "org.acme.phone", B],
    ["no service, which means alerts", "TEAM.org.acme.phone", B, "APNS", "org.acme.phone", B],
    ["a bundle of one label", "TEAM.phone.voip", A, "APNS_VOIP", "phone.voip", A],
    ["a name that is no bundle", "phone", B, "APNS", "phone", B],
  ] as const)("with %s is pushed to as Apple wants it", (_, param, prid, platform, topic, token) => {
    expect(to("apns", param, prid)).toEqual({ platform, app: param, token, topic });
    // Development builds have tokens of Apple's sandbox.
    expect(to("apns.dev", param, prid)).toEqual({
      platform: `${platform}_SANDBOX`,
      app: param,
      token,
      topic,
    });
  });

  test("a bundle with a service in its middle is not cut there", () => {
    expect(to("apns", "TEAM.org.voip.phone", B)).toMatchObject({ platform: "APNS", topic: "org.voip.phone" });
  });
});

test.each(KINDS)(
  "a %s goes to an Android phone through Firebase, by its project and token as they are (RFC 8599 §11)",
  (kind) => {
    const target = { provider: "fcm", param: "acme-1", prid: "dQw4:APA91b_voip&x" };
    expect(destinationOf(target, kind)).toEqual({
      platform: "GCM",
      app: "acme-1",
      token: "dQw4:APA91b_voip&x",
      topic: undefined,
    });
  },
);

test.each(["webpush", "", "APNS", "constructor"])("the provider %j is none that we know", (provider) => {
  for (const kind of KINDS) {
    const target = { provider, param: "TEAM.org.acme.remote", prid: A };
    expect(destinationOf(target, kind)).toBeUndefined();
    expect(destinationOf({ ...target, param: "TEAM.org.acme.voip" }, kind)).toBeUndefined();
  }
});

test.each([
  ["an iPhone's VoIP push", { provider: "apns", param: "TEAM.app.voip", prid: A }, true],
  ["one in Apple's sandbox too", { provider: "apns.dev", param: "TEAM.app.voip", prid: A }, true],
  ["an iPhone's alert", { provider: "apns", param: "TEAM.app.remote", prid: A }, false],
  ["an Android phone's push", { provider: "fcm", param: "acme.voip", prid: A }, false],
  ["a provider that we do not know", { provider: "x", param: "TEAM.app.voip", prid: A }, false],
  ["a device without push", undefined, false],
])("a call must follow a push where the system punishes its absence: %s", (_, target, must) => {
  expect(mustRing(target)).toBe(must);
});

describe.each(["message", "dialog", "refresh"] as const)("a push for a %s", (kind) => {
  const quietly = (provider: string, param: string, prid: string) =>
    destinationOf({ provider, param, prid }, kind);

  test.each([
    [
      "Linphone's pair of tokens",
      "TEAM.org.acme.phone.voip&remote",
      `${A}:voip&${B}:remote`,
      "org.acme.phone",
    ],
    [
      "a pair the other way round",
      "TEAM.org.acme.phone.remote&voip",
      `${B}:remote&${A}:voip`,
      "org.acme.phone",
    ],
    ["a token for alerts", "TEAM.org.acme.phone.remote", B, "org.acme.phone"],
    ["a token for alerts that says so", "TEAM.org.acme.phone.remote", `${B}:remote`, "org.acme.phone"],
    ["an app that names no service", "TEAM.org.acme.phone", B, "org.acme.phone"],
  ])("goes to an iPhone with %s by the token and topic for alerts", (_, param, prid, topic) => {
    expect(quietly("apns", param, prid)).toEqual({ platform: "APNS", app: param, token: B, topic });
    expect(quietly("apns.dev", param, prid)).toEqual({
      platform: "APNS_SANDBOX",
      app: param,
      token: B,
      topic,
    });
  });

  test.each([
    ["VoIP only", "TEAM.org.acme.phone.voip", A],
    ["VoIP only, and says so", "TEAM.org.acme.phone.voip", `${A}:voip`],
    ["VoIP only, whatever its tokens", "TEAM.org.acme.phone.voip", `${A}:voip&${B}:remote`],
    ["both services, and one token for who knows which", "TEAM.org.acme.phone.voip&remote", A],
    ["both services, and the token of one", "TEAM.org.acme.phone.voip&remote", `${A}:voip`],
  ])("never goes to an iPhone with %s: iOS would end the app", (_, param, prid) => {
    expect(quietly("apns", param, prid)).toBeUndefined();
    expect(quietly("apns.dev", param, prid)).toBeUndefined();
  });
});

test.each([
  ["VoIP", "TEAM.org.acme.phone.voip", A],
  ["alerts", "TEAM.org.acme.phone.remote", B],
  ["both", "TEAM.org.acme.phone.voip&remote", `${A}:voip&${B}:remote`],
])("that its call is over is told to no iPhone, here with %s: it would ring once more", (_, param, prid) => {
  expect(destinationOf({ provider: "apns", param, prid }, "cancel")).toBeUndefined();
  expect(destinationOf({ provider: "apns.dev", param, prid }, "cancel")).toBeUndefined();
});

test("whatever a phone registers, VoIP pushes are for calls alone", () => {
  const services = fc.constantFrom("", ".voip", ".remote", ".voip&remote", ".remote&voip", ".voip&voip");
  const tokens = fc.constantFrom(
    A,
    `${A}:voip`,
    `${B}:remote`,
    `${A}:voip&${B}:remote`,
    `${B}:remote&${A}`,
    "",
  );
  fc.assert(
    fc.property(fc.constantFrom("apns", "apns.dev"), services, tokens, (provider, service, prid) => {
      const target = { provider, param: `TEAM.org.acme${service}`, prid };
      const platforms = KINDS.map((kind) => destinationOf(target, kind)?.platform ?? "");
      expect(platforms.map((platform) => platform.startsWith("APNS_VOIP"))).toEqual([
        service.includes("voip"),
        ...[false, false, false, false],
      ]);
    }),
  );
});

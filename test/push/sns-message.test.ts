import { describe, expect, test } from "vitest";
import type { Destination, Platform } from "../../functions/push/destination.ts";
import type { PhonePush } from "../../functions/push/phone-push.ts";
import { snsMessage } from "../../functions/push/sns-message.ts";
import { DATA, NOW, PUSHES, RABBITS } from "./a-push.ts";

const ALL = Object.values(PUSHES);
const TTL = { call: "25", cancel: "20", message: "3600", dialog: "30", refresh: "150" };

function destination(platform: Platform, topic?: string): Destination {
  return { platform, app: "TEAM.org.acme", token: "TOKEN", topic };
}

/** The payload that the platform gets: JSON in JSON, as SNS takes it. */
function payload(message: string): unknown {
  const outer: Record<string, string> = JSON.parse(message);
  return Object.fromEntries(Object.entries(outer).map(([platform, inner]) => [platform, JSON.parse(inner)]));
}

describe.each([
  ["production", ""],
  ["Apple's sandbox", "_SANDBOX"],
] as const)("in %s", (_, suffix) => {
  test("a VoIP push is bare data, type voip, at once, with the topic of its bundle", () => {
    const { message, attributes } = snsMessage(
      destination(`APNS_VOIP${suffix}`, "org.acme.voip"),
      PUSHES.call,
      NOW,
    );
    expect(payload(message)).toEqual({ [`APNS_VOIP${suffix}`]: { aps: {}, ...DATA.call } });
    expect(attributes).toEqual({
      [`AWS.SNS.MOBILE.APNS_VOIP${suffix}.TTL`]: "25",
      "AWS.SNS.MOBILE.APNS.PUSH_TYPE": "voip",
      "AWS.SNS.MOBILE.APNS.PRIORITY": "10",
      "AWS.SNS.MOBILE.APNS.TOPIC": "org.acme.voip",
    });
  });

  test.each([
    [PUSHES.call, "Incoming call"],
    [PUSHES.message, "New message"],
  ] as const)("a $kind is an alert that can be read by itself: from whom, and what", (push, body) => {
    const { message, attributes } = snsMessage(destination(`APNS${suffix}`, "org.acme"), push, NOW);
    const aps = { alert: { title: "Alice", body }, sound: "default" };
    expect(payload(message)).toEqual({ [`APNS${suffix}`]: { aps, ...DATA[push.kind] } });
    expect(attributes).toEqual({
      [`AWS.SNS.MOBILE.APNS${suffix}.TTL`]: TTL[push.kind],
      "AWS.SNS.MOBILE.APNS.PUSH_TYPE": "alert",
      "AWS.SNS.MOBILE.APNS.PRIORITY": "10",
      "AWS.SNS.MOBILE.APNS.TOPIC": "org.acme",
    });
  });

  test.each([PUSHES.dialog, PUSHES.refresh])(
    "a $kind wakes the app in the background and shows nothing, without hurry",
    (push) => {
      const { message, attributes } = snsMessage(destination(`APNS${suffix}`, "org.acme"), push, NOW);
      expect(payload(message)).toEqual({
        [`APNS${suffix}`]: { aps: { "content-available": 1 }, ...DATA[push.kind] },
      });
      expect(attributes).toEqual({
        [`AWS.SNS.MOBILE.APNS${suffix}.TTL`]: TTL[push.kind],
        "AWS.SNS.MOBILE.APNS.PUSH_TYPE": "background",
        "AWS.SNS.MOBILE.APNS.PRIORITY": "5",
        "AWS.SNS.MOBILE.APNS.TOPIC": "org.acme",
      });
    },
  );
});

test.each([
  [PUSHES.call, "high"],
  [PUSHES.cancel, "high"],
  [PUSHES.message, "high"],
  [PUSHES.dialog, "high"],
  // Urgent ones that show nothing cost an app its calls.
  [PUSHES.refresh, "normal"],
] as const)(
  "Android gets a $kind as a data message in the wrapper that SNS has for FCM v1",
  (push, priority) => {
    const { message, attributes } = snsMessage(destination("GCM"), push, NOW);
    const ttl = TTL[push.kind];
    expect(payload(message)).toEqual({
      GCM: { fcmV1Message: { message: { data: DATA[push.kind], android: { priority, ttl: `${ttl}s` } } } },
    });
    expect(attributes).toEqual({ "AWS.SNS.MOBILE.GCM.TTL": ttl });
  },
);

test.each([PUSHES.call, PUSHES.message])("a $kind from somebody without a name shows the address", (push) => {
  const { message } = snsMessage(destination("APNS", "org.acme"), { ...push, name: "" }, NOW);
  expect(payload(message)).toMatchObject({ APNS: { aps: { alert: { title: "sip:alice@example.com" } } } });
});

describe.each(ALL)("a push for a $kind", (push) => {
  const platforms: readonly Platform[] =
    push.kind === "call" ? ["APNS_VOIP", "APNS", "GCM"] : ["APNS", "GCM"];

  test.each([
    ["as long as what it is for", 25_000, "25"],
    ["a second begun as a second", 24_001, "25"],
    ["at least the 15 s below which SNS drops a VoIP push", 14_000, "15"],
    ["at least that even when time is up", -5_000, "15"],
    ["at most the four weeks that FCM allows", 30 * 86_400_000, "2419200"],
  ])("lives %s", (_, left, ttl) => {
    for (const platform of platforms) {
      const { message, attributes } = snsMessage(
        destination(platform),
        { ...push, expiresAt: NOW + left },
        NOW,
      );
      expect(attributes[`AWS.SNS.MOBILE.${platform}.TTL`]).toBe(ttl);
      if (platform === "GCM") expect(message).toContain(`\\"ttl\\":\\"${ttl}s\\"`);
    }
  });

  test("fits in 4 KB, whatever strangers call themselves", () => {
    const wide = RABBITS.find(({ kind }) => kind === push.kind) as PhonePush;
    for (const platform of platforms) {
      const outer: Record<string, string> = JSON.parse(snsMessage(destination(platform), wide, NOW).message);
      expect(outer[platform]).toContain("🐇");
      expect(Buffer.byteLength(outer[platform] ?? "")).toBeLessThanOrEqual(4_096);
    }
  });
});

test("quotes in a name stay in the name", () => {
  const name = '"},"aps":{"alert":"';
  const { message } = snsMessage(destination("APNS_VOIP"), { ...PUSHES.call, name }, NOW);
  expect(payload(message)).toEqual({ APNS_VOIP: { aps: {}, ...DATA.call, name } });
});

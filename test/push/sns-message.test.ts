import { describe, expect, test } from "vitest";
import { type CallPush, pushData } from "../../functions/push/call-push.ts";
import type { Destination, Platform, QuietPlatform } from "../../functions/push/destination.ts";
import type { RefreshPush } from "../../functions/push/refresh-push.ts";
import { callMessage, refreshMessage } from "../../functions/push/sns-message.ts";

const NOW = Date.UTC(2026, 10, 23, 9);
const CALL: CallPush = {
  callId: "call-1",
  from: "sip:alice@example.com",
  name: "Alice",
  to: "sip:bob@example.com",
  expiresAt: NOW + 25_000,
};
const DATA = {
  v: "1",
  kind: "call",
  callId: "call-1",
  uuid: pushData(CALL).uuid,
  from: "sip:alice@example.com",
  name: "Alice",
  to: "sip:bob@example.com",
  expires: "2026-11-23T09:00:25.000Z",
};

const REFRESH: RefreshPush = { to: "sip:bob@example.com", expiresAt: NOW + 150_000 };
const REFRESH_DATA = {
  v: "1",
  kind: "refresh",
  to: "sip:bob@example.com",
  expires: "2026-11-23T09:02:30.000Z",
};

function destination<On extends Platform>(platform: On, topic?: string): Destination<On> {
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
    const { message, attributes } = callMessage(
      destination(`APNS_VOIP${suffix}`, "org.acme.voip"),
      CALL,
      NOW,
    );
    expect(payload(message)).toEqual({ [`APNS_VOIP${suffix}`]: { aps: {}, ...DATA } });
    expect(attributes).toEqual({
      [`AWS.SNS.MOBILE.APNS_VOIP${suffix}.TTL`]: "25",
      "AWS.SNS.MOBILE.APNS.PUSH_TYPE": "voip",
      "AWS.SNS.MOBILE.APNS.PRIORITY": "10",
      "AWS.SNS.MOBILE.APNS.TOPIC": "org.acme.voip",
    });
  });

  test("an alert can be read by itself: who calls, and that it rings", () => {
    const { message, attributes } = callMessage(destination(`APNS${suffix}`, "org.acme"), CALL, NOW);
    const aps = { alert: { title: "Alice", body: "Incoming call" }, sound: "default" };
    expect(payload(message)).toEqual({ [`APNS${suffix}`]: { aps, ...DATA } });
    expect(attributes).toEqual({
      [`AWS.SNS.MOBILE.APNS${suffix}.TTL`]: "25",
      "AWS.SNS.MOBILE.APNS.PUSH_TYPE": "alert",
      "AWS.SNS.MOBILE.APNS.PRIORITY": "10",
      "AWS.SNS.MOBILE.APNS.TOPIC": "org.acme",
    });
  });

  test("a push for a refresh wakes the app in the background and shows nothing, without hurry", () => {
    const { message, attributes } = refreshMessage(destination(`APNS${suffix}`, "org.acme"), REFRESH, NOW);
    expect(payload(message)).toEqual({
      [`APNS${suffix}`]: { aps: { "content-available": 1 }, ...REFRESH_DATA },
    });
    expect(attributes).toEqual({
      [`AWS.SNS.MOBILE.APNS${suffix}.TTL`]: "150",
      "AWS.SNS.MOBILE.APNS.PUSH_TYPE": "background",
      "AWS.SNS.MOBILE.APNS.PRIORITY": "5",
      "AWS.SNS.MOBILE.APNS.TOPIC": "org.acme",
    });
  });
});

test("Android gets a high-priority data message in the wrapper that SNS has for FCM v1", () => {
  const { message, attributes } = callMessage(destination("GCM"), CALL, NOW);
  expect(payload(message)).toEqual({
    GCM: { fcmV1Message: { message: { data: DATA, android: { priority: "high", ttl: "25s" } } } },
  });
  expect(attributes).toEqual({ "AWS.SNS.MOBILE.GCM.TTL": "25" });
});

test("Android gets a refresh as a data message of normal priority: urgent ones that show nothing cost an app its calls", () => {
  const { message, attributes } = refreshMessage(destination("GCM"), REFRESH, NOW);
  expect(payload(message)).toEqual({
    GCM: { fcmV1Message: { message: { data: REFRESH_DATA, android: { priority: "normal", ttl: "150s" } } } },
  });
  expect(attributes).toEqual({ "AWS.SNS.MOBILE.GCM.TTL": "150" });
});

test("a caller without a name is shown by its address", () => {
  const { message } = callMessage(destination("APNS", "org.acme"), { ...CALL, name: "" }, NOW);
  expect(payload(message)).toMatchObject({ APNS: { aps: { alert: { title: "sip:alice@example.com" } } } });
});

test.each([
  ["as long as the call waits", 25_000, "25"],
  ["a second begun is a second", 24_001, "25"],
  ["at least the 15 s below which SNS drops a VoIP push", 14_000, "15"],
  ["at least that even when time is up", -5_000, "15"],
])("a push lives %s", (_, left, ttl) => {
  const call = { ...CALL, expiresAt: NOW + left };
  expect(callMessage(destination("APNS_VOIP"), call, NOW).attributes["AWS.SNS.MOBILE.APNS_VOIP.TTL"]).toBe(
    ttl,
  );
  expect(callMessage(destination("GCM"), call, NOW).message).toContain(`\\"ttl\\":\\"${ttl}s\\"`);
});

test.each([
  ["as long as the registration", 150_000, "150"],
  ["a second begun is a second", 149_001, "150"],
  ["at least 15 s, which SNS may spend itself", -5_000, "15"],
  ["at most the four weeks that FCM allows", 30 * 86_400_000, "2419200"],
])("a push for a refresh lives %s", (_, left, ttl) => {
  const refresh = { ...REFRESH, expiresAt: NOW + left };
  expect(refreshMessage(destination("APNS"), refresh, NOW).attributes["AWS.SNS.MOBILE.APNS.TTL"]).toBe(ttl);
  expect(refreshMessage(destination("GCM"), refresh, NOW).attributes["AWS.SNS.MOBILE.GCM.TTL"]).toBe(ttl);
  expect(refreshMessage(destination("GCM"), refresh, NOW).message).toContain(`\\"ttl\\":\\"${ttl}s\\"`);
});

test.each<QuietPlatform>(["APNS", "GCM"])(
  "a push for a refresh to %s fits in 4 KB, whoever it is for",
  (platform) => {
    const refresh = { ...REFRESH, to: "🐇".repeat(5_000) };
    const outer: Record<string, string> = JSON.parse(
      refreshMessage(destination(platform), refresh, NOW).message,
    );
    expect(Buffer.byteLength(outer[platform] ?? "")).toBeLessThanOrEqual(4_096);
  },
);

test.each<Platform>(["APNS_VOIP", "APNS", "GCM"])(
  "a push to %s fits in 4 KB, whatever the caller calls itself",
  (platform) => {
    const emoji = "🐇".repeat(5_000);
    const call = { ...CALL, callId: emoji, from: emoji, to: emoji, name: emoji };
    const outer: Record<string, string> = JSON.parse(callMessage(destination(platform), call, NOW).message);
    expect(Buffer.byteLength(outer[platform] ?? "")).toBeLessThanOrEqual(4_096);
  },
);

test("quotes in a name stay in the name", () => {
  const name = '"},"aps":{"alert":"';
  const { message } = callMessage(destination("APNS_VOIP"), { ...CALL, name }, NOW);
  expect(payload(message)).toEqual({ APNS_VOIP: { aps: {}, ...DATA, name } });
});

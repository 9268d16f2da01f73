import { describe, expect, test } from "vitest";
import { type CallPush, pushData } from "../../functions/push/call-push.ts";
import type { Destination, Platform } from "../../functions/push/destination.ts";
import { snsMessage } from "../../functions/push/sns-message.ts";

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
    const { message, attributes } = snsMessage(destination(`APNS_VOIP${suffix}`, "org.acme.voip"), CALL, NOW);
    expect(payload(message)).toEqual({ [`APNS_VOIP${suffix}`]: { aps: {}, ...DATA } });
    expect(attributes).toEqual({
      [`AWS.SNS.MOBILE.APNS_VOIP${suffix}.TTL`]: "25",
      "AWS.SNS.MOBILE.APNS.PUSH_TYPE": "voip",
      "AWS.SNS.MOBILE.APNS.PRIORITY": "10",
      "AWS.SNS.MOBILE.APNS.TOPIC": "org.acme.voip",
    });
  });

  test("an alert can be read by itself: who calls, and that it rings", () => {
    const { message, attributes } = snsMessage(destination(`APNS${suffix}`, "org.acme"), CALL, NOW);
    const aps = { alert: { title: "Alice", body: "Incoming call" }, sound: "default" };
    expect(payload(message)).toEqual({ [`APNS${suffix}`]: { aps, ...DATA } });
    expect(attributes).toEqual({
      [`AWS.SNS.MOBILE.APNS${suffix}.TTL`]: "25",
      "AWS.SNS.MOBILE.APNS.PUSH_TYPE": "alert",
      "AWS.SNS.MOBILE.APNS.PRIORITY": "10",
      "AWS.SNS.MOBILE.APNS.TOPIC": "org.acme",
    });
  });
});

test("Android gets a high-priority data message in the wrapper that SNS has for FCM v1", () => {
  const { message, attributes } = snsMessage(destination("GCM"), CALL, NOW);
  expect(payload(message)).toEqual({
    GCM: { fcmV1Message: { message: { data: DATA, android: { priority: "high", ttl: "25s" } } } },
  });
  expect(attributes).toEqual({ "AWS.SNS.MOBILE.GCM.TTL": "25" });
});

test("a caller without a name is shown by its address", () => {
  const { message } = snsMessage(destination("APNS", "org.acme"), { ...CALL, name: "" }, NOW);
  expect(payload(message)).toMatchObject({ APNS: { aps: { alert: { title: "sip:alice@example.com" } } } });
});

test.each([
  ["as long as the call waits", 25_000, "25"],
  ["a second begun is a second", 24_001, "25"],
  ["at least the 15 s below which SNS drops a VoIP push", 14_000, "15"],
  ["at least that even when time is up", -5_000, "15"],
])("a push lives %s", (_, left, ttl) => {
  const call = { ...CALL, expiresAt: NOW + left };
  expect(snsMessage(destination("APNS_VOIP"), call, NOW).attributes["AWS.SNS.MOBILE.APNS_VOIP.TTL"]).toBe(
    ttl,
  );
  expect(snsMessage(destination("GCM"), call, NOW).message).toContain(`\\"ttl\\":\\"${ttl}s\\"`);
});

test.each<Platform>(["APNS_VOIP", "APNS", "GCM"])(
  "a push to %s fits in 4 KB, whatever the caller calls itself",
  (platform) => {
    const emoji = "🐇".repeat(5_000);
    const call = { ...CALL, callId: emoji, from: emoji, to: emoji, name: emoji };
    const outer: Record<string, string> = JSON.parse(snsMessage(destination(platform), call, NOW).message);
    expect(Buffer.byteLength(outer[platform] ?? "")).toBeLessThanOrEqual(4_096);
  },
);

test("quotes in a name stay in the name", () => {
  const name = '"},"aps":{"alert":"';
  const { message } = snsMessage(destination("APNS_VOIP"), { ...CALL, name }, NOW);
  expect(payload(message)).toEqual({ APNS_VOIP: { aps: {}, ...DATA, name } });
});

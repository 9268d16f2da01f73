import { describe, expect, test } from "vitest";
import { appleMessage } from "../../functions/push/apns-message.ts";
import type { Destination, Platform } from "../../functions/push/destination.ts";
import { snsMessage } from "../../functions/push/sns-message.ts";
import { DATA, NOW, PUSHES } from "./a-push.ts";

function destination(platform: Platform, topic?: string): Destination {
  return { platform, app: "TEAM.org.acme", token: "TOKEN", topic };
}

/** The payload that the platform gets: JSON in JSON, as SNS takes it. */
function payload(message: string): unknown {
  const outer: Record<string, string> = JSON.parse(message);
  return Object.fromEntries(Object.entries(outer).map(([platform, inner]) => [platform, JSON.parse(inner)]));
}

test("what Apple's services are told beside the payload goes into attributes", () => {
  const to = destination("APNS_VOIP_SANDBOX", "org.acme.voip");
  const { message, attributes } = snsMessage(to, PUSHES.call, NOW);
  expect(payload(message)).toEqual({ APNS_VOIP_SANDBOX: appleMessage(to, PUSHES.call, NOW).payload });
  expect(attributes).toStrictEqual({
    "AWS.SNS.MOBILE.APNS_VOIP_SANDBOX.TTL": "25",
    "AWS.SNS.MOBILE.APNS.PUSH_TYPE": "voip",
    "AWS.SNS.MOBILE.APNS.PRIORITY": "10",
    "AWS.SNS.MOBILE.APNS.TOPIC": "org.acme.voip",
    "AWS.SNS.MOBILE.APNS.COLLAPSE_ID": DATA.call.uuid,
  });
});

test("an attribute that says nothing is left out: SNS refuses an empty one", () => {
  const { attributes } = snsMessage(destination("APNS"), PUSHES.message, NOW);
  expect(Object.keys(attributes)).toEqual([
    "AWS.SNS.MOBILE.APNS.TTL",
    "AWS.SNS.MOBILE.APNS.PUSH_TYPE",
    "AWS.SNS.MOBILE.APNS.PRIORITY",
  ]);
});

test("what FCM is told goes into SNS's wrapper for FCM v1", () => {
  const { message, attributes } = snsMessage(destination("GCM"), PUSHES.refresh, NOW);
  const android = { priority: "normal", ttl: "150s", collapse_key: "refresh" };
  expect(payload(message)).toEqual({ GCM: { fcmV1Message: { message: { data: DATA.refresh, android } } } });
  expect(attributes).toStrictEqual({ "AWS.SNS.MOBILE.GCM.TTL": "150" });
});

describe.each(Object.values(PUSHES))("a push for a $kind", (push) => {
  const platforms: readonly Platform[] =
    push.kind === "call" ? ["APNS_VOIP", "APNS_VOIP_SANDBOX", "APNS", "GCM"] : ["APNS", "GCM"];

  test.each([
    ["as long as what it is for", 25_000, "25"],
    ["no second longer than that", 24_999, "24"],
    ["at least the 15 s below which SNS drops a VoIP push", 14_999, "15"],
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
});

test("quotes in a name stay in the name", () => {
  const name = '"},"aps":{"alert":"';
  const { message } = snsMessage(destination("APNS_VOIP"), { ...PUSHES.call, name }, NOW);
  expect(payload(message)).toEqual({ APNS_VOIP: { aps: {}, ...DATA.call, name } });
});

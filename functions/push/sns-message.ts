import { type CallPush, pushData } from "./call-push.ts";
import type { Destination, Platform, QuietPlatform } from "./destination.ts";
import { type RefreshPush, refreshData } from "./refresh-push.ts";

/** What SNS's Publish takes: a message per platform as JSON in JSON, and attributes for the services. */
export interface SnsMessage {
  readonly message: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** SNS drops a VoIP push with a shorter life than this, and subtracts what it spends itself. In seconds. */
const MIN_TTL = 15;
/** Four weeks: FCM takes no longer life, and SNS gives none to a push that does not say. In seconds. */
const MAX_TTL = 28 * 86_400;

/**
 * The push for a call. Its life ends with the call's: SNS and the services try for hours, and a phone that rings an
 * hour late is worse than one that does not. `now` is in ms since 1970.
 */
export function callMessage(destination: Destination, call: CallPush, now: number): SnsMessage {
  const { platform } = destination;
  const ttl = secondsUntil(call.expiresAt, now);
  const data = pushData(call);
  switch (platform) {
    case "GCM":
      return firebaseMessage(data, "high", ttl);
    case "APNS_VOIP":
    case "APNS_VOIP_SANDBOX":
      return appleMessage(destination, { aps: {}, ...data }, "voip", ttl);
    case "APNS":
    case "APNS_SANDBOX": {
      const aps = { alert: { title: data.name || data.from, body: "Incoming call" }, sound: "default" };
      return appleMessage(destination, { aps, ...data }, "alert", ttl);
    }
  }
}

/**
 * The push for a registration that is about to end, which nobody sees or hears. It is not urgent: Apple refuses a background
 * push that says it is, and FCM holds back the later pushes, calls included, of an app that shows nothing for urgent ones.
 * Its life ends with the registration's. `now` is in ms since 1970.
 */
export function refreshMessage(
  destination: Destination<QuietPlatform>,
  refresh: RefreshPush,
  now: number,
): SnsMessage {
  const { platform } = destination;
  const ttl = secondsUntil(refresh.expiresAt, now);
  const data = refreshData(refresh);
  switch (platform) {
    case "GCM":
      return firebaseMessage(data, "normal", ttl);
    case "APNS":
    case "APNS_SANDBOX":
      return appleMessage(destination, { aps: { "content-available": 1 }, ...data }, "background", ttl);
  }
}

function secondsUntil(end: number, now: number): string {
  return String(Math.min(MAX_TTL, Math.max(MIN_TTL, Math.ceil((end - now) / 1000))));
}

function firebaseMessage(data: object, priority: "high" | "normal", ttl: string): SnsMessage {
  const message = { data, android: { priority, ttl: `${ttl}s` } };
  return envelope("GCM", { fcmV1Message: { message } }, ttl, {});
}

function appleMessage(
  { platform, topic }: Destination,
  payload: object,
  pushType: "voip" | "alert" | "background",
  ttl: string,
): SnsMessage {
  return envelope(platform, payload, ttl, {
    "AWS.SNS.MOBILE.APNS.PUSH_TYPE": pushType,
    "AWS.SNS.MOBILE.APNS.PRIORITY": pushType === "background" ? "5" : "10",
    ...(topic === undefined ? {} : { "AWS.SNS.MOBILE.APNS.TOPIC": topic }),
  });
}

function envelope(
  platform: Platform,
  payload: object,
  ttl: string,
  attributes: Readonly<Record<string, string>>,
): SnsMessage {
  return {
    message: JSON.stringify({ [platform]: JSON.stringify(payload) }),
    attributes: { [`AWS.SNS.MOBILE.${platform}.TTL`]: ttl, ...attributes },
  };
}

import { cut, MAX_ID, MAX_NAME } from "./cut.ts";
import type { Destination, Platform } from "./destination.ts";
import type { CallPush, MessagePush, PhonePush } from "./phone-push.ts";
import { type PushData, pushData } from "./push-data.ts";

/** What SNS's Publish takes: a message per platform as JSON in JSON, and attributes for the services. */
export interface SnsMessage {
  readonly message: string;
  readonly attributes: Readonly<Record<string, string>>;
}

interface Alert {
  readonly title: string;
  readonly body: string;
}

/** SNS drops a VoIP push with a shorter life than this, and subtracts what it spends itself. In seconds. */
const MIN_TTL = 15;
/** Four weeks: FCM takes no longer life, and SNS gives none to a push that does not say. In seconds. */
const MAX_TTL = 28 * 86_400;

/**
 * A push for where `destinationOf` sends its kind. Its life ends with what it is for: SNS and the services try for hours, and
 * a phone that rings an hour late is worse than one that does not. `now` is in ms since 1970.
 */
export function snsMessage(destination: Destination, push: PhonePush, now: number): SnsMessage {
  const ttl = secondsUntil(push.expiresAt, now);
  const data = pushData(push);
  switch (destination.platform) {
    case "GCM":
      // FCM holds back the later pushes, calls included, of an app that shows nothing for urgent ones.
      return firebaseMessage(data, push.kind === "refresh" ? "normal" : "high", ttl);
    case "APNS_VOIP":
    case "APNS_VOIP_SANDBOX":
      return appleMessage(destination, { aps: {}, ...data }, "voip", ttl);
    case "APNS":
    case "APNS_SANDBOX": {
      const alert = alertOf(push);
      if (alert === undefined)
        return appleMessage(destination, { aps: { "content-available": 1 }, ...data }, "background", ttl);
      return appleMessage(destination, { aps: { alert, sound: "default" }, ...data }, "alert", ttl);
    }
  }
}

/** What people read on an iPhone's screen; undefined for what they are neither to see nor to hear. */
function alertOf(push: PhonePush): Alert | undefined {
  switch (push.kind) {
    case "call":
      return { title: titleOf(push), body: "Incoming call" };
    case "message":
      return { title: titleOf(push), body: "New message" };
    case "cancel":
    case "dialog":
    case "refresh":
      return undefined;
  }
}

function titleOf({ name, from }: CallPush | MessagePush): string {
  return cut(name, MAX_NAME) || cut(from, MAX_ID);
}

function secondsUntil(end: number, now: number): string {
  return String(Math.min(MAX_TTL, Math.max(MIN_TTL, Math.ceil((end - now) / 1000))));
}

function firebaseMessage(data: PushData, priority: "high" | "normal", ttl: string): SnsMessage {
  const message = { data, android: { priority, ttl: `${ttl}s` } };
  return envelope("GCM", { fcmV1Message: { message } }, ttl, {});
}

/** Apple refuses a background push that says it is urgent. */
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

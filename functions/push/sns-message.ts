import { appleMessage } from "./apns-message.ts";
import type { Destination, Platform } from "./destination.ts";
import { firebaseMessage } from "./fcm-message.ts";
import { lifeUntil } from "./life.ts";
import type { PhonePush } from "./phone-push.ts";

/** What SNS's Publish takes: a message per platform as JSON in JSON, and attributes for the services. */
export interface SnsMessage {
  readonly message: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** SNS drops a VoIP push with a shorter life, and takes what it spends itself off any push's. In ms. */
const MIN_LIFE = 15_000;

/**
 * A push for where `destinationOf` sends its kind. Its life ends with what it is for: SNS and the services try for hours, and
 * a phone that rings an hour late is worse than one that does not. `now` is in ms since 1970.
 */
export function snsMessage(destination: Destination, push: PhonePush, now: number): SnsMessage {
  const { platform } = destination;
  const began = Math.min(now, push.expiresAt - MIN_LIFE);
  if (platform === "GCM") {
    const message = firebaseMessage(push, began);
    return envelope(platform, { fcmV1Message: { message } }, lifeUntil(push.expiresAt, began), {});
  }
  const { payload, pushType, priority, topic, collapseId, ttl } = appleMessage(destination, push, began);
  return envelope(platform, payload, ttl, {
    "AWS.SNS.MOBILE.APNS.PUSH_TYPE": pushType,
    "AWS.SNS.MOBILE.APNS.PRIORITY": String(priority),
    ...(topic === undefined ? {} : { "AWS.SNS.MOBILE.APNS.TOPIC": topic }),
    ...(collapseId === undefined ? {} : { "AWS.SNS.MOBILE.APNS.COLLAPSE_ID": collapseId }),
  });
}

function envelope(
  platform: Platform,
  payload: object,
  ttl: number,
  attributes: Readonly<Record<string, string>>,
): SnsMessage {
  return {
    message: JSON.stringify({ [platform]: JSON.stringify(payload) }),
    attributes: { [`AWS.SNS.MOBILE.${platform}.TTL`]: String(ttl), ...attributes },
  };
}

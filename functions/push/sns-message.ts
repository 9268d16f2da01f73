import { type CallPush, pushData } from "./call-push.ts";
import type { Destination } from "./destination.ts";

/** What SNS's Publish takes: a message per platform as JSON in JSON, and attributes for the services. */
export interface SnsMessage {
  readonly message: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** SNS drops a VoIP push with a shorter life than this, and subtracts what it spends itself. In seconds. */
const MIN_TTL = 15;

/**
 * The push for a call. Its life ends with the call's: SNS and the services try for hours, and a phone that rings an
 * hour late is worse than one that does not. `now` is in ms since 1970.
 */
export function snsMessage(destination: Destination, call: CallPush, now: number): SnsMessage {
  const { platform, topic } = destination;
  const ttl = String(Math.max(MIN_TTL, Math.ceil((call.expiresAt - now) / 1000)));
  const data = pushData(call);
  const lifetime = { [`AWS.SNS.MOBILE.${platform}.TTL`]: ttl };
  switch (platform) {
    case "GCM": {
      const message = { data, android: { priority: "high", ttl: `${ttl}s` } };
      return envelope(platform, { fcmV1Message: { message } }, lifetime);
    }
    case "APNS_VOIP":
    case "APNS_VOIP_SANDBOX":
      return envelope(platform, { aps: {}, ...data }, { ...lifetime, ...appleAttributes("voip", topic) });
    case "APNS":
    case "APNS_SANDBOX": {
      const aps = { alert: { title: data.name || data.from, body: "Incoming call" }, sound: "default" };
      return envelope(platform, { aps, ...data }, { ...lifetime, ...appleAttributes("alert", topic) });
    }
  }
}

function appleAttributes(pushType: string, topic: string | undefined): Record<string, string> {
  return {
    "AWS.SNS.MOBILE.APNS.PUSH_TYPE": pushType,
    "AWS.SNS.MOBILE.APNS.PRIORITY": "10",
    ...(topic === undefined ? {} : { "AWS.SNS.MOBILE.APNS.TOPIC": topic }),
  };
}

function envelope(platform: string, payload: object, attributes: Record<string, string>): SnsMessage {
  return { message: JSON.stringify({ [platform]: JSON.stringify(payload) }), attributes };
}

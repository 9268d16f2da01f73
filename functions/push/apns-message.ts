import type { Destination } from "./destination.ts";
import { lifeUntil } from "./life.ts";
import type { PhonePush } from "./phone-push.ts";
import { type PushData, pushData } from "./push-data.ts";

/** A push as APNs takes it: what the app gets, and what goes into the headers `apns-…` or SNS's attributes of that name. */
interface AppleMessage {
  /** As JSON at most 5,120 octets for VoIP, 4,096 else. */
  readonly payload: object;
  readonly pushType: "voip" | "alert" | "background";
  readonly priority: 5 | 10;
  /** What Apple calls the app. */
  readonly topic: string | undefined;
  /** At most 64 octets: of those with the same, a device that was out of reach gets the last. */
  readonly collapseId: string | undefined;
  /** How long Apple may try, in seconds; 0: once. */
  readonly ttl: number;
}

interface Alert {
  readonly title: string;
  readonly body: string;
}

/** A push for where `destinationOf` sends its kind, an Apple one, as of `now` (ms since 1970). */
export function appleMessage({ platform, topic }: Destination, push: PhonePush, now: number): AppleMessage {
  const data = pushData(push);
  const collapseId = collapseIdOf(push, data);
  const ttl = lifeUntil(push.expiresAt, now);
  if (platform === "APNS_VOIP" || platform === "APNS_VOIP_SANDBOX")
    return { payload: { aps: {}, ...data }, pushType: "voip", priority: 10, topic, collapseId, ttl };
  const alert = alertOf(push, data);
  if (alert !== undefined) {
    const payload = { aps: { alert, sound: "default" }, ...data };
    return { payload, pushType: "alert", priority: 10, topic, collapseId, ttl };
  }
  const payload = { aps: { "content-available": 1 }, ...data };
  // Apple refuses a background push that says it is urgent.
  return { payload, pushType: "background", priority: 5, topic, collapseId, ttl };
}

/** What people read on an iPhone's screen; undefined for what they are neither to see nor to hear. */
function alertOf(push: PhonePush, { name, fromUri }: PushData): Alert | undefined {
  const title = name || fromUri || "";
  switch (push.kind) {
    case "call":
      return { title, body: "Incoming call" };
    case "message":
      return { title, body: "New message" };
    case "cancel":
    case "dialog":
    case "refresh":
      return undefined;
  }
}

/** A MESSAGE has none: those of one conversation may share a Call-ID (RFC 3428), and none may hide another. */
function collapseIdOf({ kind }: PhonePush, { uuid }: PushData): string | undefined {
  if (kind === "refresh") return kind;
  return kind === "call" ? uuid : undefined;
}

import { isOfCall } from "./is-of-call.ts";
import { lifeUntil } from "./life.ts";
import type { PhonePush } from "./phone-push.ts";
import { type PushData, pushData } from "./push-data.ts";

/** A push as a browser's push service takes it (RFC 8030 §5). */
interface WebPushMessage {
  /** JSON, to be encrypted: at most 3,993 octets (RFC 8291 §4). */
  readonly text: string;
  /** In seconds; 0: now or never. */
  readonly ttl: number;
  readonly urgency: "high" | "normal";
  /** At most 32 characters of base64url: the service replaces what it still holds of the same topic (§5.4). */
  readonly topic: string | undefined;
}

/** A push as of `now` (ms since 1970). Never of low urgency, which waits for Wi-Fi or a charger (§5.3). */
export function webPushMessage(push: PhonePush, now: number): WebPushMessage {
  const data = pushData(push);
  return {
    text: JSON.stringify(data),
    ttl: lifeUntil(push.expiresAt, now),
    urgency: isOfCall(push) ? "high" : "normal",
    topic: topicOf(push, data),
  };
}

/** The end of a call takes the place of its beginning: a browser that was out of reach hears of the end alone. */
function topicOf({ kind }: PhonePush, { uuid }: PushData): string | undefined {
  if (kind === "refresh") return kind;
  return kind === "call" || kind === "cancel" ? uuid?.replaceAll("-", "") : undefined;
}

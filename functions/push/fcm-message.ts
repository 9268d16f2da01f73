import { isOfCall } from "./is-of-call.ts";
import { lifeUntil } from "./life.ts";
import type { PhonePush } from "./phone-push.ts";
import { type PushData, pushData } from "./push-data.ts";

/** FCM v1's `message`, but for the `token`: data only, so that the app decides what is shown. As JSON at most 4,096 octets. */
interface FirebaseMessage {
  readonly data: PushData;
  readonly android: {
    readonly priority: "high" | "normal";
    /** `25s`. */
    readonly ttl: string;
    /** Of those with the same, a device that was out of reach gets the last. */
    readonly collapse_key?: string;
  };
}

/** A push as FCM takes it, as of `now` (ms since 1970). */
export function firebaseMessage(push: PhonePush, now: number): FirebaseMessage {
  const priority = isOfCall(push) ? "high" : "normal";
  const android = { priority, ttl: `${lifeUntil(push.expiresAt, now)}s` } as const;
  const data = pushData(push);
  if (push.kind !== "refresh") return { data, android };
  // There alone: FCM slows down pushes that may be collapsed, and keeps four keys of a device.
  return { data, android: { ...android, collapse_key: push.kind } };
}

import type { PhonePush } from "./phone-push.ts";

/**
 * Whether a push is for a call that waits, is over or is on. Nothing else is urgent: services hold back the later pushes, calls
 * included, of an app that shows nothing for urgent ones. SUBSCRIBE and NOTIFY belong to a subscription (RFC 6665).
 */
export function isOfCall(push: PhonePush): boolean {
  switch (push.kind) {
    case "call":
    case "cancel":
      return true;
    case "dialog":
      return push.method !== "SUBSCRIBE" && push.method !== "NOTIFY";
    case "message":
    case "refresh":
      return false;
  }
}

import { uuidOf } from "./call-uuid.ts";
import { fitted } from "./fitted.ts";
import type { PhonePush } from "./phone-push.ts";
import { readable } from "./readable.ts";

/** The fields that a phone finds in its push, all of them strings, whatever the service. docs/push-payload.md says what they mean. */
export type PushData = Readonly<Record<string, string>>;

/** The version of the fields. */
const v = "1";

/**
 * The longest that each field may be, in octets of JSON: so much that real ones are whole, and so little that all of them
 * fit into any push, an alert that repeats one included.
 */
const MAX_ADDRESS = 512;
const MAX_CALL_ID = 512;
const MAX_NAME = 256;
const MAX_METHOD = 64;

/** The data of a push. Whatever strangers call themselves, it is of bounded size and whole letters. */
export function pushData(push: PhonePush): PushData {
  const { kind } = push;
  const to = address(push.to);
  const expires = new Date(push.expiresAt).toISOString();
  switch (push.kind) {
    case "call":
    case "message": {
      const { from, name } = push;
      // Not `from`, which FCM keeps for itself: it refuses the whole push (400).
      return {
        v,
        kind,
        ...call(push.callId),
        fromUri: address(from),
        name: readable(name, MAX_NAME),
        to,
        expires,
      };
    }
    case "cancel":
      return { v, kind, ...call(push.callId), to, reason: push.reason, expires };
    case "dialog":
      return { v, kind, method: fitted(push.method, MAX_METHOD), ...call(push.callId), to, expires };
    case "refresh":
      return { v, kind, to, expires };
  }
}

/** A Call-ID that is cut is still told apart: the UUID is of all of it. */
function call(callId: string): { readonly callId: string; readonly uuid: string } {
  return { callId: fitted(callId, MAX_CALL_ID), uuid: uuidOf(callId) };
}

/** As it came, if it is a URI (RFC 3261 §25.1): there is nothing in one that people may not read. */
function address(uri: string): string {
  return readable(uri, MAX_ADDRESS);
}

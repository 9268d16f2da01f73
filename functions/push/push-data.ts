import { uuidOf } from "./call-uuid.ts";
import { cut, MAX_ID, MAX_NAME } from "./cut.ts";
import type { PhonePush } from "./phone-push.ts";

/** The fields that a phone finds in its push, all of them strings, whatever the service. README names those of each kind. */
export type PushData = Readonly<Record<string, string>>;

/** The version of the fields. */
const v = "1";

/** The data of a push. Whatever strangers call themselves, it is of bounded size and whole characters. */
export function pushData(push: PhonePush): PushData {
  const { kind } = push;
  const to = id(push.to);
  const expires = new Date(push.expiresAt).toISOString();
  switch (push.kind) {
    case "call": {
      const { callId, from, name } = push;
      return {
        v,
        kind,
        callId: id(callId),
        uuid: uuidOf(callId),
        from: id(from),
        name: short(name),
        to,
        expires,
      };
    }
    case "cancel": {
      const { callId, reason } = push;
      return { v, kind, callId: id(callId), uuid: uuidOf(callId), to, reason, expires };
    }
    case "message": {
      const { callId, from, name } = push;
      return { v, kind, callId: id(callId), from: id(from), name: short(name), to, expires };
    }
    case "dialog": {
      const { method, callId } = push;
      return { v, kind, method: short(method), callId: id(callId), to, expires };
    }
    case "refresh":
      return { v, kind, to, expires };
  }
}

function id(text: string): string {
  return cut(text, MAX_ID);
}

function short(text: string): string {
  return cut(text, MAX_NAME);
}

import { jsonIn, member, text } from "./json.ts";
import type { Posted } from "./post.ts";
import type { Refusal } from "./refusal.ts";

const FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError";

/** What FCM's refusal says of the token (its reference: `rest/v1/ErrorCode`). */
export function fcmRefusal({ status, body }: Posted): Refusal {
  const error = member(jsonIn(body), "error");
  const details = listIn(error, "details");
  const ofFcm = details.find((detail) => text(detail, "@type") === FCM_ERROR);
  const code = text(ofFcm, "errorCode") || text(error, "status") || `status ${status}`;
  const said = text(error, "message");
  return { isDead: isDead(code, said, details), code, words: said === "" ? code : `${code}: ${said}` };
}

/**
 * An invalid argument may be the message as well as the token. Which one, FCM tells in one of two ways: it names the field, or
 * says so in English and nowhere else.
 */
function isDead(code: string, said: string, details: readonly unknown[]): boolean {
  if (code === "UNREGISTERED" || code === "SENDER_ID_MISMATCH") return true;
  if (code !== "INVALID_ARGUMENT") return false;
  const fields = details.flatMap((detail) => listIn(detail, "fieldViolations"));
  return fields.some((field) => text(field, "field") === "message.token") || /registration token/i.test(said);
}

function listIn(value: unknown, name: string): readonly unknown[] {
  const found = member(value, name);
  return Array.isArray(found) ? found : [];
}

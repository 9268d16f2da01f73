import { ECDH } from "node:crypto";
import type { PushTarget, WebPushKeys } from "../location/location.ts";
import { isAtHost, subscriptionUrl } from "../location/push-host.ts";
import type { Octets } from "../sip/octets.ts";
import { SipSyntaxError } from "../sip/syntax-error.ts";

/** What `pn-provider` calls RFC 8030 (RFC 8599 §12). */
export const WEB_PUSH = "webpush";

/** Octets of a point of P-256 that is not compressed, and of the secret that goes with it (RFC 8291 §3.1, §3.2). */
const POINT = 65;
const AUTH = 16;

const BASE64URL = /^[A-Za-z0-9_-]+$/;

/** A browser as it names itself in its Contact, unescaped; "" for what it does not name. */
interface Subscription {
  readonly prid: Octets;
  readonly p256dh: Octets;
  readonly auth: Octets;
}

/**
 * The target of web pushes. By RFC 8599 §12 that is the subscription's URL and nothing else; the keys that its pushes are
 * encrypted for come in parameters of ours, `pn-p256dh` and `pn-auth`. Throws `SipSyntaxError` that names the parameter.
 */
export function webPushTarget({ prid, p256dh, auth }: Subscription): PushTarget {
  if (subscriptionUrl(prid) === undefined) fail("pn-prid", "expected an https URL without a user");
  const target = { provider: WEB_PUSH, param: "", prid };
  if (p256dh === "" && auth === "") return target;
  const keys: WebPushKeys = { p256dh: key("pn-p256dh", p256dh, POINT), auth: key("pn-auth", auth, AUTH) };
  if (!isPoint(keys.p256dh)) fail("pn-p256dh", "expected an uncompressed point of P-256");
  return { ...target, keys };
}

/** Whether we may push to it: to a browser only at a push service on the list. */
export function isAllowed({ provider, prid }: PushTarget, webPushHosts: readonly string[]): boolean {
  if (provider !== WEB_PUSH) return true;
  const url = subscriptionUrl(prid);
  return url !== undefined && isAtHost(url, webPushHosts);
}

/** Base64url of so many octets; in one spelling, whichever it came in. */
function key(name: string, text: Octets, length: number): Octets {
  // As many as there may be; any number would be looked for again and again.
  const digits = text.replace(/={1,2}$/, "");
  const octets = Buffer.from(digits, "base64url");
  if (!BASE64URL.test(digits) || octets.length !== length)
    fail(name, `expected ${length} octets in base64url`);
  return octets.toString("base64url");
}

function isPoint(text: Octets): boolean {
  try {
    // What is compressed is shorter.
    ECDH.convertKey(Buffer.from(text, "base64url"), "prime256v1", undefined, undefined, "uncompressed");
    return true;
  } catch {
    return false;
  }
}

function fail(name: string, problem: string): never {
  throw new SipSyntaxError(`Contact ${name}`, 0, problem);
}

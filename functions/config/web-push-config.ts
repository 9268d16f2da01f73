import { publicKeyOf, type VapidKeys } from "./vapid-key.ts";

/** How browsers are pushed. */
export interface WebPushConfig {
  /** Undefined: made at the first start, and kept by the local stack. */
  readonly keys: VapidKeys | undefined;
  /** Where push services reach whoever runs this: a `mailto:` or `https:` URI (RFC 8292 §2.1). */
  readonly subject: string;
  /** The hosts that subscriptions may be at (`push-host.ts`). */
  readonly hosts: readonly string[];
}

/** What the variables say, as they stand; "" for one that is not set. */
interface WebPushVariables {
  readonly publicKey: string;
  readonly privateKey: string;
  readonly subject: string;
  readonly hosts: readonly string[];
}

const HOST = /^(?:(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(?::\d{1,5})?$/;
const HTTPS_PORT = /:443$/;

/** Tells what is wrong with them to `problem`. No private key is in what it tells. `domain` is the first of ours. */
export function webPushConfig(
  { publicKey, privateKey, subject, hosts }: WebPushVariables,
  domain: string,
  problem: (text: string) => void,
): WebPushConfig {
  if (privateKey === "" && publicKey !== "") problem("VAPID_PUBLIC_KEY needs VAPID_PRIVATE_KEY");
  const own = privateKey === "" ? undefined : publicKeyOf(privateKey);
  if (privateKey !== "" && own === undefined) {
    problem("VAPID_PRIVATE_KEY must be 32 octets of a P-256 key in base64url, without padding");
  } else if (publicKey !== "" && own !== undefined && publicKey !== own) {
    problem(`VAPID_PUBLIC_KEY must be the public key of VAPID_PRIVATE_KEY, ${own}`);
  }
  if (subject !== "" && !isReachable(subject)) {
    problem(`VAPID_SUBJECT must be a mailto: or https: URI of yours, not "${subject}"`);
  }
  if (hosts.length === 0) problem("WEB_PUSH_HOSTS must name a host");
  const lower = hosts.map((host) => host.toLowerCase().replace(HTTPS_PORT, ""));
  for (const host of lower.filter((name) => !HOST.test(name))) {
    problem(
      `WEB_PUSH_HOSTS must be host names, *.name for those below one, with a port if it is not 443, not "${host}"`,
    );
  }
  return {
    keys: own === undefined ? undefined : { publicKey: own, privateKey },
    subject: subject === "" ? `mailto:postmaster@${domain}` : subject,
    hosts: lower,
  };
}

/** Apple refuses every push that is signed by somebody at localhost. */
function isReachable(subject: string): boolean {
  const url = URL.canParse(subject) ? new URL(subject) : undefined;
  if (url?.protocol === "mailto:") return url.pathname.includes("@");
  return url?.protocol === "https:" && url.hostname !== "localhost";
}

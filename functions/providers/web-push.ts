import type { Dispatcher } from "undici";
import library from "web-push";
import type { PushTarget } from "../location/location.ts";
import { isAtHost, subscriptionUrl } from "../location/push-host.ts";
import type { Log, Push, PushOutcome } from "../ports.ts";
import type { PhonePush } from "../push/phone-push.ts";
import { webPushMessage } from "../push/web-push-message.ts";
import type { Patience } from "./attempts.ts";
import { type Posted, type Posting, post } from "./post.ts";
import { refusalOf } from "./web-push-refusal.ts";

/** Who pushes (RFC 8292): keys in base64url, and a `mailto:` or `https:` URI where push services reach whoever runs us. */
interface Vapid {
  readonly publicKey: string;
  readonly privateKey: string;
  readonly subject: string;
}

export interface WebPushOptions {
  readonly vapid: Vapid;
  /** The only hosts that are ever posted to, as `push-host.ts` has them. */
  readonly hosts: readonly string[];
  /** Which connections are used: the process's own, or a test's. */
  readonly dispatcher: Dispatcher;
  /** Ms since 1970. */
  readonly clock: () => number;
  readonly log: Log;
  /** Between attempts (`attempts.ts`). */
  readonly pause?: Patience["pause"];
}

/**
 * Pushes to browsers (RFC 8030), signed (RFC 8292) and encrypted (RFC 8291); to one that gave no keys, without content. The
 * subscription's URL is a secret of the browser's, and a URL that a client made up may name any machine: it is neither told nor
 * logged, and nobody is looked for or connected to but the hosts on the list, wherever these redirect to.
 */
export function webPush({ vapid, hosts, dispatcher, clock, log, pause }: WebPushOptions): Push {
  return {
    send: async (target, push) => {
      const url = subscriptionUrl(target.prid);
      const refused = (outcome: "dead" | "failed", reason: string): PushOutcome => {
        log.warn("push refused", { provider: target.provider, outcome, reason });
        return { outcome, reason };
      };
      if (url === undefined || !isAtHost(url, hosts))
        return refused("failed", "not a push service on the list");
      let answer: Posted;
      try {
        const posting = postingOf(url, target, push, clock(), vapid);
        answer = await post(posting, { dispatcher, clock, until: push.expiresAt, pause });
      } catch (error) {
        return refused("failed", nameOf(error));
      }
      const { status } = answer;
      if (status >= 200 && status < 300) return { outcome: "accepted", id: idOf(answer, url) };
      return refused(status === 404 || status === 410 ? "dead" : "failed", refusalOf(answer, url));
    },
  };
}

function postingOf(
  url: URL,
  { keys }: PushTarget,
  push: PhonePush,
  now: number,
  vapidDetails: Vapid,
): Posting {
  const { text, ttl, urgency, topic } = webPushMessage(push, now);
  const options = { vapidDetails, TTL: ttl, urgency, ...(topic === undefined ? {} : { topic }) };
  const { headers, body } =
    keys === undefined
      ? library.generateRequestDetails({ endpoint: url.href, keys: NO_KEYS }, null, options)
      : library.generateRequestDetails({ endpoint: url.href, keys }, text, options);
  const texts = Object.entries(headers).map(([name, value]) => [name, String(value)]);
  return { url: url.href, headers: Object.fromEntries(texts), body: body ?? undefined };
}

/** Nothing is encrypted with them. */
const NO_KEYS = { p256dh: "", auth: "" };

/** What the service calls the message: the end of its own URL (RFC 8030 §5), never a part of the subscription's. */
function idOf({ headers }: Posted, subscription: URL): string {
  const { location } = headers;
  if (typeof location !== "string" || !URL.canParse(location, subscription.origin)) return "";
  const id = new URL(location, subscription.origin).pathname.split("/").at(-1) ?? "";
  return id.length > MAX_ID || subscription.href.includes(id) ? "" : id;
}

const MAX_ID = 256;

/** A fault without its words, which may quote where it happened: `ECONNREFUSED`, `UND_ERR_CONNECT_TIMEOUT`, `TimeoutError`. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown fault";
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === "string" ? code : error.name;
}

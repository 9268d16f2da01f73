import { randomUUID } from "node:crypto";
import type { Log, Push } from "../ports.ts";
import { appleMessage } from "../push/apns-message.ts";
import { type Destination, destinationOf } from "../push/destination.ts";
import type { PhonePush } from "../push/phone-push.ts";
import { type ApnsKey, apnsToken } from "./apns-token.ts";
import { attempts, type Patience } from "./attempts.ts";
import { http2Client } from "./http2-client.ts";
import { jsonIn, text } from "./json.ts";
import type { Posted } from "./post.ts";
import { noPushForThat, noSuchApp, type Refusal, refused, unanswered } from "./refusal.ts";

export interface ApnsOptions extends ApnsKey {
  /** The bundle ids that are pushed; no others are, whatever a phone says. */
  readonly bundles: readonly string[];
  /** Ms since 1970. */
  readonly clock: () => number;
  readonly log: Log;
  /** Between attempts (`attempts.ts`). */
  readonly pause?: Patience["pause"];
  /** Apple's servers, unless a test has its own: `https://host:port` each, and whose certificates are taken. */
  readonly servers?: { readonly apns: string; readonly "apns.dev": string; readonly ca: string | undefined };
}

/** Connections are opened when they are needed, and kept. */
export interface ApnsPush extends Push {
  /** Answers when what was under way has ended. */
  close(): Promise<void>;
}

const SERVERS = {
  apns: "https://api.push.apple.com",
  "apns.dev": "https://api.sandbox.push.apple.com",
  ca: undefined,
};

/** Stands for the team in the push targets of clients that do not name it (`registrar/push-target.ts`). */
const SOME_TEAM = "ABCD1234";

/** Apple's words for a token that is none, or none any more, or another app's. */
const DEAD = new Set(["BadDeviceToken", "DeviceTokenNotForTopic", "Unregistered", "ExpiredToken"]);

/** Pushes to iPhones by APNs itself: production for `apns`, the sandbox for `apns.dev`. */
export function apnsPush({ bundles, clock, log, pause, servers = SERVERS, ...key }: ApnsOptions): ApnsPush {
  const production = http2Client(servers.apns, clock, servers.ca);
  const sandbox = http2Client(servers["apns.dev"], clock, servers.ca);
  const providerToken = apnsToken(key, clock);
  return {
    send: async (target, push) => {
      const destination = target.provider.startsWith("apns") ? destinationOf(target, push.kind) : undefined;
      if (destination === undefined) return noPushForThat(target, log);
      if (!isOurs(destination, key.teamId, bundles)) return noSuchApp(target, log);
      const { path, headers, body } = posting(destination, push, clock());
      const client = target.provider === "apns" ? production : sandbox;
      const sendAs = (token: string) => {
        const authorized = { ...headers, authorization: `bearer ${token}` };
        const attempt = (time: number) => client.post(path, authorized, body, time);
        return attempts(attempt, { until: push.expiresAt, clock, pause });
      };
      try {
        const token = await providerToken.current();
        let answer = await sendAs(token);
        if (answer.status === 403 && refusalIn(answer).code === "ExpiredProviderToken") {
          const another = await providerToken.insteadOf(token);
          if (another !== undefined) answer = await sendAs(another);
        }
        if (answer.status !== 200) return refused(target, destination, refusalIn(answer), log);
        return { outcome: "accepted", id: text(answer.headers, "apns-id") || headers["apns-id"] };
      } catch (error) {
        return refused(target, destination, unanswered(error), log);
      }
    },
    close: async () => {
      await Promise.all([production.close(), sandbox.close()]);
    },
  };
}

function isOurs(
  { app, topic = "", platform }: Destination,
  teamId: string,
  bundles: readonly string[],
): boolean {
  const [team] = app.split(".", 1);
  const bundle = platform.startsWith("APNS_VOIP") ? topic.slice(0, -".voip".length) : topic;
  return (team === teamId || team === SOME_TEAM) && bundles.includes(bundle);
}

/** The request of APNs' HTTP/2 API. `now` in ms since 1970. */
function posting(destination: Destination, push: PhonePush, now: number) {
  const { payload, pushType, priority, topic = "", collapseId, ttl } = appleMessage(destination, push, now);
  return {
    path: `/3/device/${encodeURIComponent(destination.token)}`,
    headers: {
      "apns-id": randomUUID(),
      "apns-push-type": pushType,
      "apns-topic": topic,
      "apns-priority": String(priority),
      // 0 says "once"; any other number is a moment, in seconds since 1970.
      "apns-expiration": String(ttl === 0 ? 0 : Math.floor(now / 1000) + ttl),
      ...(collapseId === undefined ? {} : { "apns-collapse-id": collapseId }),
    },
    body: JSON.stringify(payload),
  };
}

function refusalIn({ status, body }: Posted): Refusal {
  const code = text(jsonIn(body), "reason") || `status ${status}`;
  return { isDead: (status === 400 || status === 410) && DEAD.has(code), code, words: code };
}

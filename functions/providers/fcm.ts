import { Agent, type Dispatcher } from "undici";
import type { Log, Push } from "../ports.ts";
import { destinationOf } from "../push/destination.ts";
import { firebaseMessage } from "../push/fcm-message.ts";
import type { Patience } from "./attempts.ts";
import { fcmRefusal } from "./fcm-refusal.ts";
import { googleToken, type ServiceAccount } from "./google-token.ts";
import { jsonIn, text } from "./json.ts";
import { post } from "./post.ts";
import { noPushForThat, noSuchApp, refused, unanswered } from "./refusal.ts";

export interface FcmOptions {
  /** One that may send messages (the role Firebase Cloud Messaging API Admin). */
  readonly account: ServiceAccount;
  /** Ms since 1970. */
  readonly clock: () => number;
  readonly log: Log;
  /** Between attempts (`attempts.ts`). */
  readonly pause?: Patience["pause"];
  /** FCM's server, unless a test has its own: `https://host:port`, and what connects to it, and to the account's `tokenUri`. */
  readonly server?: { readonly origin: string; readonly dispatcher: Dispatcher };
}

/** Connections are opened when they are needed, and kept. */
export interface FcmPush extends Push {
  /** Answers when what was under way has ended. */
  close(): Promise<void>;
}

/** How long an idle connection is kept, in ms: calls come one by one, and a handshake takes its time. */
const KEPT = 60_000;

/** Pushes to Android phones by FCM itself (HTTP v1): those of the service account's project, whatever project a phone names. */
export function fcmPush({ account, clock, log, pause, server }: FcmOptions): FcmPush {
  const { origin, dispatcher } = server ?? {
    origin: "https://fcm.googleapis.com",
    dispatcher: new Agent({ keepAliveTimeout: KEPT }),
  };
  const url = `${origin}/v1/projects/${encodeURIComponent(account.projectId)}/messages:send`;
  const accessToken = googleToken(account, { dispatcher, clock, pause });
  return {
    send: async (target, push) => {
      const destination = target.provider === "fcm" ? destinationOf(target, push.kind) : undefined;
      if (destination === undefined) return noPushForThat(target, log);
      // Clients are lenient about it (RFC 8599 §11 demands it), and there is but one project here.
      if (target.param !== account.projectId && target.param !== "") return noSuchApp(target, log);
      const { data, android } = firebaseMessage(push, clock());
      const body = JSON.stringify({ message: { token: destination.token, data, android } });
      const sendAs = (token: string) => {
        const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
        return post({ url, headers, body }, { dispatcher, until: push.expiresAt, clock, pause });
      };
      try {
        const token = await accessToken.current();
        let answer = await sendAs(token);
        if (answer.status === 401) {
          const another = await accessToken.insteadOf(token);
          if (another !== undefined) answer = await sendAs(another);
        }
        if (answer.status !== 200) return refused(target, destination, fcmRefusal(answer), log);
        return { outcome: "accepted", id: text(jsonIn(answer.body), "name") };
      } catch (error) {
        return refused(target, destination, unanswered(error), log);
      }
    },
    close: async () => {
      if (server === undefined) await dispatcher.close();
    },
  };
}

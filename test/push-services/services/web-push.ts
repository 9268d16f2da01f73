import { webPush } from "../../../functions/providers/web-push.ts";
import { passingVapidKeys } from "../../../infra/local/vapid.ts";
import { PUSHES } from "../../push/a-push.ts";
import { startPushService } from "../../support/push-service.ts";
import type { OpenService } from "./service.ts";

/** Web Push, straight to a browser's push service. */
export const openWebPush: OpenService = async (log) => {
  const { host, dispatcher, posted, answers, subscribe, vanish } = await startPushService();
  const browser = subscribe();
  const { pathname } = new URL(browser.endpoint);
  const target = { provider: "webpush", param: "", prid: browser.endpoint, keys: browser.keys };
  const refuse = (pushes: number, status: number, why: string) => {
    answers.length = 0;
    for (let i = 0; i < pushes; i++) answers.push({ status, body: `${why} ${browser.endpoint}` });
  };
  return {
    push: webPush({
      vapid: { ...passingVapidKeys(), subject: "mailto:admin@example.com" },
      hosts: [host],
      dispatcher,
      clock: Date.now,
      log,
      pause: async () => undefined,
    }),
    target,
    token: pathname.split("/").at(-1) ?? "",
    // Browsers can be given all there is, at a push service that is on the list.
    impossible: { target: { ...target, prid: `https://push.example${pathname}` }, push: PUSHES.call },
    asked: () =>
      posted.map((post) => {
        const { ttl: TTL, urgency, topic } = post.headers;
        return JSON.stringify({ path: post.path, TTL, urgency, topic, content: browser.read(post) });
      }),
    uninstall: () => refuse(1_000, 410, "There is no more"),
    overload: (pushes) => refuse(pushes, 503, "There is no time for"),
    vanish,
    // With the test.
    close: async () => undefined,
  };
};

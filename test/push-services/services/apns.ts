import { apnsPush } from "../../../functions/providers/apns.ts";
import { PUSHES } from "../../push/a-push.ts";
import { ecKeys } from "../../support/key-pair.ts";
import { startApnsDouble } from "../doubles/apns-double.ts";
import type { OpenService } from "./service.ts";

const TOKEN = "c0ffee".repeat(11);

/** APNs: HTTP/2, straight to Apple. */
export const openApns: OpenService = async (log) => {
  const team = { keyId: "KEY4567890", teamId: "TEAM567890", bundles: ["com.example.app"] };
  const { privateKey: key, publicKey } = ecKeys();
  const double = await startApnsDouble({ ...team, publicKey });
  const { origin, ca } = double;
  const servers = { apns: origin, "apns.dev": origin, ca };
  const push = apnsPush({ ...team, key, clock: Date.now, log, pause: async () => undefined, servers });
  const target = { provider: "apns", param: "TEAM567890.com.example.app.voip", prid: TOKEN };
  let isGone = false;
  return {
    push,
    target,
    token: TOKEN,
    impossible: { target, push: PUSHES.cancel },
    asked: () =>
      double.requests.map(({ token, headers: { "apns-id": _, ...headers }, body }) =>
        JSON.stringify({ token, headers, body }),
      ),
    uninstall: () => double.gone.add(TOKEN),
    overload: (pushes) => {
      double.answers.length = 0;
      for (let i = 0; i < pushes; i++)
        double.answers.push({ status: 429, reason: `TooManyRequests ${TOKEN}` });
    },
    vanish: async () => {
      isGone = true;
      await double.close();
    },
    close: async () => {
      await push.close();
      if (!isGone) await double.close();
    },
  };
};

import { fcmPush } from "../../../functions/providers/fcm.ts";
import { PUSHES } from "../../push/a-push.ts";
import { rsaKeys } from "../../support/key-pair.ts";
import { fcmError, ofFcm, startFcmDouble } from "../doubles/fcm-double.ts";
import type { OpenService } from "./service.ts";

const TOKEN = "dQw4w9WgXcQ:APA91b_registration-token";

/** FCM HTTP v1, straight to Google. */
export const openFcm: OpenService = async (log) => {
  const { privateKey, publicKey } = rsaKeys();
  const projectId = "my-project";
  const clientEmail = "push@my-project.iam.gserviceaccount.com";
  const double = await startFcmDouble({ publicKey, projectId, clientEmail });
  const { origin, dispatcher, tokenUri } = double;
  const account = { projectId, clientEmail, privateKey, privateKeyId: "key-1", tokenUri };
  const push = fcmPush({
    account,
    clock: Date.now,
    log,
    pause: async () => undefined,
    server: { origin, dispatcher },
  });
  const target = { provider: "fcm", param: projectId, prid: TOKEN };
  let isGone = false;
  return {
    push,
    target,
    token: TOKEN,
    // Android phones can be given all there is.
    impossible: { target: { ...target, provider: "apns" }, push: PUSHES.call },
    asked: () => double.requests,
    uninstall: () => double.gone.add(TOKEN),
    overload: (pushes) => {
      double.answers.length = 0;
      const answer = fcmError(503, "UNAVAILABLE", `The service is currently unavailable for ${TOKEN}.`, [
        ofFcm("UNAVAILABLE"),
      ]);
      for (let i = 0; i < pushes; i++) double.answers.push(answer);
    },
    vanish: async () => {
      isGone = true;
      await double.close();
    },
    close: async () => {
      await push.close();
      await dispatcher.close();
      if (!isGone) await double.close();
    },
  };
};

import { Agent, type Dispatcher } from "undici";
import { snsClient } from "../../functions/aws/sns-client.ts";
import { type DeadToken, snsFeedback } from "../../functions/aws/sns-feedback.ts";
import { snsPush } from "../../functions/aws/sns-push.ts";
import { applicationArns, snsProviders } from "../../functions/config/sns-applications.ts";
import type { Log, Push } from "../../functions/ports.ts";
import { apnsPush } from "../../functions/providers/apns.ts";
import { pushByProvider } from "../../functions/providers/by-provider.ts";
import { fcmPush } from "../../functions/providers/fcm.ts";
import { webPush } from "../../functions/providers/web-push.ts";
import { WEB_PUSH } from "../../functions/registrar/web-push-target.ts";
import type { LocalConfig } from "./config.ts";
import { appleKey, serviceAccount } from "./push-keys.ts";
import { localApplicationArn } from "./sns/endpoints.ts";
import { type SnsDouble, startSnsDouble } from "./sns/sns-double.ts";
import { keptVapidKeys, passingVapidKeys } from "./vapid.ts";

/** Where the stack's pushes go. */
export interface PushServices {
  readonly push: Push;
  /** The services that phones may name (`pn-provider`); a phone that names another one is told so (555). */
  readonly providers: readonly string[];
  /** The public key that browsers subscribe with. */
  readonly vapidKey: string;
  /** What stands for Apple's and Google's in a demo, if none is configured. */
  readonly double: SnsDouble | undefined;
  close(): Promise<void>;
}

/**
 * The push services that are configured, or the double of SNS for Apple's and Google's in a demo without any; and those of browsers, which
 * need nothing but a key of our own, and which `dispatcher` connects to. Throws `ConfigError`. `died` is told of a token whose
 * push the double took, and that turned out dead; AWS tells a function, and nobody here.
 */
export async function openPushServices(
  config: LocalConfig,
  clock: () => number,
  log: Log,
  died: (dead: DeadToken) => Promise<void>,
  dispatcher: Dispatcher = new Agent(),
): Promise<PushServices> {
  const { snsApplications: sns, webPush: browsers, records, dataDir, isDemo } = config;
  const { apns, fcmAccountFile } = config.push;
  const services = new Map<string, Push>();
  const closings: (() => Promise<void> | void)[] = [];
  let double: SnsDouble | undefined;

  // All keys are read before anything is opened.
  const apple = apns && { ...apns, key: appleKey(apns.keyFile) };
  const google = fcmAccountFile === undefined ? undefined : serviceAccount(fcmAccountFile);
  const keys = browsers.keys ?? (records === "memory" ? passingVapidKeys() : keptVapidKeys(dataDir));

  const [{ region } = { region: undefined }] = sns;
  if (region !== undefined) {
    const client = snsClient({ region });
    const push = snsPush(client, applicationArns(sns), clock, log);
    for (const provider of snsProviders(sns)) services.set(provider, push);
    closings.push(() => client.destroy());
  }
  if (apple !== undefined) {
    const push = apnsPush({ ...apple, clock, log });
    for (const provider of ["apns", "apns.dev"]) services.set(provider, push);
    closings.push(push.close);
  }
  if (google !== undefined) {
    const push = fcmPush({ account: google, clock, log });
    services.set("fcm", push);
    closings.push(push.close);
  }
  if (services.size === 0 && isDemo) {
    double = await startSnsDouble();
    const client = snsClient({ endpoint: double.url });
    const push = snsPush(client, ({ platform, app }) => localApplicationArn(platform, app), clock, log);
    for (const provider of ["apns", "apns.dev", "fcm"]) services.set(provider, push);
    const feedback = snsFeedback(client, log);
    double.onFeedback((event) => {
      const tell = async () => {
        for (const dead of await feedback(event)) await died(dead);
      };
      tell().catch((error: unknown) => log.error("fault", { what: "push feedback", error: String(error) }));
    });
    closings.push(() => client.destroy(), double.close);
  }
  const { hosts, subject } = browsers;
  services.set(WEB_PUSH, webPush({ vapid: { ...keys, subject }, hosts, dispatcher, clock, log }));
  closings.push(() => dispatcher.close());
  return {
    push: pushByProvider(services),
    providers: [...services.keys()],
    vapidKey: keys.publicKey,
    double,
    close: async () => {
      for (const close of closings) await close();
    },
  };
}

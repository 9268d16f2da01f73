import { applicationArns, snsProviders } from "../config/sns-applications.ts";
import type { Log, Push } from "../ports.ts";
import { pushByProvider } from "../providers/by-provider.ts";
import { WEB_PUSH } from "../registrar/web-push-target.ts";
import type { CloudConfig } from "./cloud-config.ts";
import { laterPush } from "./later.ts";

/** Where the functions' pushes go: to phones through SNS, to browsers if we have a key for that. */
export interface CloudPushes {
  readonly push: Push;
  /** What phones may name (`pn-provider`). */
  readonly providers: readonly string[];
}

export function cloudPushes(
  { snsApplications, webPush: { keys, subject, hosts } }: CloudConfig,
  clock: () => number,
  log: Log,
): CloudPushes {
  const services = new Map<string, Push>();
  const [{ region } = { region: undefined }] = snsApplications;
  if (region !== undefined) {
    const push = laterPush(async () => {
      const { snsPushes } = await import("../aws/sns-pushes.ts");
      return snsPushes(region, applicationArns(snsApplications), clock, log);
    });
    for (const provider of snsProviders(snsApplications)) services.set(provider, push);
  }
  if (keys !== undefined) {
    const push = laterPush(async () => {
      const { webPushes } = await import("../providers/web-pushes.ts");
      return webPushes({ vapid: { ...keys, subject }, hosts, clock, log });
    });
    services.set(WEB_PUSH, push);
  }
  return { push: pushByProvider(services), providers: [...services.keys()] };
}

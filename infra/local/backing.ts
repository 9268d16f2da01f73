import type { DeadToken } from "../../functions/aws/sns-feedback.ts";
import type { Given } from "./given.ts";
import { openPushServices, type PushServices } from "./push-services.ts";
import { openStores } from "./records/open-stores.ts";
import type { Stores } from "./records/stores.ts";

/** What the stories stand on: where records are kept, and where pushes go. */
export interface Backing {
  readonly stores: Stores;
  readonly services: PushServices;
  close(): Promise<void>;
}

/** Opens both or none; `died` hears of tokens that turn out dead. Rejects with `ConfigError`, or with what the system says. */
export async function openBacking(
  { config, clock, log, dispatcher }: Given,
  died: (dead: DeadToken) => Promise<void>,
): Promise<Backing> {
  const services = await openPushServices(config, clock, log, died, dispatcher);
  const stores = await openStores(config, log).catch(async (error) => {
    await services.close();
    throw error;
  });
  const close = async () => {
    await services.close();
    await stores.close();
  };
  return { stores, services, close };
}

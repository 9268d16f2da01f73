import type { BindingKey, ForkId } from "../location/ids.ts";
import type { App } from "./app.ts";
import { settle } from "./settle.ts";

/** Tells a call that the device that it waits for will not come: it goes on without it, or ends. */
export async function giveUp(app: App, fork: ForkId, key: BindingKey): Promise<void> {
  await settle(app, fork, { type: "unwakeable", key, reason: "removed by the administrator" });
}

import type { App } from "../../functions/app/app.ts";
import { DEFAULT_FORK_TIMERS } from "../../functions/proxy/fork.ts";
import type { LocalConfig } from "./config.ts";

/** What the configuration means to the stories, whether the stack tells them or the administrator's command line. */
export function settingsOf({ domains, bucket, register }: LocalConfig): App["settings"] {
  return {
    domains,
    transport: "WS",
    register,
    timers: { ...DEFAULT_FORK_TIMERS, bucket },
  };
}

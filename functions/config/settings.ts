import type { App } from "../app/app.ts";
import { DEFAULT_MAIL_POLICY } from "../mailbox/mail-policy.ts";
import { DEFAULT_FORK_TIMERS } from "../proxy/fork.ts";
import type { Config } from "./config.ts";

/** What the configuration means to the stories, whoever tells them. */
export function settingsOf(config: Config): App["settings"] {
  const { domains, offers, bucket, hedge, turn, register, cancelPushes } = config;
  const { wakes, sharesTokens, isMessageStoreOn, origins } = config;
  const otherBucket = Math.min(bucket, DEFAULT_FORK_TIMERS.otherBucket);
  return {
    domains,
    transport: "WS",
    places: {},
    offers,
    register,
    timers: { ...DEFAULT_FORK_TIMERS, bucket, otherBucket, hedge, turn },
    cancelPushes,
    wakes,
    sharesTokens,
    logsPlainAors: config.logsPlainAors,
    mail: { ...DEFAULT_MAIL_POLICY, isOn: isMessageStoreOn },
    origins,
  };
}

import type { Offer } from "../auth/authenticate.ts";
import type { Secret } from "../keyring/keyring.ts";
import { LOG_LEVELS, type LogLevel } from "../log.ts";
import { DEFAULT_WAKE_BUDGETS, type WakeBudgets } from "../push/budget.ts";
import type { RegisterPolicy } from "../registrar/policy.ts";
import { originsIn } from "./origins.ts";
import { readSecrets } from "./read-secrets.ts";
import type { Reading } from "./reading.ts";
import { registerPolicy } from "./register-config.ts";
import { type SnsApplication, snsApplications } from "./sns-applications.ts";
import { offersIn, type TokenConfig, tokenConfig } from "./token-config.ts";
import { type WebPushConfig, webPushConfig } from "./web-push-config.ts";

/** How sipwake is set up, wherever it runs, from the environment alone. */
export interface Config {
  readonly domains: readonly [string, ...string[]];
  /** The keys that tokens are sealed with, the first of them, and opened with. */
  readonly secretKeys: readonly Secret[];
  /** How long a call waits for a pushed phone, in ms. */
  readonly bucket: number;
  /** How long a phone may be silent before it is pushed though it looks online, in ms; 0 for ever. */
  readonly hedge: number;
  /** How long the contacts of one q ring before the next ones do, in ms. */
  readonly turn: number;
  /** Whether a phone that was pushed for a call is told by another push that it is over. */
  readonly cancelPushes: boolean;
  /** How many pushes wake phones in ten minutes. */
  readonly wakes: WakeBudgets;
  /** Whether several users of one phone may share its token. */
  readonly sharesTokens: boolean;
  /** Whether MESSAGEs are stored for users who are not there. */
  readonly isMessageStoreOn: boolean;
  /** Whose tokens are taken; undefined for nobody's. */
  readonly tokens: TokenConfig | undefined;
  /** How one may prove who one is. */
  readonly offers: readonly Offer[];
  /** SNS's platform applications, which pushes go through; all in one region. */
  readonly snsApplications: readonly SnsApplication[];
  /** How browsers are pushed. */
  readonly webPush: WebPushConfig;
  /** What the registrar grants. */
  readonly register: RegisterPolicy;
  /** The origins, in lower case, whose pages may connect beside our own; `*` for any. */
  readonly origins: readonly string[];
  readonly logLevel: LogLevel;
  /** Whether the log names users; else it has keyed hashes of them. */
  readonly logsPlainAors: boolean;
}

/** Reads no files. What is wrong is added to the problems, and the configuration is then of no use. */
export function readConfig(read: Reading, problems: string[]): Config {
  const { text, list, integer, limit, oneOf, isOn } = read;
  const [domain = "", ...otherDomains] = list("SIP_DOMAINS").map((name) => name.toLowerCase());
  if (domain === "") problems.push("SIP_DOMAINS must name a domain");
  const vapid = {
    publicKey: text("VAPID_PUBLIC_KEY"),
    privateKey: text("VAPID_PRIVATE_KEY"),
    subject: text("VAPID_SUBJECT"),
    hosts: list("WEB_PUSH_HOSTS"),
  };
  const webPush = webPushConfig(vapid, domain, (problem) => problems.push(problem));
  const tokens = tokenConfig(text, problems);
  const { perDevice, perCaller, perPair } = DEFAULT_WAKE_BUDGETS;
  return {
    domains: [domain, ...otherDomains],
    secretKeys: told(problems, () => readSecrets(list("SECRET_KEYS"), "SECRET_KEYS")) ?? [],
    bucket: integer("BUCKET_SECONDS", 1, 300) * 1000,
    hedge: integer("HEDGE_MS", 0, 30_000),
    turn: integer("TURN_SECONDS", 1, 180) * 1000,
    cancelPushes: isOn("CANCEL_PUSHES"),
    wakes: {
      perDevice: { ...perDevice, pushes: limit("DEVICE_PUSHES") },
      perCaller: { ...perCaller, pushes: limit("CALLER_PUSHES") },
      perPair: { ...perPair, pushes: limit("PAIR_PUSHES") },
    },
    sharesTokens: isOn("SHARE_TOKENS"),
    isMessageStoreOn: isOn("MESSAGE_STORE"),
    tokens,
    offers: offersIn(list("CHALLENGES"), tokens, problems),
    snsApplications: snsApplications(list("SNS_APPLICATIONS"), problems),
    webPush,
    register: { ...registerPolicy(read, problems), webPushHosts: webPush.hosts },
    origins: originsIn(list("ORIGINS"), problems),
    logLevel: oneOf("LOG_LEVEL", LOG_LEVELS),
    logsPlainAors: oneOf("LOG_AORS", ["hashed", "plain"]) === "plain",
  };
}

/** What is read; undefined, and one problem more, if it cannot be. */
function told<Value>(problems: string[], read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

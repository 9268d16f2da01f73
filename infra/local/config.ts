import type { Offer } from "../../functions/auth/authenticate.ts";
import type { Secret } from "../../functions/keyring/keyring.ts";
import { LOG_LEVELS, type LogLevel } from "../../functions/log.ts";
import { DEFAULT_WAKE_BUDGETS, type WakeBudgets } from "../../functions/push/budget.ts";
import type { RegisterPolicy } from "../../functions/registrar/policy.ts";
import type { EdgeLimits } from "../edge/limits.ts";
import { edgeLimits, originsIn } from "./edge-config.ts";
import { type PushConfig, pushConfig } from "./push-config.ts";
import { readSecrets } from "./read-secrets.ts";
import { type Environment, listed, reading } from "./reading.ts";
import { registerPolicy } from "./register-config.ts";
import { offersIn, type TokenConfig, tokenConfig } from "./token-config.ts";
import { VARIABLES } from "./variables.ts";
import { type WebPushConfig, webPushConfig } from "./web-push-config.ts";

export type User = readonly [name: string, password: string];

/** How the local stack is set up, from the environment alone. */
export interface LocalConfig {
  readonly host: string;
  readonly port: number;
  readonly domains: readonly [string, ...string[]];
  /** Of the first domain. */
  readonly users: readonly User[];
  /** A CSV file with more of them. */
  readonly usersFile: string | undefined;
  readonly dataDir: string;
  /** The keys that tokens are sealed with, the first of them, and opened with; none for the one that is kept in `dataDir`. */
  readonly secretKeys: readonly Secret[];
  readonly records: "lmdb" | "memory" | "dynamodb";
  /** The DynamoDB table; only, and always, with `dynamodb`. */
  readonly table: string | undefined;
  /** DynamoDB is a double at some URL, and nobody has given credentials for it. */
  readonly isDouble: boolean;
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
  /** Where pushes go. */
  readonly push: PushConfig;
  /** Whose tokens are taken; undefined for nobody's. */
  readonly tokens: TokenConfig | undefined;
  /** How one may prove who one is. */
  readonly offers: readonly Offer[];
  /** How browsers are pushed. */
  readonly webPush: WebPushConfig;
  /** What the registrar grants. */
  readonly register: RegisterPolicy;
  /** The origins, in lower case, whose pages may connect beside our own; `*` for any. */
  readonly origins: readonly string[];
  /** What clients may cost the edge. */
  readonly limits: EdgeLimits;
  readonly logLevel: LogLevel;
  /** Whether the log names users; else it has keyed hashes of them. */
  readonly logsPlainAors: boolean;
}

/** What is wrong with the environment, all of it at once. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("; "));
    this.problems = problems;
  }
}

/** Throws `ConfigError`. */
export function loadConfig(env: Environment): LocalConfig {
  const problems: string[] = [];
  const read = reading(env, problems);
  const { text, list, integer, limit, oneOf, isOn } = read;
  const [domain, ...otherDomains] = list("SIP_DOMAINS").map((name) => name.toLowerCase());
  if (domain === undefined) problems.push("SIP_DOMAINS must name a domain");
  const records = oneOf("RECORDS", ["lmdb", "memory", "dynamodb"]);
  const table = text("TABLE") || undefined;
  if (records === "dynamodb" && table === undefined) problems.push("RECORDS=dynamodb needs TABLE");
  const vapid = {
    publicKey: text("VAPID_PUBLIC_KEY"),
    privateKey: text("VAPID_PRIVATE_KEY"),
    subject: text("VAPID_SUBJECT"),
    hosts: list("WEB_PUSH_HOSTS"),
  };
  const webPush = webPushConfig(vapid, domain ?? "", (problem) => problems.push(problem));
  const tokens = tokenConfig(text, problems);
  const { perDevice, perCaller, perPair } = DEFAULT_WAKE_BUDGETS;
  const config: LocalConfig = {
    host: text("HOST"),
    port: integer("PORT", 0, 65_535),
    domains: [domain ?? "", ...otherDomains],
    users: usersIn(env, problems),
    usersFile: text("SIP_USERS_FILE") || undefined,
    dataDir: text("DATA_DIR"),
    secretKeys: told(problems, () => readSecrets(list("SECRET_KEYS"), "SECRET_KEYS")) ?? [],
    records,
    table,
    isDouble: isDouble(env),
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
    push: pushConfig(text, list, problems),
    webPush,
    register: { ...registerPolicy(read, problems), webPushHosts: webPush.hosts },
    origins: originsIn(read, problems),
    limits: edgeLimits(read),
    logLevel: oneOf("LOG_LEVEL", LOG_LEVELS),
    logsPlainAors: oneOf("LOG_AORS", ["hashed", "plain"]) === "plain",
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** Set and empty means none; unset means the two for trying things out. */
function usersIn(env: Environment, problems: string[]): readonly User[] {
  return listed(env["SIP_USERS"] ?? VARIABLES.SIP_USERS[0]).map((pair, index): User => {
    const colon = pair.indexOf(":");
    if (colon > 0 && colon < pair.length - 1) return [pair.slice(0, colon), pair.slice(colon + 1)];
    // Not the entry itself: it may be a password.
    problems.push(`SIP_USERS entry ${index + 1} must be user:password`);
    return ["", ""];
  });
}

function isDouble(env: Environment): boolean {
  const hasEndpoint = env["AWS_ENDPOINT_URL_DYNAMODB"] !== undefined || env["AWS_ENDPOINT_URL"] !== undefined;
  return hasEndpoint && env["AWS_ACCESS_KEY_ID"] === undefined && env["AWS_PROFILE"] === undefined;
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

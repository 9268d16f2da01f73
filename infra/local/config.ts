import type { Offer } from "../../functions/auth/authenticate.ts";
import type { Secret } from "../../functions/keyring/keyring.ts";
import { WEB_PUSH_HOSTS } from "../../functions/location/push-host.ts";
import { LOG_LEVELS, type LogLevel } from "../../functions/log.ts";
import { DEFAULT_WAKE_BUDGETS, type WakeBudgets } from "../../functions/push/budget.ts";
import {
  DEFAULT_REGISTER_POLICY,
  onImpatientEdge,
  type RegisterPolicy,
} from "../../functions/registrar/policy.ts";
import { DEFAULT_EDGE_LIMITS, type EdgeLimits, inTenMinutes } from "../edge/limits.ts";
import { type PushConfig, pushConfig } from "./push-config.ts";
import { readSecrets } from "./read-secrets.ts";
import { offersIn, type TokenConfig, tokenConfig } from "./token-config.ts";
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

/** Every variable, its default and its meaning: `--help` prints this, and `loadConfig` reads nothing else. */
export const VARIABLES = {
  HOST: ["127.0.0.1", "address to listen on"],
  PORT: ["8080", "port for HTTP and WebSocket"],
  SIP_DOMAINS: ["localhost", "domains that are ours, separated by commas; the first is the users'"],
  SIP_USERS: ["alice:sipwake,bob:sipwake", "user:password, separated by commas"],
  SIP_USERS_FILE: ["", "CSV file of user,password, loaded at start, beside SIP_USERS"],
  DATA_DIR: [".sipwake", "where LMDB records and the secret key are kept"],
  SECRET_KEYS: [
    "",
    "id:base64 keys that seal and open tokens, separated by commas; else secret.key in DATA_DIR",
  ],
  RECORDS: ["lmdb", "lmdb | memory | dynamodb"],
  TABLE: ["", "DynamoDB table for RECORDS=dynamodb; created if it does not exist"],
  BUCKET_SECONDS: ["25", "how long a call waits for a pushed phone to register; other requests 20 s at most"],
  HEDGE_MS: [
    "2000",
    "how long a phone that looks online may be silent before it is pushed as well; 0: for ever",
  ],
  TURN_SECONDS: ["20", "how long the contacts of one q ring before those of the next lower one do"],
  CANCEL_PUSHES: ["on", "on | off: tell an FCM phone by push that the call it was pushed for is over"],
  DEVICE_PUSHES: ["20", "calls and messages that wake one phone in ten minutes; 0: no limit"],
  CALLER_PUSHES: ["60", "phones that one caller wakes in ten minutes; 0: no limit"],
  PAIR_PUSHES: ["10", "pushes to one phone that one caller causes in ten minutes; 0: no limit"],
  SHARE_TOKENS: ["off", "on | off: whether several users may be woken by one phone's token, each of them"],
  SNS_APPLICATIONS: ["", "push through SNS: app=arn of platform applications, separated by commas"],
  APNS_KEY_FILE: ["", "push to iPhones directly: the .p8 file with the key for APNs"],
  APNS_KEY_ID: ["", "what Apple calls that key"],
  APNS_TEAM_ID: ["", "what Apple calls the team whose key it is"],
  APNS_BUNDLES: ["", "bundle ids of the apps that are pushed with it, separated by commas"],
  FCM_SERVICE_ACCOUNT: ["", "push to Android phones directly: the JSON file of a Google service account"],
  VAPID_PRIVATE_KEY: ["", "key that web pushes are signed with, base64url; made once and kept in DATA_DIR"],
  VAPID_PUBLIC_KEY: ["", "its public key, base64url; only to check that the two belong together"],
  VAPID_SUBJECT: [
    "",
    "mailto: or https: URI of whoever runs this, for push services; mailto:postmaster@ your domain",
  ],
  WEB_PUSH_HOSTS: [
    WEB_PUSH_HOSTS.join(","),
    "hosts that browsers' push subscriptions may be at, separated by commas",
  ],
  JWT_JWKS_URL: ["", "take bearer tokens: where their issuer's keys are (JWK Set); https"],
  JWT_KEY_FILE: ["", "or a file with its key: a public one in PEM, a JWK or a JWK Set, or a secret as a JWK"],
  JWT_ISSUER: ["", "who issues tokens (iss)"],
  JWT_AUDIENCE: ["", "whom tokens must be for (aud): us"],
  JWT_CLAIM: ["sub", "the claim that names the user: a name of the first domain, or a SIP URI"],
  JWT_COOKIE: ["", "the cookie that may hold a token when a page connects"],
  JWT_AUTHZ_SERVER: ["", "where clients get tokens, https, as challenges say; JWT_ISSUER if it is not set"],
  JWT_SCOPE: ["", "what a token must be good for, as challenges say"],
  CHALLENGES: [
    "",
    "bearer,sha-256,md5: how one may prove who one is, the most preferred first; unset: sha-256,md5, and bearer before them with JWT_…",
  ],
  MESSAGE_STORE: ["on", "on | off: whether a MESSAGE for a phone that sleeps is kept, at most 7 days"],
  MIN_EXPIRES: ["60", "seconds; a shorter registration is refused (423)"],
  DEFAULT_EXPIRES: ["3600", "seconds that a client gets that does not ask"],
  MAX_EXPIRES: ["3600", "seconds; the most for a contact that cannot be pushed"],
  MIN_PUSH_EXPIRES: ["180", "seconds; the least for one that can: a push must be able to refresh it in time"],
  MAX_PUSH_EXPIRES: [
    "2592000",
    "seconds; the most for one that can (30 days): a phone that was off still rings",
  ],
  GRACE_SECONDS: ["5", "how long past its end a contact is still used"],
  FLOW_TIMER: ["300", "seconds in which an outbound client shall show that its flow works"],
  MAX_CONTACTS: ["10", "contacts of one address; the sleeping one that ends first makes room"],
  MAX_CONTACT_OCTETS: ["2048", "octets of one contact, push token and Path included"],
  IDLE_LIMIT: [
    "",
    "seconds after which something in front of us cuts idle connections; clients refresh before",
  ],
  ORIGINS: ["", "origins whose pages may connect beside our own, separated by commas; *: any"],
  REQUEST_BURST: ["200", "requests at once over one connection; beyond: 503, and then it is closed"],
  REQUESTS_PER_SECOND: ["40", "and after those; 0: no limit"],
  MAX_CONNECTIONS: ["50000", "at a time; 0: no limit"],
  ADDRESS_CONNECTIONS: ["1000", "at a time from one address, and new ones a minute; 0: no limit"],
  PROOF_SECONDS: ["30", "a connection over which nobody has proved who he is by then is closed"],
  USER_GUESSES: [
    "10",
    "wrong passwords for one user from one address in ten minutes, then refused (403); 0: no limit",
  ],
  ADDRESS_GUESSES: ["50", "wrong passwords from one address in ten minutes, then refused (403); 0: no limit"],
  LOG_LEVEL: ["info", LOG_LEVELS.join(" | ")],
  LOG_AORS: ["hashed", "hashed | plain: how users are named in the log; hashed by a key of ours"],
} as const satisfies Record<string, readonly [fallback: string, meaning: string]>;

function isDouble(env: Environment): boolean {
  const hasEndpoint = env["AWS_ENDPOINT_URL_DYNAMODB"] !== undefined || env["AWS_ENDPOINT_URL"] !== undefined;
  return hasEndpoint && env["AWS_ACCESS_KEY_ID"] === undefined && env["AWS_PROFILE"] === undefined;
}

function list(text: string): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

/** 423 is for what is below an hour (RFC 3261 §10.3 step 7). */
const HOUR = 3_600;
const DAY = 86_400;
const YEAR = 365 * DAY;

type Environment = Readonly<Record<string, string | undefined>>;
type Variable = keyof typeof VARIABLES;

/** Throws `ConfigError`. */
export function loadConfig(env: Environment): LocalConfig {
  const problems: string[] = [];
  const text = (name: Variable): string => env[name] || VARIABLES[name][0];
  const integer = (name: Variable, min: number, max: number): number => {
    const value = Number(text(name));
    if (!(Number.isInteger(value) && value >= min && value <= max)) {
      problems.push(`${name} must be a whole number from ${min} to ${max}, not "${text(name)}"`);
    }
    return value;
  };
  const limit = (name: Variable): number => integer(name, 0, 100_000) || Number.POSITIVE_INFINITY;
  const oneOf = <Choice extends string>(name: Variable, choices: readonly Choice[]): Choice => {
    const choice = choices.find((candidate) => candidate === text(name));
    if (choice !== undefined) return choice;
    problems.push(`${name} must be one of ${choices.join(", ")}, not "${text(name)}"`);
    return choices[0] as Choice;
  };
  const [domain, ...otherDomains] = list(text("SIP_DOMAINS")).map((name) => name.toLowerCase());
  if (domain === undefined) problems.push("SIP_DOMAINS must name a domain");
  // Set and empty means none; unset means the two for trying things out.
  const users = list(env["SIP_USERS"] ?? VARIABLES.SIP_USERS[0]).map((pair, index): User => {
    const colon = pair.indexOf(":");
    if (colon > 0 && colon < pair.length - 1) return [pair.slice(0, colon), pair.slice(colon + 1)];
    // Not the entry itself: it may be a password.
    problems.push(`SIP_USERS entry ${index + 1} must be user:password`);
    return ["", ""];
  });
  const records = oneOf("RECORDS", ["lmdb", "memory", "dynamodb"]);
  const table = text("TABLE") || undefined;
  if (records === "dynamodb" && table === undefined) problems.push("RECORDS=dynamodb needs TABLE");
  const webPush = webPushConfig(
    {
      publicKey: text("VAPID_PUBLIC_KEY"),
      privateKey: text("VAPID_PRIVATE_KEY"),
      subject: text("VAPID_SUBJECT"),
      hosts: list(text("WEB_PUSH_HOSTS")),
    },
    domain ?? "",
    (problem) => problems.push(problem),
  );
  const register = registerPolicy(
    integer,
    text("IDLE_LIMIT") === "" ? undefined : integer("IDLE_LIMIT", 30, DAY),
  );
  const tokens = tokenConfig(text, problems);
  const config: LocalConfig = {
    host: text("HOST"),
    port: integer("PORT", 0, 65_535),
    domains: [domain ?? "", ...otherDomains],
    users,
    usersFile: text("SIP_USERS_FILE") || undefined,
    dataDir: text("DATA_DIR"),
    secretKeys: told(problems, () => readSecrets(list(text("SECRET_KEYS")), "SECRET_KEYS")) ?? [],
    records,
    table,
    isDouble: isDouble(env),
    bucket: integer("BUCKET_SECONDS", 1, 300) * 1000,
    hedge: integer("HEDGE_MS", 0, 30_000),
    turn: integer("TURN_SECONDS", 1, 180) * 1000,
    cancelPushes: oneOf("CANCEL_PUSHES", ["on", "off"]) === "on",
    wakes: {
      perDevice: { ...DEFAULT_WAKE_BUDGETS.perDevice, pushes: limit("DEVICE_PUSHES") },
      perCaller: { ...DEFAULT_WAKE_BUDGETS.perCaller, pushes: limit("CALLER_PUSHES") },
      perPair: { ...DEFAULT_WAKE_BUDGETS.perPair, pushes: limit("PAIR_PUSHES") },
    },
    sharesTokens: oneOf("SHARE_TOKENS", ["on", "off"]) === "on",
    isMessageStoreOn: oneOf("MESSAGE_STORE", ["on", "off"]) === "on",
    tokens,
    offers: offersIn(list(text("CHALLENGES")), tokens, problems),
    push: pushConfig(text, (name) => list(text(name)), problems),
    webPush,
    register: { ...register, webPushHosts: webPush.hosts },
    origins: originsIn(list(text("ORIGINS")), problems),
    limits: edgeLimits(integer, limit),
    logLevel: oneOf("LOG_LEVEL", LOG_LEVELS),
    logsPlainAors: oneOf("LOG_AORS", ["hashed", "plain"]) === "plain",
  };
  const { minExpires, defaultExpires, maxExpires, minPushExpires, maxPushExpires } = config.register;
  if (!(minExpires <= defaultExpires && defaultExpires <= maxExpires)) {
    problems.push("MIN_EXPIRES, DEFAULT_EXPIRES and MAX_EXPIRES must not be one below the other");
  }
  if (minPushExpires > maxPushExpires) problems.push("MIN_PUSH_EXPIRES must not be above MAX_PUSH_EXPIRES");
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
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

/** As a browser says it: a scheme and a host, no path; "null" for a page that has none. */
const ORIGIN = /^(?:\*|null|[a-z][a-z0-9+.-]*:\/\/[^/\s]*)$/;

function originsIn(listed: readonly string[], problems: string[]): readonly string[] {
  const origins = listed.map((origin) => origin.toLowerCase());
  for (const origin of origins) {
    if (!ORIGIN.test(origin)) problems.push(`ORIGINS must be like https://example.com, not "${origin}"`);
  }
  return origins;
}

function edgeLimits(
  integer: (name: Variable, min: number, max: number) => number,
  limit: (name: Variable) => number,
): EdgeLimits {
  return {
    ...DEFAULT_EDGE_LIMITS,
    requests: { burst: integer("REQUEST_BURST", 1, 100_000), perSecond: limit("REQUESTS_PER_SECOND") },
    maxConnections: integer("MAX_CONNECTIONS", 0, 1_000_000) || Number.POSITIVE_INFINITY,
    maxPerAddress: limit("ADDRESS_CONNECTIONS"),
    proofTimeout: integer("PROOF_SECONDS", 1, HOUR) * 1000,
    wrongProofsOfUser: inTenMinutes(integer("USER_GUESSES", 0, 100_000)),
    wrongProofsOfAddress: inTenMinutes(integer("ADDRESS_GUESSES", 0, 100_000)),
  };
}

function registerPolicy(
  integer: (name: Variable, min: number, max: number) => number,
  idleLimit: number | undefined,
): RegisterPolicy {
  const policy: RegisterPolicy = {
    ...DEFAULT_REGISTER_POLICY,
    minExpires: integer("MIN_EXPIRES", 1, HOUR),
    defaultExpires: integer("DEFAULT_EXPIRES", 1, YEAR),
    maxExpires: integer("MAX_EXPIRES", 1, YEAR),
    minPushExpires: integer("MIN_PUSH_EXPIRES", 1, HOUR),
    maxPushExpires: integer("MAX_PUSH_EXPIRES", 1, YEAR),
    grace: integer("GRACE_SECONDS", 0, 300),
    flowTimer: integer("FLOW_TIMER", 10, DAY),
    maxBindings: integer("MAX_CONTACTS", 1, 50),
    maxContact: integer("MAX_CONTACT_OCTETS", 256, 4_096),
  };
  return idleLimit === undefined ? policy : onImpatientEdge(policy, idleLimit);
}

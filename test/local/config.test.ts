import { describe, expect, test } from "vitest";
import { ConfigError } from "../../functions/config/config-error.ts";
import { WEB_PUSH_HOSTS } from "../../functions/location/push-host.ts";
import { DEFAULT_REGISTER_POLICY } from "../../functions/registrar/policy.ts";
import { DEFAULT_EDGE_LIMITS, type EdgeLimits } from "../../infra/edge/limits.ts";
import { TRUSTS_NOBODY } from "../../infra/edge/trusted.ts";
import { type LocalConfig, loadConfig } from "../../infra/local/config.ts";
import { passingVapidKeys } from "../../infra/local/vapid.ts";
import { VARIABLES } from "../../infra/local/variables.ts";

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const DEFAULTS: LocalConfig = {
  isDemo: true,
  host: "127.0.0.1",
  port: 8080,
  ops: undefined,
  drain: 0,
  listeners: {
    ports: { TCP: undefined, TLS: undefined, WSS: undefined },
    places: { TCP: undefined, TLS: undefined },
    certificateFiles: undefined,
    trusts: TRUSTS_NOBODY,
  },
  domains: ["localhost"],
  users: [
    ["alice", "sipwake"],
    ["bob", "sipwake"],
  ],
  usersFile: undefined,
  trunksFile: undefined,
  dataDir: ".sipwake",
  secretKeys: [],
  records: "lmdb",
  table: undefined,
  isDouble: false,
  fleet: undefined,
  bucket: 25_000,
  hedge: 2_000,
  turn: 20_000,
  cancelPushes: true,
  wakes: {
    perDevice: { pushes: 20, window: 600_000 },
    perCaller: { pushes: 60, window: 600_000 },
    perPair: { pushes: 10, window: 600_000 },
  },
  sharesTokens: false,
  isMessageStoreOn: true,
  tokens: undefined,
  offers: ["sha-256", "md5"],
  snsApplications: [],
  push: { apns: undefined, fcmAccountFile: undefined },
  webPush: { keys: undefined, subject: "mailto:postmaster@localhost", hosts: WEB_PUSH_HOSTS },
  register: DEFAULT_REGISTER_POLICY,
  origins: [],
  limits: DEFAULT_EDGE_LIMITS,
  logLevel: "info",
  logsPlainAors: false,
};

/** What an edge of a fleet needs. */
const FLEET = {
  RECORDS: "dynamodb",
  TABLE: "sipwake",
  SECRET_KEYS: `1:${Buffer.alloc(32).toString("base64")}`,
  FLEET_HOST: "10.0.0.5",
};

test("an edge of a fleet is reached at its host and port, or where it says, and has a lease of 15 s", () => {
  expect(loadConfig(FLEET).fleet).toEqual({ host: "10.0.0.5", port: 8081, url: undefined, lease: 15_000 });
  const named = { FLEET_HOST: "0.0.0.0", FLEET_PORT: "1", FLEET_URL: "http://edge-1.internal:81" };
  expect(loadConfig({ ...FLEET, ...named, FLEET_LEASE_SECONDS: "60" }).fleet).toEqual({
    host: "0.0.0.0",
    port: 1,
    url: "http://edge-1.internal:81",
    lease: 60_000,
  });
});

/** Web pushes without keys of one's own. */
function pushedBy(domain: string): LocalConfig["webPush"] {
  return { ...DEFAULTS.webPush, subject: `mailto:postmaster@${domain}` };
}

function limited(limits: Partial<EdgeLimits>): Partial<LocalConfig> {
  return { limits: { ...DEFAULT_EDGE_LIMITS, ...limits } };
}

describe("the configuration", () => {
  test("of an empty environment is one to try things out with, on loopback only", () => {
    expect(loadConfig({})).toEqual(DEFAULTS);
  });

  test.each<[string, string, Partial<LocalConfig>]>([
    ["HOST", "0.0.0.0", { host: "0.0.0.0" }],
    ["PORT", "5060", { port: 5060 }],
    ["PORT", "0", { port: 0 }],
    ["PORT", "65535", { port: 65_535 }],
    ["MESSAGE_STORE", "off", { isMessageStoreOn: false }],
    ["MESSAGE_STORE", "on", { isMessageStoreOn: true }],
    ["SIP_DOMAINS", "Example.COM", { domains: ["example.com"], webPush: pushedBy("example.com") }],
    [
      "SIP_DOMAINS",
      " example.com , example.org,, ",
      { domains: ["example.com", "example.org"], webPush: pushedBy("example.com") },
    ],
    ["SIP_USERS", "carol:s3cret", { users: [["carol", "s3cret"]] }],
    [
      "SIP_USERS",
      "carol:with:colons, dave:x,",
      {
        users: [
          ["carol", "with:colons"],
          ["dave", "x"],
        ],
      },
    ],
    ["SIP_USERS_FILE", "/etc/users.csv", { usersFile: "/etc/users.csv" }],
    ["DATA_DIR", "/var/lib/sipwake", { dataDir: "/var/lib/sipwake" }],
    ["RECORDS", "memory", { records: "memory" }],
    ["TABLE", "calls", { table: "calls" }],
    ["BUCKET_SECONDS", "1", { bucket: 1_000 }],
    ["BUCKET_SECONDS", "300", { bucket: 300_000 }],
    ["HEDGE_MS", "0", { hedge: 0 }],
    ["HEDGE_MS", "30000", { hedge: 30_000 }],
    ["TURN_SECONDS", "180", { turn: 180_000 }],
    ["CANCEL_PUSHES", "off", { cancelPushes: false }],
    [
      "ORIGINS",
      "https://App.example.com, capacitor://localhost",
      { origins: ["https://app.example.com", "capacitor://localhost"] },
    ],
    ["ORIGINS", "*", { origins: ["*"] }],
    ["ORIGINS", "null, file://", { origins: ["null", "file://"] }],
    ["REQUEST_BURST", "7", limited({ requests: { burst: 7, perSecond: 40 } })],
    ["REQUESTS_PER_SECOND", "5", limited({ requests: { burst: 200, perSecond: 5 } })],
    ["REQUESTS_PER_SECOND", "0", limited({ requests: { burst: 200, perSecond: Number.POSITIVE_INFINITY } })],
    ["MAX_CONNECTIONS", "7", limited({ maxConnections: 7 })],
    ["MAX_CONNECTIONS", "0", limited({ maxConnections: Number.POSITIVE_INFINITY })],
    ["ADDRESS_CONNECTIONS", "7", limited({ maxPerAddress: 7 })],
    ["CONNECTS_PER_SECOND", "7", limited({ connects: { burst: 7, perSecond: 7 } })],
    ["ADDRESS_CONNECTIONS", "0", limited({ maxPerAddress: Number.POSITIVE_INFINITY })],
    ["PROOF_SECONDS", "7", limited({ proofTimeout: 7_000 })],
    ["USER_GUESSES", "6", limited({ wrongProofsOfUser: { burst: 6, perSecond: 0.01 } })],
    ["USER_GUESSES", "0", limited({ wrongProofsOfUser: { burst: 0, perSecond: Number.POSITIVE_INFINITY } })],
    ["ADDRESS_GUESSES", "6", limited({ wrongProofsOfAddress: { burst: 6, perSecond: 0.01 } })],
    ["LOG_LEVEL", "silent", { logLevel: "silent" }],
  ])("takes %s=%s, and leaves the rest as it is", (name, value, expected) => {
    expect(loadConfig({ [name]: value })).toEqual({ ...DEFAULTS, ...expected });
  });

  test("takes an empty variable for one that is not set", () => {
    const { SIP_USERS: _, ...others } = VARIABLES;
    const env = Object.fromEntries(Object.keys(others).map((name) => [name, ""]));
    expect(loadConfig(env)).toEqual(DEFAULTS);
  });

  test("has no users where SIP_USERS is set and empty: they may all be in a file", () => {
    expect(loadConfig({ SIP_USERS: "" }).users).toEqual([]);
  });

  test("reads no variable that --help does not tell of, but the SDK's own", () => {
    const asked = new Set<string>();
    const env = new Proxy<Record<string, string>>({}, { get: (_, name) => void asked.add(String(name)) });
    loadConfig(env);
    const own = [...asked].filter((name) => !name.startsWith("AWS_"));
    expect(own.sort()).toEqual(Object.keys(VARIABLES).sort());
  });
});

describe("DynamoDB", () => {
  const ON_DYNAMODB = { RECORDS: "dynamodb", TABLE: "calls" };

  test("needs the name of its table", () => {
    expect(loadConfig(ON_DYNAMODB)).toEqual({ ...DEFAULTS, records: "dynamodb", table: "calls" });
    expect(problemsOf({ RECORDS: "dynamodb" })).toEqual([expect.stringContaining("TABLE")]);
  });

  test.each<[boolean, string, Record<string, string>]>([
    [true, "an endpoint is given and no credentials", { AWS_ENDPOINT_URL: "http://localhost:8000" }],
    [true, "its own endpoint is given", { AWS_ENDPOINT_URL_DYNAMODB: "http://localhost:8000" }],
    [
      false,
      "the endpoint comes with credentials",
      { AWS_ENDPOINT_URL_DYNAMODB: "https://vpce.example", AWS_ACCESS_KEY_ID: "AKIA" },
    ],
    [
      false,
      "the endpoint comes with a profile",
      { AWS_ENDPOINT_URL: "https://vpce.example", AWS_PROFILE: "x" },
    ],
    [false, "no endpoint is given", { AWS_REGION: "eu-central-1" }],
  ])("is a double (%s) when %s", (isDouble, _, env) => {
    expect(loadConfig({ ...ON_DYNAMODB, ...env }).isDouble).toBe(isDouble);
  });
});

const ACCOUNT = "arn:aws:sns:eu-central-1:123456789012:app";
const APPLE = {
  APNS_KEY_FILE: "/etc/AuthKey_KEY4567890.p8",
  APNS_KEY_ID: "KEY4567890",
  APNS_TEAM_ID: "TEAM567890",
  APNS_BUNDLES: "com.example.app, org.acme.phone",
};

describe("push services", () => {
  test("are a double as long as none is configured", () => {
    const { push, snsApplications } = loadConfig({});
    expect(push).toEqual({ apns: undefined, fcmAccountFile: undefined });
    expect(snsApplications).toEqual([]);
  });

  test("may be SNS's platform applications, several of an app", () => {
    const entries = [
      `com.example.app=${ACCOUNT}/APNS/Example`,
      `com.example.app=${ACCOUNT}/APNS_VOIP/Example-VoIP`,
      `com.example.app=${ACCOUNT}/APNS_VOIP_SANDBOX/Example.dev_1`,
      `my-project=${ACCOUNT}/GCM/Example`,
    ];
    const { snsApplications: sns } = loadConfig({ SNS_APPLICATIONS: entries.join(" , ") });
    expect(sns.map(({ app, platform }) => [app, platform])).toEqual([
      ["com.example.app", "APNS"],
      ["com.example.app", "APNS_VOIP"],
      ["com.example.app", "APNS_VOIP_SANDBOX"],
      ["my-project", "GCM"],
    ]);
    expect(sns[0]).toMatchObject({ arn: `${ACCOUNT}/APNS/Example`, region: "eu-central-1" });
  });

  test.each([
    "arn:aws-us-gov:sns:us-gov-west-1:123456789012:app/GCM/x",
    "arn:aws:sns:us-east-1:123456789012:app/GCM/x",
  ])("may be in any partition: %s", (arn) => {
    expect(loadConfig({ SNS_APPLICATIONS: `p=${arn}` }).snsApplications).toMatchObject([{ arn }]);
  });

  test("may be Apple's own, with a key", () => {
    expect(loadConfig(APPLE).push.apns).toEqual({
      keyFile: "/etc/AuthKey_KEY4567890.p8",
      keyId: "KEY4567890",
      teamId: "TEAM567890",
      bundles: ["com.example.app", "org.acme.phone"],
    });
  });

  test("may be Firebase itself, with a service account", () => {
    expect(loadConfig({ FCM_SERVICE_ACCOUNT: "/etc/fcm.json" }).push.fcmAccountFile).toBe("/etc/fcm.json");
  });

  test("may be of several kinds, each for other phones", () => {
    const env = { ...APPLE, SNS_APPLICATIONS: `my-project=${ACCOUNT}/GCM/x` };
    expect(problemsOf(env)).toEqual([]);
    expect(problemsOf({ ...APPLE, FCM_SERVICE_ACCOUNT: "/etc/fcm.json" })).toEqual([]);
  });

  test.each([
    [
      { ...APPLE, SNS_APPLICATIONS: `a=${ACCOUNT}/APNS/x` },
      "SNS_APPLICATIONS and APNS_KEY_FILE are both for apns: leave out one",
    ],
    [
      { ...APPLE, SNS_APPLICATIONS: `a=${ACCOUNT}/APNS_VOIP/x,a=${ACCOUNT}/APNS_SANDBOX/x` },
      "SNS_APPLICATIONS and APNS_KEY_FILE are both for apns and apns.dev: leave out one",
    ],
    [
      { FCM_SERVICE_ACCOUNT: "/etc/fcm.json", SNS_APPLICATIONS: `a=${ACCOUNT}/GCM/x` },
      "SNS_APPLICATIONS and FCM_SERVICE_ACCOUNT are both for fcm: leave out one",
    ],
  ])("are not two for the same phones", (env, problem) => {
    expect(problemsOf(env)).toEqual([problem]);
  });

  test("of SNS are in one region, and one for each app and platform", () => {
    const elsewhere = "arn:aws:sns:us-east-1:123456789012:app/GCM/x";
    expect(problemsOf({ SNS_APPLICATIONS: `a=${ACCOUNT}/GCM/x,b=${elsewhere}` })).toEqual([
      "SNS_APPLICATIONS must be in one region, not in eu-central-1 and us-east-1",
    ]);
    expect(problemsOf({ SNS_APPLICATIONS: `a=${ACCOUNT}/APNS/x,a=${ACCOUNT}/APNS/y` })).toEqual([
      "SNS_APPLICATIONS has two for APNS of a",
    ]);
  });

  test.each([
    `${ACCOUNT}/GCM/x`,
    `=${ACCOUNT}/GCM/x`,
    "my-project=",
    "my-project",
    `my-project=${ACCOUNT}/ADM/x`,
    `my-project=${ACCOUNT}/GCM`,
    `my-project=${ACCOUNT}/GCM/x/y`,
    "my-project=arn:aws:sns:eu-central-1:123456789012:topic",
    "my-project=arn:aws:sqs:eu-central-1:123456789012:app/GCM/x",
    "my-project=arn:aws:sns:eu-central-1:123:app/GCM/x",
  ])("of SNS are no entry like %s", (entry) => {
    expect(problemsOf({ SNS_APPLICATIONS: `a=${ACCOUNT}/APNS/x,${entry}` })).toEqual([
      `SNS_APPLICATIONS entry 2 must be app=arn:aws:sns:REGION:ACCOUNT:app/PLATFORM/NAME, not "${entry}"`,
    ]);
  });

  test.each(Object.keys(APPLE))("of Apple need %s", (name) => {
    const given = Object.keys(APPLE).filter((other) => other !== name);
    expect(problemsOf({ ...APPLE, [name]: "" })).toEqual([`${given.join(" and ")} also need ${name}`]);
  });

  test.each([
    ["APNS_KEY_ID", "KEY", 'APNS_KEY_ID must be the 10 letters and digits that Apple gave it, not "KEY"'],
    [
      "APNS_TEAM_ID",
      "team567890",
      'APNS_TEAM_ID must be the 10 letters and digits that Apple gave it, not "team567890"',
    ],
    ["APNS_BUNDLES", "com.example.app,x y", 'APNS_BUNDLES must be bundle ids, and "x y" is none'],
    ["APNS_BUNDLES", " , ", "APNS_BUNDLES must name a bundle id"],
  ])("of Apple are not set up by %s=%s", (name, value, problem) => {
    expect(problemsOf({ ...APPLE, [name]: value })).toEqual([problem]);
  });
});

describe("web pushes", () => {
  const KEYS = passingVapidKeys();

  test("are signed with the private key that is given; the public key follows from it", () => {
    const given = { VAPID_PRIVATE_KEY: KEYS.privateKey };
    expect(loadConfig(given).webPush.keys).toEqual(KEYS);
    expect(loadConfig({ ...given, VAPID_PUBLIC_KEY: KEYS.publicKey }).webPush.keys).toEqual(KEYS);
  });

  test.each(["mailto:admin@example.com", "https://example.com/contact"])("are signed by %s", (subject) => {
    expect(loadConfig({ VAPID_SUBJECT: subject }).webPush.subject).toBe(subject);
  });

  test("go to the hosts that are named, and these are what the registrar takes", () => {
    const { webPush, register } = loadConfig({
      WEB_PUSH_HOSTS: "Push.Example:443, *.a.example:8443,[::1]:9",
    });
    expect(webPush.hosts).toEqual(["push.example", "*.a.example:8443", "[::1]:9"]);
    expect(register.webPushHosts).toBe(webPush.hosts);
  });

  test.each([
    [
      "another pair's public key",
      { VAPID_PRIVATE_KEY: KEYS.privateKey, VAPID_PUBLIC_KEY: passingVapidKeys().publicKey },
      `VAPID_PUBLIC_KEY must be the public key of VAPID_PRIVATE_KEY, ${KEYS.publicKey}`,
    ],
    ["a public key alone", { VAPID_PUBLIC_KEY: KEYS.publicKey }, "VAPID_PUBLIC_KEY needs VAPID_PRIVATE_KEY"],
    [
      "half a private key",
      { VAPID_PRIVATE_KEY: KEYS.privateKey.slice(20) },
      "VAPID_PRIVATE_KEY must be 32 octets of a P-256 key in base64url, without padding",
    ],
    [
      "a private key that is no number of the curve",
      { VAPID_PRIVATE_KEY: Buffer.alloc(32, 255).toString("base64url") },
      "VAPID_PRIVATE_KEY must be 32 octets of a P-256 key in base64url, without padding",
    ],
    ...["admin@example.com", "http://example.com", "https://localhost/", "mailto:", "tel:112"].map(
      (subject): [string, Record<string, string>, string] => [
        `the subject ${subject}`,
        { VAPID_SUBJECT: subject },
        `VAPID_SUBJECT must be a mailto: or https: URI of yours, not "${subject}"`,
      ],
    ),
    ...["https://push.example", "push.example/x", "*", "*.", "a.*.example", "user@host", "host:port"].map(
      (host): [string, Record<string, string>, string] => [
        `the host ${host}`,
        { WEB_PUSH_HOSTS: `ok.example,${host}` },
        `WEB_PUSH_HOSTS must be host names, *.name for those below one, with a port if it is not 443, not "${host}"`,
      ],
    ),
    ["no host", { WEB_PUSH_HOSTS: "," }, "WEB_PUSH_HOSTS must name a host"],
  ] as [string, Record<string, string>, string][])("cannot be set up with %s", (_, env, problem) => {
    expect(problemsOf(env)).toEqual([problem]);
  });
});

describe("an environment that is wrong", () => {
  test.each([
    ["PORT", "eighty", 'PORT must be a whole number from 0 to 65535, not "eighty"'],
    ["PORT", "65536", 'PORT must be a whole number from 0 to 65535, not "65536"'],
    ["PORT", "-1", 'PORT must be a whole number from 0 to 65535, not "-1"'],
    ["PORT", "80.5", 'PORT must be a whole number from 0 to 65535, not "80.5"'],
    ["BUCKET_SECONDS", "0", 'BUCKET_SECONDS must be a whole number from 1 to 300, not "0"'],
    ["BUCKET_SECONDS", "301", 'BUCKET_SECONDS must be a whole number from 1 to 300, not "301"'],
    ["HEDGE_MS", "1.5", 'HEDGE_MS must be a whole number from 0 to 30000, not "1.5"'],
    ["TURN_SECONDS", "0", 'TURN_SECONDS must be a whole number from 1 to 180, not "0"'],
    ["CANCEL_PUSHES", "yes", 'CANCEL_PUSHES must be one of on, off, not "yes"'],
    ["RECORDS", "redis", 'RECORDS must be one of lmdb, memory, dynamodb, not "redis"'],
    ["ORIGINS", "app.example.com", 'ORIGINS must be like https://example.com, not "app.example.com"'],
    [
      "ORIGINS",
      "https://example.com/app",
      'ORIGINS must be like https://example.com, not "https://example.com/app"',
    ],
    ["REQUEST_BURST", "0", 'REQUEST_BURST must be a whole number from 1 to 100000, not "0"'],
    ["REQUESTS_PER_SECOND", "-1", 'REQUESTS_PER_SECOND must be a whole number from 0 to 100000, not "-1"'],
    ["MAX_CONNECTIONS", "all", 'MAX_CONNECTIONS must be a whole number from 0 to 1000000, not "all"'],
    ["PROOF_SECONDS", "0", 'PROOF_SECONDS must be a whole number from 1 to 3600, not "0"'],
    ["USER_GUESSES", "1.5", 'USER_GUESSES must be a whole number from 0 to 100000, not "1.5"'],
    ["ADDRESS_GUESSES", "x", 'ADDRESS_GUESSES must be a whole number from 0 to 100000, not "x"'],
    ["LOG_LEVEL", "loud", 'LOG_LEVEL must be one of debug, info, warn, error, silent, not "loud"'],
    ["SIP_DOMAINS", " , ", "SIP_DOMAINS must name a domain"],
    ["SIP_USERS", "alice", "SIP_USERS entry 1 must be user:password"],
    ["SIP_USERS", "alice:x,:y", "SIP_USERS entry 2 must be user:password"],
    ["SIP_USERS", "alice:x,bob:", "SIP_USERS entry 2 must be user:password"],
  ])("by %s=%s is told what it should be", (name, value, problem) => {
    expect(problemsOf({ [name]: value })).toEqual([problem]);
  });

  test.each<[Record<string, string>, string]>([
    [{ FLEET_PORT: "x" }, 'FLEET_PORT must be a whole number from 0 to 65535, not "x"'],
    [{ FLEET_LEASE_SECONDS: "2" }, 'FLEET_LEASE_SECONDS must be a whole number from 3 to 300, not "2"'],
    [{ RECORDS: "lmdb" }, "FLEET_HOST needs RECORDS=dynamodb: edges share a table"],
    [{ SECRET_KEYS: "" }, "FLEET_HOST needs SECRET_KEYS, the same ones for all edges"],
    [{ FLEET_HOST: "0.0.0.0" }, "FLEET_HOST=0.0.0.0 needs FLEET_URL: where the other edges reach this one"],
    [
      { FLEET_HOST: "10.0.0.1", TCP_PORT: "5060" },
      "FLEET_HOST and TCP_PORT need PUBLIC_TCP, the same for all edges",
    ],
    ...["10.0.0.5:8081", "http://10.0.0.5:8081/", "ftp://10.0.0.5", "http://", "http://u@10.0.0.5"].map(
      (url): [Record<string, string>, string] => [
        { FLEET_URL: url },
        `FLEET_URL must be http://host:port, without a path, not "${url}"`,
      ],
    ),
  ])("of a fleet is told what it should be: %j", (environment, problem) => {
    expect(problemsOf({ ...FLEET, ...environment })).toEqual([problem]);
  });

  test("is told everything that is wrong with it at once", () => {
    const problems = problemsOf({
      PORT: "x",
      SIP_DOMAINS: ",",
      SIP_USERS: "alice",
      RECORDS: "redis",
      BUCKET_SECONDS: "x",
      LOG_LEVEL: "loud",
    });
    const named = problems.map((problem) => problem.split(" ")[0]);
    expect(named.sort()).toEqual([
      "BUCKET_SECONDS",
      "LOG_LEVEL",
      "PORT",
      "RECORDS",
      "SIP_DOMAINS",
      "SIP_USERS",
    ]);
  });

  test("is never told a password, whatever is wrong with the entry that has it", () => {
    const entries = ["hunter2", ":hunter2", "alice:ok", "hunter2:", "alice hunter2"];
    const problems = problemsOf({ SIP_USERS: entries.join(","), PORT: "x" });
    expect(problems).toHaveLength(5);
    expect(new ConfigError(problems).message).not.toContain("hunter2");
  });
});

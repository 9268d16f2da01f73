import { describe, expect, test } from "vitest";
import { DEFAULT_REGISTER_POLICY } from "../../functions/registrar/policy.ts";
import { ConfigError, type LocalConfig, loadConfig, VARIABLES } from "../../infra/local/config.ts";

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
  host: "127.0.0.1",
  port: 8080,
  domains: ["localhost"],
  users: [
    ["alice", "sipwake"],
    ["bob", "sipwake"],
  ],
  usersFile: undefined,
  dataDir: ".sipwake",
  records: "lmdb",
  table: undefined,
  isDouble: false,
  bucket: 25_000,
  hedge: 2_000,
  turn: 20_000,
  cancelPushes: true,
  wakes: {
    perDevice: { pushes: 20, window: 600_000 },
    perCaller: { pushes: 60, window: 600_000 },
  },
  sharesTokens: false,
  isMessageStoreOn: true,
  register: DEFAULT_REGISTER_POLICY,
  logLevel: "info",
};

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
    ["SIP_DOMAINS", "Example.COM", { domains: ["example.com"] }],
    ["SIP_DOMAINS", " example.com , example.org,, ", { domains: ["example.com", "example.org"] }],
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
    ["LOG_LEVEL", "loud", 'LOG_LEVEL must be one of debug, info, warn, error, silent, not "loud"'],
    ["SIP_DOMAINS", " , ", "SIP_DOMAINS must name a domain"],
    ["SIP_USERS", "alice", "SIP_USERS entry 1 must be user:password"],
    ["SIP_USERS", "alice:x,:y", "SIP_USERS entry 2 must be user:password"],
    ["SIP_USERS", "alice:x,bob:", "SIP_USERS entry 2 must be user:password"],
  ])("by %s=%s is told what it should be", (name, value, problem) => {
    expect(problemsOf({ [name]: value })).toEqual([problem]);
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

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DEFAULT_FORK_TIMERS } from "../../functions/proxy/fork.ts";
import { checkOnline } from "../../infra/aws/check-online.ts";
import { checkStage } from "../../infra/aws/check-stage.ts";
import { timerProblems } from "../../infra/aws/stage-limits.ts";
import { objectionTo, STAGE_VARIABLES } from "../../infra/aws/stage-variables.ts";
import { VARIABLES } from "../../infra/local/variables.ts";

const EXAMPLE = readFileSync(new URL("../../infra/stages/example.env", import.meta.url), "utf8");
const KNOWN = Object.keys(VARIABLES);

const GOOD = {
  REGION: "eu-central-1",
  SIP_DOMAINS: "sip.example.com",
  SECRET_KEYS_SECRET: "sipwake/prod/secret-keys",
  SNS_APPLICATIONS: "app=arn:aws:sns:eu-central-1:123456789012:app/GCM/app",
};

/** What is wrong with a good stage of which this is changed; "" leaves a variable out. */
function problemsOf(change: Readonly<Record<string, string>>): readonly string[] {
  const lines = Object.entries({ ...GOOD, ...change })
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${name}=${value}`);
  return checkStage(lines.join("\n"), KNOWN).problems;
}

test("the example can be deployed, once its names are filled in", () => {
  expect(checkStage(EXAMPLE, KNOWN).problems).toEqual([]);
});

test("every variable that the example names is one, also those that are commented out", () => {
  const names = Array.from(EXAMPLE.matchAll(/^(?:# )?([A-Z_]+)=/gm), ([, name = ""]) => name);
  expect(names.length).toBeGreaterThan(8);
  expect(names.filter((name) => !STAGE_VARIABLES.includes(name))).toEqual([]);
});

test("a good stage has no problems", () => {
  expect(problemsOf({})).toEqual([]);
});

const KEY = `1:${Buffer.alloc(32, "Kk1").toString("base64")}`;
const PUSH_REGIONS = expect.stringMatching(
  /^SNS does not push to phones from eu-north-1, only from us-east-1, /,
);

test.each<[string, Record<string, string>, string | readonly unknown[]]>([
  [
    "a typo, with the name that was meant",
    { SIP_DOMAIN: "x" },
    "there is no variable SIP_DOMAIN; did you mean SIP_DOMAINS?",
  ],
  ["small letters", { origins: "x" }, "there is no variable origins; did you mean ORIGINS?"],
  ["a name like none", { COLOUR: "red" }, "there is no variable COLOUR"],
  ["what npm start takes", { PORT: "80" }, "PORT means nothing on AWS"],
  ["a file, which functions have not", { JWT_KEY_FILE: "key.pem" }, "JWT_KEY_FILE means nothing on AWS"],
  [
    "keys in plain text",
    { SECRET_KEYS: KEY },
    "SECRET_KEYS is a secret and must not stand here: keep it in Secrets Manager, and name that secret in SECRET_KEYS_SECRET",
  ],
  [
    "a browser key in plain text",
    { VAPID_PRIVATE_KEY: "k" },
    "VAPID_PRIVATE_KEY is a secret and must not stand here: keep it in Secrets Manager, and name that secret in VAPID_PRIVATE_KEY_SECRET",
  ],
  ["passwords", { SIP_USERS: "alice:secret" }, "SIP_USERS is a secret and must not stand here"],
  [
    "a key where no key belongs",
    { JWT_ISSUER: '"-----BEGIN PRIVATE KEY-----"' },
    ["JWT_ISSUER holds a key, which must not stand here", expect.any(String)],
  ],
  ["no keys", { SECRET_KEYS_SECRET: "" }, "SECRET_KEYS_SECRET must name the secret that holds SECRET_KEYS"],
  [
    "keys in the place of their name",
    { SECRET_KEYS_SECRET: KEY },
    "SECRET_KEYS_SECRET must be the name of a secret, and looks like the secret itself",
  ],
  [
    "what is no name",
    { SECRET_KEYS_SECRET: "a b" },
    "SECRET_KEYS_SECRET must be the name or the ARN of a secret in Secrets Manager",
  ],
  [
    "a secret elsewhere",
    { SECRET_KEYS_SECRET: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:keys-AbCdEf" },
    "SECRET_KEYS_SECRET is in eu-west-1, and the functions are in eu-central-1",
  ],
  [
    "applications elsewhere",
    { REGION: "eu-west-1" },
    "SNS_APPLICATIONS are in eu-central-1, and the functions are in eu-west-1",
  ],
  [
    "a region without mobile push",
    { REGION: "eu-north-1", SNS_APPLICATIONS: "app=arn:aws:sns:eu-north-1:123456789012:app/GCM/app" },
    [PUSH_REGIONS],
  ],
  ["no domain of one's own", { SIP_DOMAINS: "" }, "SIP_DOMAINS must be your own, not localhost"],
  [
    "an idle limit that is not API Gateway's",
    { IDLE_LIMIT: "3600" },
    "IDLE_LIMIT must be 600 or less: API Gateway ends connections that are silent for longer",
  ],
  [
    "pings that come too late",
    { FLOW_TIMER: "600" },
    "FLOW_TIMER must be below IDLE_LIMIT: by then API Gateway has ended the connection",
  ],
  [
    "waits that the functions refuse",
    { BUCKET_SECONDS: "301" },
    'BUCKET_SECONDS must be a whole number from 1 to 300, not "301"',
  ],
  [
    "more contacts than an item holds",
    { MAX_CONTACTS: "50", MAX_CONTACT_OCTETS: "4096" },
    expect.stringMatching(
      /^MAX_CONTACTS=50 of MAX_CONTACT_OCTETS=4096 can make a record of \d+ KB, and DynamoDB has items of 400 KB$/,
    ),
  ],
  [
    "an issuer on this machine",
    { JWT_JWKS_URL: "http://localhost/jwks", JWT_ISSUER: "https://id.example", JWT_AUDIENCE: "us" },
    "JWT_JWKS_URL must be https: the functions are on another machine",
  ],
])("is told: %s", (_what, change, problem) => {
  expect(problemsOf(change)).toEqual(Array.isArray(problem) ? problem : [problem]);
});

test("all that is wrong is told at once", () => {
  expect(
    problemsOf({ SIP_DOMAINS: "", IDLE_LIMIT: "3600", CHALLENGE: "md5", LOG_LEVEL: "loud" }),
  ).toHaveLength(4);
});

test("no name of a secret is taken for a secret, and no key for a name", () => {
  for (const name of ["sipwake/production/eu-central-1/secret-keys-of-2026", "Keys2026", "a".repeat(64)])
    expect(problemsOf({ SECRET_KEYS_SECRET: name })).toEqual([]);
  for (let n = 0; n < 100; n++)
    expect(problemsOf({ SECRET_KEYS_SECRET: randomBytes(32).toString("base64") })).toHaveLength(1);
});

test("nothing that may be a secret is repeated", () => {
  const said = [
    ...problemsOf({
      SECRET_KEYS: KEY,
      VAPID_PRIVATE_KEY: KEY,
      SIP_USERS: KEY,
      SECRET_KEYS_SECRET: KEY,
      COLOUR: KEY,
    }),
    ...checkStage(`SECRET_KEYS ${KEY}\n ${KEY}`, KNOWN).problems,
  ];
  expect(said.length).toBeGreaterThan(5);
  expect(said.join("\n")).not.toContain(KEY.slice(2));
});

describe("a file", () => {
  test("has lines NAME=value, comments and empty lines", () => {
    const text = "# a\n\nREGION = x\nexport A=b\nB\nSIP_DOMAINS=a\nSIP_DOMAINS=b\n";
    expect(checkStage(text, KNOWN).problems.filter((problem) => problem.startsWith("line"))).toEqual([
      "line 3 must be NAME=value, or a comment behind #",
      "line 4 must be NAME=value, or a comment behind #",
      "line 5 must be NAME=value, or a comment behind #",
      "line 7 sets SIP_DOMAINS again",
    ]);
  });

  test("may quote its values", () => {
    const { config } = checkStage('SIP_DOMAINS="a.example,b.example"\n', KNOWN);
    expect(config.domains).toEqual(["a.example", "b.example"]);
  });
});

test("every variable of npm start is one of a stage, a secret, or means nothing there", () => {
  for (const name of KNOWN)
    expect(objectionTo(name, KNOWN) ?? "").toMatch(/^$|is a secret|means nothing on AWS$/);
});

test("a wait that SQS cannot delay is told, should one ever be configured", () => {
  expect(timerProblems(DEFAULT_FORK_TIMERS)).toEqual([]);
  expect(timerProblems({ ...DEFAULT_FORK_TIMERS, timerC: 900_001 })).toEqual([
    'the timer "timerC" is 900.001 s, and SQS delays by 900 s at most',
  ]);
});

describe("what may be meant, and better is", () => {
  test.each([
    [{ SNS_APPLICATIONS: "" }, /no sleeping phone can be woken/],
    [{ ORIGINS: "*" }, /pages of anybody/],
    [{ LOG_AORS: "plain" }, /who calls whom/],
    [{ LOG_LEVEL: "debug" }, /LOG_LEVEL=debug costs/],
  ])("is a note: %j", (change, note) => {
    const lines = Object.entries({ ...GOOD, ...change }).map(([name, value]) => `${name}=${value}`);
    const { problems, notes } = checkStage(lines.join("\n"), KNOWN);
    expect(problems).toEqual([]);
    expect(notes).toContainEqual(expect.stringMatching(note));
  });
});

test("asked online, an application must be there and enabled, and better tells of dead tokens", async () => {
  const application = (arn: string) => ({ arn, app: "a", platform: "GCM", region: "us-east-1" }) as const;
  const told: Record<string, Record<string, string>> = {
    good: { Enabled: "true", EventDeliveryFailure: "arn" },
    disabled: { Enabled: "false" },
    silent: { Enabled: "true" },
  };
  const applications = ["good", "disabled", "silent", "missing"].map(application);
  expect(await checkOnline(applications, async (arn) => told[arn])).toEqual({
    problems: [
      "the platform application disabled is disabled: its key is not good any more",
      "there is no platform application missing; see sipwake aws setup-push --help",
    ],
    notes: ["silent tells nobody of dead tokens: run aws setup-push with --feedback-topic"],
  });
});

// What serverless.yml takes from infra/stages/STAGE.env, or from the file that STAGE_FILE names. CommonJS, as osls reads no modules.
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { parseEnv } = require("node:util");
const VARIABLES = require("./variables.json");

/** What is a secret is in Secrets Manager only, and CloudFormation looks it up there. */
const SECRETS = ["SECRET_KEYS", "VAPID_PRIVATE_KEY"];

module.exports = async ({ resolveVariable }) => {
  const stage = await resolveVariable("sls:stage");
  const file = process.env.STAGE_FILE || join(__dirname, `${stage}.env`);
  return stageOf(stage, set(parseEnv(textIn(file))), file);
};

function textIn(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Error(`${error.message}: copy infra/stages/example.env there, and fill it in`);
  }
}

function stageOf(stage, given, file) {
  for (const name of SECRETS)
    if (name in given) throw new Error(`${file}: no ${name} here, but ${name}_SECRET, the name of a secret`);
  if (!("SECRET_KEYS_SECRET" in given)) throw new Error(`${file}: SECRET_KEYS_SECRET must be set`);
  const value = (name) => given[name] ?? VARIABLES[name][0];
  const applications = (given.SNS_APPLICATIONS ?? "")
    .split(",")
    .flatMap((entry) => entry.split("=")[1]?.trim() ?? []);
  const isTableProtected = (value("PROTECT_TABLE") || (stage === "prod" ? "on" : "off")) === "on";
  return {
    // Whatever is not set is left out, so that the functions' own defaults hold.
    environment: {
      STAGE: stage,
      TABLE: { Ref: "Records" },
      ALARM_QUEUE_URL: { Ref: "AlarmQueue" },
      CONNECTIONS_URL: {
        "Fn::Sub": `https://\${WebsocketsApi}.execute-api.\${AWS::Region}.\${AWS::URLSuffix}/${stage}`,
      },
      // API Gateway cuts connections over which nothing was said for ten minutes.
      IDLE_LIMIT: "600",
      ...Object.fromEntries(Object.entries(given).filter(([name]) => !(name in VARIABLES))),
      ...Object.fromEntries(SECRETS.flatMap((name) => secretOf(name, given[`${name}_SECRET`]))),
    },
    region: value("REGION"),
    runtime: value("RUNTIME"),
    tokens: "JWT_ISSUER" in given ? "taken" : "untaken",
    // The platform applications, and all endpoints of each.
    pushes: applications.flatMap((arn) => [arn, `${arn.replace(":app/", ":endpoint/")}/*`]),
    isTableProtected,
    tableRemoval: isTableProtected ? "Retain" : "Delete",
    logDays: Number(value("LOG_DAYS")),
    tracing: value("XRAY") === "on" ? "Active" : "PassThrough",
    alarmEmail: value("ALARM_EMAIL"),
    messageConcurrency: value("MESSAGE_CONCURRENCY") === "" ? null : Number(value("MESSAGE_CONCURRENCY")),
    connectsPerSecond: Number(value("CONNECTS_PER_SECOND")),
    messagesPerSecond: Number(value("MESSAGES_PER_SECOND")),
    messageBurst: Math.ceil(Number(value("MESSAGES_PER_SECOND")) / 2),
    domainName: value("DOMAIN_NAME"),
    certificateArn: value("CERTIFICATE_ARN"),
  };
}

/** Without the variables that are there and empty. */
function set(given) {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ""));
}

function secretOf(name, secret) {
  return secret === undefined ? [] : [[name, `{{resolve:secretsmanager:${secret}:SecretString}}`]];
}

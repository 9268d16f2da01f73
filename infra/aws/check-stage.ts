import { type Config, readConfig } from "../../functions/config/config.ts";
import { readSecrets } from "../../functions/config/read-secrets.ts";
import { type Environment, reading } from "../../functions/config/reading.ts";
import { settingsOf } from "../../functions/config/settings.ts";
import { VARIABLES } from "../../functions/config/variables.ts";
import { checkDeployment } from "./deployment.ts";
import { PUSH_REGIONS } from "./push-regions.ts";
import { stageFile } from "./stage-file.ts";
import { contactProblems, environmentProblems, GATEWAY_IDLE, timerProblems } from "./stage-limits.ts";
import { objectionTo, SECRETS, STAGE_VARIABLES } from "./stage-variables.ts";

/** What there is to say of a stage's configuration. */
export interface StageCheck {
  /** What must be mended; a line each. */
  readonly problems: readonly string[];
  /** What may well be meant, and better is. */
  readonly notes: readonly string[];
  readonly region: string;
  /** Of no use if there are problems. */
  readonly config: Config;
}

const SECRET_ARN = /^arn:aws[a-z-]*:secretsmanager:([a-z0-9-]+):\d{12}:secret:[\w/+=.@-]+$/;
const SECRET_NAME = /^[\w/+=.@-]{1,512}$/;

/**
 * Checks a stage's file before it is deployed: all that the functions would refuse when they start, and what they could not know.
 * `known` are variables that mean something elsewhere.
 */
export function checkStage(text: string, known: readonly string[]): StageCheck {
  const problems: string[] = [];
  const values = stageFile(text, problems);
  for (const [name, value = ""] of Object.entries(values)) {
    const objection = objectionTo(name, known);
    if (objection !== undefined) problems.push(objection);
    else if (value.includes("-----BEGIN")) problems.push(`${name} holds a key, which must not stand here`);
  }
  const region = checkDeployment(values, problems);
  checkSecrets(values, region, problems);
  const config = readConfig(reading(VARIABLES, readable(values), problems), problems);
  problems.push(...cloudProblems(values, config, region), ...environmentProblems(values));
  return { problems, notes: notesOn(values, config), region, config };
}

function checkSecrets(values: Environment, region: string, problems: string[]): void {
  for (const reference of Object.values(SECRETS)) {
    const value = values[reference] ?? "";
    const arn = SECRET_ARN.exec(value);
    if (value === "") continue;
    // Not the value itself: it may be the secret.
    if (looksLikeKey(value))
      problems.push(`${reference} must be the name of a secret, and looks like the secret itself`);
    else if (arn !== null && arn[1] !== region)
      problems.push(`${reference} is in ${arn[1]}, and the functions are in ${region}`);
    else if (arn === null && !SECRET_NAME.test(value))
      problems.push(`${reference} must be the name or the ARN of a secret in Secrets Manager`);
  }
  if (!values[SECRETS.SECRET_KEYS])
    problems.push(`${SECRETS.SECRET_KEYS} must name the secret that holds SECRET_KEYS`);
}

/** A key is base64 of random octets: of them 32 have, all but for certain, small letters, large ones and digits. */
function looksLikeKey(value: string): boolean {
  if (!/[a-z]/.test(value) || !/[A-Z]/.test(value) || !/\d/.test(value)) return false;
  try {
    return readSecrets([value], "").length > 0;
  } catch {
    return false;
  }
}

/** What the functions read here. Secrets are looked at where they are; a public key would be alone, and a problem. */
function readable(values: Environment): Environment {
  const isRead = (name: string) =>
    STAGE_VARIABLES.includes(name) &&
    !(name === "VAPID_PUBLIC_KEY" && (values[SECRETS.VAPID_PRIVATE_KEY] ?? "") !== "");
  const read = Object.fromEntries(Object.entries(values).filter(([name]) => isRead(name)));
  // As the deployment sets it if nobody else does.
  return { IDLE_LIMIT: String(GATEWAY_IDLE), ...read };
}

function cloudProblems(values: Environment, config: Config, region: string): readonly string[] {
  const problems: string[] = [];
  const { domains, register, snsApplications, tokens } = config;
  if (domains.some((domain) => domain === "localhost"))
    problems.push("SIP_DOMAINS must be your own, not localhost");
  const [application] = snsApplications;
  if (application !== undefined && !PUSH_REGIONS.includes(application.region))
    problems.push(
      `SNS does not push to phones from ${application.region}, only from ${PUSH_REGIONS.join(", ")}`,
    );
  if (application !== undefined && application.region !== region)
    problems.push(`SNS_APPLICATIONS are in ${application.region}, and the functions are in ${region}`);
  if (tokens !== undefined && "url" in tokens.keys && tokens.keys.url.protocol !== "https:")
    problems.push("JWT_JWKS_URL must be https: the functions are on another machine");
  const idleLimit = Number(values["IDLE_LIMIT"] ?? GATEWAY_IDLE);
  if (idleLimit > GATEWAY_IDLE)
    problems.push(
      `IDLE_LIMIT must be ${GATEWAY_IDLE} or less: API Gateway ends connections that are silent for longer`,
    );
  const flowTimer = Number(values["FLOW_TIMER"] ?? 0);
  if (flowTimer >= Math.min(idleLimit, GATEWAY_IDLE))
    problems.push(`FLOW_TIMER must be below IDLE_LIMIT: by then API Gateway has ended the connection`);
  problems.push(...timerProblems(settingsOf(config).timers), ...contactProblems(register));
  return problems;
}

function notesOn(values: Environment, config: Config): readonly string[] {
  const notes: string[] = [];
  if (config.snsApplications.length === 0)
    notes.push("without SNS_APPLICATIONS no sleeping phone can be woken, but for browsers");
  if (config.origins.includes("*")) notes.push("ORIGINS=* lets pages of anybody connect");
  if (config.logsPlainAors) notes.push("LOG_AORS=plain writes who calls whom into CloudWatch");
  if (config.logLevel === "debug") notes.push("LOG_LEVEL=debug costs: CloudWatch takes $0.50 for a GB");
  if (config.webPush.keys !== undefined || values[SECRETS.VAPID_PRIVATE_KEY]) return notes;
  return [...notes, `without ${SECRETS.VAPID_PRIVATE_KEY} no browser is pushed`];
}

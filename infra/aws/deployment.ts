import { type Environment, reading } from "../../functions/config/reading.ts";
import { DEPLOYMENT_VARIABLES } from "./stage-variables.ts";

/** Days that CloudWatch can be told to keep logs for. */
const LOG_DAYS = [
  ...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827],
  ...[2192, 2557, 2922, 3288, 3653],
].map(String);
const REGION = /^[a-z]{2}(?:-[a-z]+)+-\d$/;
const DOMAIN = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/;
const CERTIFICATE = /^arn:aws[a-z-]*:acm:([a-z0-9-]+):\d{12}:certificate\/[\w-]+$/;

/** What only the deployment wants to know. Answers the region; what is wrong is added to the problems. */
export function checkDeployment(values: Environment, problems: string[]): string {
  const { text, integer, oneOf } = reading(DEPLOYMENT_VARIABLES, values, problems);
  const region = text("REGION");
  if (!REGION.test(region)) problems.push(`REGION must be like eu-central-1, not "${region}"`);
  oneOf("RUNTIME", ["nodejs24.x", "nodejs22.x"]);
  oneOf("LOG_DAYS", LOG_DAYS);
  oneOf("XRAY", ["off", "on"]);
  if (text("PROTECT_TABLE") !== "") oneOf("PROTECT_TABLE", ["on", "off"]);
  if (text("MESSAGE_CONCURRENCY") !== "") integer("MESSAGE_CONCURRENCY", 1, 100_000);
  integer("CONNECTS_PER_SECOND", 1, 100_000);
  integer("MESSAGES_PER_SECOND", 1, 1_000_000);
  if (text("ALARM_EMAIL") !== "" && !/^[^@\s]+@[^@\s]+$/.test(text("ALARM_EMAIL")))
    problems.push(`ALARM_EMAIL must be an e-mail address, not "${text("ALARM_EMAIL")}"`);
  checkDomain(text("DOMAIN_NAME"), text("CERTIFICATE_ARN"), region, problems);
  return region;
}

function checkDomain(name: string, certificate: string, region: string, problems: string[]): void {
  if (name === "" && certificate === "") return;
  if (name === "" || certificate === "") problems.push("DOMAIN_NAME and CERTIFICATE_ARN need each other");
  if (name !== "" && !DOMAIN.test(name)) problems.push(`DOMAIN_NAME must be a host name, not "${name}"`);
  const its = CERTIFICATE.exec(certificate)?.[1];
  if (certificate !== "" && its !== region)
    problems.push(`CERTIFICATE_ARN must be the ARN of a certificate of ACM in ${region}`);
}

import { type Config, readConfig } from "../config/config.ts";
import { ConfigError } from "../config/config-error.ts";
import { type Environment, reading } from "../config/reading.ts";
import { VARIABLES as SHARED, type Variables } from "../config/variables.ts";

/** What `serverless.yml` gives the functions beside what is set the same way everywhere. */
export const VARIABLES = {
  ...SHARED,
  TABLE: ["", "DynamoDB table of the records"],
  ALARM_QUEUE_URL: ["", "SQS queue of the alarms"],
  CONNECTIONS_URL: ["", "stage of the WebSocket API whose @connections are ours"],
  STAGE: ["", "what tells the metrics of this deployment from those of others"],
} as const satisfies Variables;

/** How the functions are set up. */
export interface CloudConfig extends Config {
  readonly table: string;
  readonly alarmQueueUrl: string;
  readonly connectionsUrl: string;
  readonly stage: string;
}

/** Throws `ConfigError`. */
export function cloudConfig(env: Environment): CloudConfig {
  const problems: string[] = [];
  const read = reading(VARIABLES, env, problems);
  const needed = (name: "TABLE" | "ALARM_QUEUE_URL" | "CONNECTIONS_URL" | "SECRET_KEYS"): string => {
    if (read.text(name) === "") problems.push(`${name} must be set`);
    return read.text(name);
  };
  needed("SECRET_KEYS");
  const config: CloudConfig = {
    ...readConfig(read, problems),
    table: needed("TABLE"),
    alarmQueueUrl: needed("ALARM_QUEUE_URL"),
    connectionsUrl: needed("CONNECTIONS_URL"),
    stage: read.text("STAGE"),
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

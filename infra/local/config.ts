import { type Config, readConfig } from "../../functions/config/config.ts";
import { ConfigError } from "../../functions/config/config-error.ts";
import { type Environment, listed, type Reading, reading } from "../../functions/config/reading.ts";
import type { EdgeLimits } from "../edge/limits.ts";
import type { FleetConfig } from "../fleet/fleet.ts";
import { edgeLimits, type ListenerConfig, listenerConfig } from "./edge-config.ts";
import { fleetConfig } from "./fleet-config.ts";
import { type PushConfig, pushConfig } from "./push-config.ts";
import { EDGE_VARIABLES, VARIABLES, type Variable } from "./variables.ts";

export type User = readonly [name: string, password: string];

/** How the local stack is set up, from the environment alone. Without secret keys, there is one kept in `dataDir`. */
export interface LocalConfig extends Config {
  /** For trying things out: has users from the start, a page with phones, and a double for push services that are not configured. */
  readonly isDemo: boolean;
  readonly host: string;
  readonly port: number;
  /** Where `/metrics` is served; undefined for nowhere. */
  readonly ops: { readonly host: string; readonly port: number } | undefined;
  /** Between being told to stop and closing connections, in ms. */
  readonly drain: number;
  readonly listeners: ListenerConfig;
  /** Of the first domain. */
  readonly users: readonly User[];
  /** A CSV file with more of them. */
  readonly usersFile: string | undefined;
  /** A JSON file of trunks. */
  readonly trunksFile: string | undefined;
  readonly dataDir: string;
  readonly records: "lmdb" | "memory" | "dynamodb";
  /** The DynamoDB table; only, and always, with `dynamodb`. */
  readonly table: string | undefined;
  /** DynamoDB is a double at some URL, and nobody has given credentials for it. */
  readonly isDouble: boolean;
  /** The fleet that this is an edge of, if it is. */
  readonly fleet: FleetConfig | undefined;
  /** The push services that we speak to ourselves. */
  readonly push: PushConfig;
  /** What clients may cost the edge. */
  readonly limits: EdgeLimits;
}

/** Throws `ConfigError`. A demo has users and a domain though nobody named any; else the domains must be said. */
export function loadConfig(env: Environment, isDemo = true): LocalConfig {
  const problems: string[] = [];
  const variables: typeof EDGE_VARIABLES = isDemo ? VARIABLES : EDGE_VARIABLES;
  const read = reading(variables, env, problems);
  const { text, list, integer, oneOf } = read;
  const records = oneOf("RECORDS", ["lmdb", "memory", "dynamodb"]);
  const table = text("TABLE") || undefined;
  if (records === "dynamodb" && table === undefined) problems.push("RECORDS=dynamodb needs TABLE");
  const shared = readConfig(read, problems);
  const config: LocalConfig = {
    ...shared,
    isDemo,
    host: text("HOST"),
    port: integer("PORT", 0, 65_535),
    ops: opsIn(read),
    drain: integer("DRAIN_SECONDS", 0, 900) * 1000,
    // Set and empty means none.
    users: usersIn(env["SIP_USERS"] ?? variables.SIP_USERS[0], problems),
    usersFile: text("SIP_USERS_FILE") || undefined,
    trunksFile: text("TRUNKS_FILE") || undefined,
    dataDir: text("DATA_DIR"),
    records,
    table,
    isDouble: isDouble(env),
    fleet: fleetConfig(read, problems),
    push: pushConfig(text, list("APNS_BUNDLES"), shared.snsApplications, problems),
    listeners: listenerConfig(read, problems),
    limits: edgeLimits(read, shared.register.flowTimer),
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

function opsIn({ text, integer }: Reading<Variable>): LocalConfig["ops"] {
  const host = text("OPS_HOST");
  return text("OPS_PORT") === "" ? undefined : { host, port: integer("OPS_PORT", 0, 65_535) };
}

function usersIn(text: string, problems: string[]): readonly User[] {
  return listed(text).map((pair, index): User => {
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

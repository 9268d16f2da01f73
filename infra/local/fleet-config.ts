import type { Reading } from "../../functions/config/reading.ts";
import type { FleetConfig } from "../fleet/fleet.ts";
import type { Variable } from "./variables.ts";

/** Addresses that say where to listen, and not where one is reached. */
const ANY: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

/** The fleet that this process is an edge of; undefined if FLEET_HOST names none. */
export function fleetConfig(
  { text, integer }: Reading<Variable>,
  problems: string[],
): FleetConfig | undefined {
  const host = text("FLEET_HOST");
  const config = {
    host,
    port: integer("FLEET_PORT", 0, 65_535),
    url: urlIn(text("FLEET_URL"), problems),
    lease: integer("FLEET_LEASE_SECONDS", 3, 300) * 1000,
  };
  if (host === "") return undefined;
  if (text("RECORDS") !== "dynamodb") problems.push("FLEET_HOST needs RECORDS=dynamodb: edges share a table");
  if (text("SECRET_KEYS") === "") problems.push("FLEET_HOST needs SECRET_KEYS, the same ones for all edges");
  // A dialog's Routes, and our Via, may come back to another edge than the one that wrote them: they must be its own, too.
  if (text("TCP_PORT") !== "" && text("PUBLIC_TCP") === "")
    problems.push("FLEET_HOST and TCP_PORT need PUBLIC_TCP, the same for all edges");
  if (ANY.has(host) && config.url === undefined)
    problems.push(`FLEET_HOST=${host} needs FLEET_URL: where the other edges reach this one`);
  return config;
}

/** Without a path, since what is signed is one. */
function urlIn(text: string, problems: string[]): string | undefined {
  if (text === "") return undefined;
  if (URL.canParse(text) && /^https?:\/\/[^/?#@]+$/.test(text)) return text;
  problems.push(`FLEET_URL must be http://host:port, without a path, not "${text}"`);
  return undefined;
}

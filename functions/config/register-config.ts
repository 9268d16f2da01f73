import { DEFAULT_REGISTER_POLICY, onImpatientEdge, type RegisterPolicy } from "../registrar/policy.ts";
import type { Reading } from "./reading.ts";

/** 423 is for what is below an hour (RFC 3261 §10.3 step 7). */
const HOUR = 3_600;
const DAY = 86_400;
const YEAR = 365 * DAY;

/** What the registrar grants. */
export function registerPolicy({ text, integer }: Reading, problems: string[]): RegisterPolicy {
  const idleLimit = text("IDLE_LIMIT") === "" ? undefined : integer("IDLE_LIMIT", 30, DAY);
  const asked: RegisterPolicy = {
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
  const policy = idleLimit === undefined ? asked : onImpatientEdge(asked, idleLimit);
  const { minExpires, defaultExpires, maxExpires, minPushExpires, maxPushExpires } = policy;
  if (!(minExpires <= defaultExpires && defaultExpires <= maxExpires)) {
    problems.push("MIN_EXPIRES, DEFAULT_EXPIRES and MAX_EXPIRES must not be one below the other");
  }
  if (minPushExpires > maxPushExpires) problems.push("MIN_PUSH_EXPIRES must not be above MAX_PUSH_EXPIRES");
  return policy;
}

import type { Environment } from "../../functions/config/reading.ts";
import type { ForkTimers } from "../../functions/proxy/fork.ts";

// What AWS's services do not do, whatever they are told (their quotas, as of November 2026).

/** Seconds after which API Gateway ends a connection that is silent. */
export const GATEWAY_IDLE = 600;

/** Ms that SQS can delay a message at most: an alarm is one. */
const SQS_DELAY = 900_000;

/** Octets of a DynamoDB item. */
const ITEM = 409_600;

/** Octets of a function's environment, names and values. */
const ENVIRONMENT = 4_096;
/** Of what the template sets: the table, the queue, the connections, and two secrets. */
const TEMPLATES_SHARE = 600;

/**
 * A contact of n octets takes at most so many in its address's record: what comes from a push token stands there twice, and is quoted; and
 * there may be another run of the app beneath it.
 */
const OCTETS_PER_OCTET = 4.5;
/** And so many besides: names of fields, Call-ID, times, what its device was pushed. */
const OCTETS_PER_CONTACT = 1_500;
/** What else is in an address's record: calls that wait, who watches, registrations that just ended. */
const OTHER_OCTETS = 100_000;

/** Which waits are too long for an alarm; a line each. */
export function timerProblems(timers: ForkTimers): readonly string[] {
  return Object.entries(timers)
    .filter(([, ms]) => ms > SQS_DELAY)
    .map(
      ([name, ms]) =>
        `the timer "${name}" is ${ms / 1000} s, and SQS delays by ${SQS_DELAY / 1000} s at most`,
    );
}

/** Whether what a stage sets fits a function's environment; a line if not. What the deployment takes for itself counts, too. */
export function environmentProblems(values: Environment): readonly string[] {
  const octets = Object.entries(values).reduce(
    (sum, [name, value = ""]) => sum + name.length + Buffer.byteLength(value),
    TEMPLATES_SHARE,
  );
  if (octets <= ENVIRONMENT) return [];
  return [`all that is set takes ${octets} octets, and a function's environment ${ENVIRONMENT}`];
}

/** Octets that the record of an address can have, with as many contacts as may be, as long as may be. */
export function largestLocation(contacts: number, octets: number): number {
  return OTHER_OCTETS + contacts * (OCTETS_PER_CONTACT + OCTETS_PER_OCTET * octets);
}

/** Whether an address with all its contacts fits an item; a line if not. */
export function contactProblems({
  maxBindings,
  maxContact,
}: {
  readonly maxBindings: number;
  readonly maxContact: number;
}): readonly string[] {
  const octets = largestLocation(maxBindings, maxContact);
  if (octets <= ITEM) return [];
  const size = `${Math.ceil(octets / 1024)} KB`;
  return [
    `MAX_CONTACTS=${maxBindings} of MAX_CONTACT_OCTETS=${maxContact} can make a record of ${size}, and DynamoDB has items of 400 KB`,
  ];
}

import type { Log, Push } from "../ports.ts";
import { snsClient } from "./sns-client.ts";
import { type ApplicationArn, snsPush } from "./sns-push.ts";

/** Pushes through SNS in a region, with a client of their own. */
export function snsPushes(
  region: string,
  applicationArn: ApplicationArn,
  clock: () => number,
  log: Log,
): Push {
  return snsPush(snsClient({ region }), applicationArn, clock, log);
}

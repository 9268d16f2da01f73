import { randomUUID } from "node:crypto";
import type { Invoke } from "../invoke.ts";
import { ACCOUNT, arnOf, REGION } from "../place.ts";
import type { ScheduleSource } from "../template/sources-in.ts";

/** Invokes what is scheduled, once and now. Its failures are its own. */
export async function tick(schedules: readonly ScheduleSource[], invoke: Invoke): Promise<void> {
  await Promise.allSettled(
    schedules.map(({ function: called, name, input }) =>
      invoke(called, input === undefined ? scheduledEvent(name) : JSON.parse(input)),
    ),
  );
}

/** As EventBridge's rules. */
function scheduledEvent(rule: string) {
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": "Scheduled Event",
    source: "aws.events",
    account: ACCOUNT,
    time: `${new Date().toISOString().slice(0, 19)}Z`,
    region: REGION,
    resources: [arnOf("events", `rule/${rule}`)],
    detail: {},
  };
}

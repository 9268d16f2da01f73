import { snsClient } from "./aws/sns-client.ts";
import { type DeadToken, type FeedbackFault, snsFeedback } from "./aws/sns-feedback.ts";
import { cloud } from "./cloud/cloud.ts";
import { logFault } from "./fault.ts";
import { octetsOf } from "./sip/octets.ts";

const { app, gateway } = cloud();
const deadIn = snsFeedback(snsClient({ region: process.env["AWS_REGION"] ?? "" }), app.log);

/** What SNS tells of endpoints: tokens that are dead. Rejects once all have been told that can be: Lambda then calls again. */
export async function handler(event: unknown): Promise<void> {
  const faults: unknown[] = [];
  const found = await deadIn(event).catch((fault: FeedbackFault) => {
    faults.push(fault);
    return fault.dead;
  });
  for (const { token, reason } of found satisfies readonly DeadToken[]) {
    await gateway.tokenDied(octetsOf(token), octetsOf(reason)).catch((fault) => faults.push(fault));
  }
  if (faults.length === 0) return;
  const [fault] = faults;
  logFault(app.log, "push feedback", fault);
  throw fault;
}

import { queuedAlarm } from "./aws/queued-alarm.ts";
import { cloud } from "./cloud/cloud.ts";
import { logFault } from "./fault.ts";

/** What Lambda hands over of a queue; there is more in it. */
interface QueueEvent {
  readonly Records: readonly { readonly messageId: string; readonly body: string }[];
}

/** The messages that are to come again (`ReportBatchItemFailures`). */
interface QueueResult {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

const { app, gateway } = cloud();

/** An alarm this much before its time, in ms, is one that SQS could not hold back so long. */
const EARLY = 1_000;

/** Alarms that ring: each by itself, so that one that fails, and it alone, comes again. */
export async function handler({ Records }: QueueEvent): Promise<QueueResult> {
  const outcomes = await Promise.allSettled(Records.map(({ body }) => ring(body)));
  const failed = Records.filter((_, index) => outcomes[index]?.status === "rejected");
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}

async function ring(body: string): Promise<void> {
  const alarm = queuedAlarm(body);
  if (alarm === undefined) return app.log.error("no alarm", {});
  const { fork, at } = alarm;
  try {
    if (at - app.clock() > EARLY) await app.alarms.set(fork, at);
    else await gateway.alarm(fork);
  } catch (error) {
    logFault(app.log, "alarm", error);
    throw error;
  }
}

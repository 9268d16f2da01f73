import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { Alarms } from "../ports.ts";
import type { QueuedAlarm } from "./queued-alarm.ts";

/** The longest that SQS holds a message back, in s. */
const MAX_DELAY = 900;

const TIMES = { connectionTimeout: 3_000, requestTimeout: 5_000, throwOnRequestTimeout: true } as const;

/**
 * Alarms as delayed messages of a queue (not a FIFO one, which knows no delay of a message). They come at least once, and up to a
 * second late; one that is further away than SQS can wait comes early, and is then to be set again. The
 * client is set up by the SDK's usual environment.
 */
export function sqsAlarms(queueUrl: string, clock: () => number): Alarms {
  const client = new SQSClient({ requestHandler: TIMES, maxAttempts: 4, cacheMiddleware: true });
  return {
    set: async (fork, at) => {
      const alarm: QueuedAlarm = { fork, at };
      const delay = Math.min(Math.max(Math.ceil((at - clock()) / 1000), 0), MAX_DELAY);
      await client.send(
        new SendMessageCommand({
          QueueUrl: queueUrl,
          MessageBody: JSON.stringify(alarm),
          DelaySeconds: delay,
        }),
      );
    },
  };
}

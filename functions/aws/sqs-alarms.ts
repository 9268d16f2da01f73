import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { ForkId } from "../location/ids.ts";
import type { Alarms } from "../ports.ts";

/** What a message of the queue says: that a fork wants to be looked at, and when (ms since 1970). */
export interface QueuedAlarm {
  readonly fork: ForkId;
  readonly at: number;
}

/** The longest that SQS holds a message back, in s. */
const MAX_DELAY = 900;

const TIMES = { connectionTimeout: 3_000, requestTimeout: 5_000, throwOnRequestTimeout: true } as const;

/** A client set up by the SDK's usual environment. */
export function sqsClient(): SQSClient {
  return new SQSClient({ requestHandler: TIMES, maxAttempts: 4, cacheMiddleware: true });
}

/**
 * Alarms as delayed messages of a queue (not a FIFO one, which knows no delay of a message). They come at least once, and up to a
 * second late; one that is further away than SQS can wait comes early, and is then to be set again.
 */
export function sqsAlarms(client: SQSClient, queueUrl: string, clock: () => number): Alarms {
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

/** The alarm in a message of the queue; undefined for what is none. */
export function queuedAlarm(body: string): QueuedAlarm | undefined {
  try {
    const { fork, at } = JSON.parse(body) as Partial<QueuedAlarm>;
    return typeof fork === "string" && typeof at === "number" ? { fork, at } : undefined;
  } catch {
    return undefined;
  }
}

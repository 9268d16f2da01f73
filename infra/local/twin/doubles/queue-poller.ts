import type { Dice } from "../dice.ts";
import type { TwinFaults } from "../faults.ts";
import type { Invoke } from "../invoke.ts";
import { REGION } from "../place.ts";
import type { QueueSource } from "../template/sources-in.ts";
import type { Received, SqsDouble } from "./sqs-double.ts";

export interface QueuePollerOptions {
  readonly source: QueueSource;
  /** The URL of the queue. */
  readonly queue: string;
  readonly sqs: SqsDouble;
  readonly invoke: Invoke;
  readonly dice: Dice;
  readonly faults: () => TwinFaults;
}

/** Ms between two looks at a queue. */
const PAUSE = 50;

/**
 * What Lambda's event source mapping does: hands a queue's messages to its function in batches, and deletes those that did not fail. The
 * others come again when their visibility time-out is over. Answers how to stop it.
 */
export function pollQueue(options: QueuePollerOptions): { stop(): Promise<void> } {
  const { source, queue, sqs } = options;
  const handling = new Set<Promise<void>>();
  let isStopped = false;
  let timer: NodeJS.Timeout;
  const look = async () => {
    const batch = await sqs.receive(queue, Math.min(source.batchSize, 10));
    if (batch.length === 0) return;
    const work = handle(options, batch).finally(() => handling.delete(work));
    handling.add(work);
  };
  let looking = Promise.resolve();
  const schedule = () => {
    timer = setTimeout(() => {
      looking = look().then(() => {
        if (!isStopped) schedule();
      });
    }, PAUSE);
  };
  schedule();
  return {
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await looking;
      await Promise.all(handling);
    },
  };
}

async function handle(options: QueuePollerOptions, batch: readonly Received[]): Promise<void> {
  const { source, queue, sqs, invoke, dice, faults } = options;
  const Records = batch.map((message) => recordOf(message, source.queueArn));
  let failed: ReadonlySet<string>;
  try {
    failed = failures(await invoke(source.function, { Records }), batch, source);
  } catch {
    return;
  }
  const again: Received[] = [];
  for (const message of batch) {
    if (failed.has(message.MessageId)) continue;
    if (dice("redeliver") < faults().redelivered) again.push(message);
    // Refused when its visibility time-out was over meanwhile: it comes again.
    else await sqs.delete(queue, message.ReceiptHandle).catch(() => {});
  }
  // Told again by ourselves: SQS would wait until the visibility time-out is over.
  if (again.length > 0) await handle(options, again.map(onceMore));
}

function onceMore({ Attributes = {}, ...others }: Received): Received {
  const count = Number(Attributes["ApproximateReceiveCount"] ?? 1) + 1;
  return { ...others, Attributes: { ...Attributes, ApproximateReceiveCount: String(count) } };
}

/**
 * The ids of the messages that are to come again. An answer that cannot be read, or that names a message which is not in the batch, is a
 * failure of all.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
function failures(
  answer: unknown,
  batch: readonly Received[],
  { reportsFailures }: QueueSource,
): ReadonlySet<string> {
  const none: ReadonlySet<string> = new Set();
  if (!reportsFailures || answer === null) return none;
  const ids = new Set(batch.map(({ MessageId }) => MessageId));
  const { batchItemFailures = [] } = answer as { batchItemFailures?: unknown };
  if (batchItemFailures === null) return none;
  if (!Array.isArray(batchItemFailures)) return ids;
  const named = batchItemFailures.map((failure) => String(failure?.itemIdentifier));
  return named.every((id) => ids.has(id)) ? new Set(named) : ids;
}

function recordOf(message: Received, queueArn: string) {
  const { MessageId, ReceiptHandle, Body, Attributes, MessageAttributes, MD5OfBody } = message;
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    attributes: Attributes ?? {},
    messageAttributes: MessageAttributes ?? {},
    md5OfBody: MD5OfBody,
    eventSource: "aws:sqs",
    eventSourceARN: queueArn,
    awsRegion: REGION,
  };
}

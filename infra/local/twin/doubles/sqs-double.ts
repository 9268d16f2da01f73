import type { AddressInfo } from "node:net";
import { createSqsServer } from "local-aws-sqs";
import { ACCOUNT, REGION } from "../place.ts";
import type { JsonObject } from "../template/template.ts";
import { awsJson } from "./aws-json.ts";

/** A message as a queue hands it out. */
export interface Received {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  readonly MD5OfBody: string;
  readonly Attributes?: Readonly<Record<string, string>>;
  readonly MessageAttributes?: Readonly<Record<string, unknown>>;
}

/** SQS on loopback: delays, visibility and redrive work. */
export interface SqsDouble {
  readonly url: string;
  /** Makes a queue as the template has it. */
  makeQueue(name: string, properties: JsonObject): Promise<void>;
  /** Of the queue at a URL, at most so many; none if there are none now. */
  receive(queue: string, most: number): Promise<readonly Received[]>;
  delete(queue: string, receipt: string): Promise<void>;
  close(): Promise<void>;
}

export async function startSqsDouble(): Promise<SqsDouble> {
  const server = await createSqsServer({
    port: 0,
    hostname: "127.0.0.1",
    region: REGION,
    accountId: ACCOUNT,
    emulateQueueCreationLifecycle: false,
    // Queues are made in the template's order, which need not be theirs.
    validateDlqDestination: false,
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ask = (action: string, body: unknown) => awsJson(url, `AmazonSQS.${action}`, body);
  return {
    url,
    makeQueue: async (name, properties) => {
      const attributes = ATTRIBUTES.filter((attribute) => properties[attribute] !== undefined).map(
        (attribute) => [attribute, textOf(properties[attribute])],
      );
      await ask("CreateQueue", { QueueName: name, Attributes: Object.fromEntries(attributes) });
    },
    receive: async (queue, most) => {
      const wanted = { MaxNumberOfMessages: most, AttributeNames: ["All"], MessageAttributeNames: ["All"] };
      // The double's long polls wait to the end, whatever comes.
      const received = await ask("ReceiveMessage", { QueueUrl: queue, ...wanted, WaitTimeSeconds: 0 });
      return (received as { Messages?: readonly Received[] } | undefined)?.Messages ?? [];
    },
    delete: async (queue, receipt) => {
      await ask("DeleteMessage", { QueueUrl: queue, ReceiptHandle: receipt });
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const ATTRIBUTES = [
  "DelaySeconds",
  "MaximumMessageSize",
  "MessageRetentionPeriod",
  "ReceiveMessageWaitTimeSeconds",
  "RedrivePolicy",
  "VisibilityTimeout",
];

function textOf(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

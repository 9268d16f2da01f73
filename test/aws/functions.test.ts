import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { dynamoDbClient } from "../../functions/aws/dynamodb-client.ts";
import { ensureTable } from "../../functions/aws/dynamodb-table.ts";
import { type DynamoDbDouble, startDynamoDbDouble } from "../records/dynamodb-double.ts";
import { type QueueDouble, startQueueDouble } from "./a-queue.ts";

// The handlers in this process, records and queue on the wire. The bundles, in processes of their own, run in test/twin.

const TABLE = "sipwake";

let records: DynamoDbDouble;
let queue: QueueDouble;

beforeEach(async () => {
  records = await startDynamoDbDouble();
  queue = await startQueueDouble();
  const environment = {
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL_DYNAMODB: records.url,
    AWS_ENDPOINT_URL_SQS: queue.url,
    SIP_DOMAINS: "example.com",
    SECRET_KEYS: Buffer.alloc(32, 8).toString("base64"),
    TABLE,
    ALARM_QUEUE_URL: `${queue.url}/123456789012/alarms`,
    CONNECTIONS_URL: "http://127.0.0.1:9/prod",
    LOG_LEVEL: "silent",
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const client = dynamoDbClient({ isDouble: true });
  await ensureTable(client, TABLE);
  client.destroy();
  // Each function is set up as its module is loaded: once in a container's life, and here with each test.
  vi.resetModules();
});
afterEach(async () => {
  await goAway();
  await queue.close();
  vi.unstubAllEnvs();
});

/** DynamoDB is not there any more. */
async function goAway(): Promise<void> {
  const { close } = records;
  records = { ...records, close: async () => {} };
  await close();
}

const CONNECTED = { connectionId: "RYGzEcSNvHcCH8A=", connectedAt: Date.now() };

test("$connect accepts who speaks SIP, and says so and nothing else", async () => {
  const { handler } = await import("../../functions/connect.ts");
  const headers = { Host: "sip.example.com", "Sec-WebSocket-Protocol": "sip" };
  const event = { headers, requestContext: CONNECTED, isBase64Encoded: false };
  expect(await handler(event)).toEqual({ statusCode: 200, headers: { "Sec-WebSocket-Protocol": "sip" } });
  expect(await handler({ ...event, headers: {} })).toMatchObject({ statusCode: 400 });
});

test("a message is answered 200 whatever becomes of it: API Gateway would send its client JSON", async () => {
  const { handler } = await import("../../functions/message.ts");
  const event = (body: string) => ({ requestContext: CONNECTED, body, isBase64Encoded: false });
  // The ping's pong cannot be sent: nobody listens there.
  for (const body of ["\r\n\r\n", "noise", ""])
    expect(await handler(event(body))).toEqual({ statusCode: 200 });
  await goAway();
  const register = "REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/WSS a.invalid;branch=z9hG4bK1\r\n\r\n";
  expect(await handler(event(register))).toEqual({ statusCode: 200 });
});

test("an alarm that comes early is set again; one of a fork that is over does nothing", async () => {
  const { handler } = await import("../../functions/alarm.ts");
  const later = Date.now() + 3_600_000;
  const message = (messageId: string, at: number) => ({
    messageId,
    body: JSON.stringify({ fork: `fork-${messageId}`, at }),
  });
  expect(await handler({ Records: [message("1", later), message("2", Date.now())] })).toEqual({
    batchItemFailures: [],
  });
  expect(queue.sent.map(({ MessageBody }) => JSON.parse(MessageBody))).toEqual([
    { fork: "fork-1", at: later },
  ]);
});

test("an alarm that cannot ring comes again, and it alone; what is no alarm does not", async () => {
  const { handler } = await import("../../functions/alarm.ts");
  await goAway();
  const Records = [
    { messageId: "broken", body: "{}" },
    { messageId: "now", body: JSON.stringify({ fork: "fork-1", at: Date.now() }) },
    { messageId: "later", body: JSON.stringify({ fork: "fork-2", at: Date.now() + 60_000 }) },
  ];
  expect(await handler({ Records })).toEqual({ batchItemFailures: [{ itemIdentifier: "now" }] });
});

test("the end of a connection that nobody was registered over is nothing", async () => {
  const { handler } = await import("../../functions/disconnect.ts");
  expect(await handler({ requestContext: CONNECTED, isBase64Encoded: false })).toEqual({ statusCode: 200 });
});

test("a look at what is due ends when all has been done", async () => {
  const { handler } = await import("../../functions/look.ts");
  expect(await handler()).toBeUndefined();
});

test("a function that is not set up does not start, and says why", async () => {
  vi.stubEnv("SECRET_KEYS", "");
  const lines: string[] = [];
  const write = vi.spyOn(process.stdout, "write").mockImplementation((line) => lines.push(String(line)) > 0);
  await expect(import("../../functions/message.ts")).rejects.toThrow("SECRET_KEYS must be set");
  write.mockRestore();
  expect(lines.join("")).toContain("SECRET_KEYS must be set");
});

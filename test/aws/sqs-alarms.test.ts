import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { queuedAlarm } from "../../functions/aws/queued-alarm.ts";
import { sqsAlarms } from "../../functions/aws/sqs-alarms.ts";
import type { ForkId } from "../../functions/location/ids.ts";
import type { Alarms } from "../../functions/ports.ts";
import { type QueueDouble, startQueueDouble } from "./a-queue.ts";

const NOW = 1_800_000_000_000;
const FORK = "fork-1" as ForkId;

let double: QueueDouble;
let alarms: Alarms;

beforeEach(async () => {
  double = await startQueueDouble();
  vi.stubEnv("AWS_REGION", "eu-central-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "local");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "local");
  vi.stubEnv("AWS_ENDPOINT_URL_SQS", double.url);
  alarms = sqsAlarms(`${double.url}/123456789012/alarms`, () => NOW);
});
afterEach(async () => {
  await double.close();
  vi.unstubAllEnvs();
});

test.each([
  ["in whole seconds, never early", 25_000, 25],
  ["rounded up", 2_001, 3],
  ["at once for one whose time has passed", -60_000, 0],
  ["for as long as SQS can", 3_600_000, 900],
])("an alarm is a message that is held back %s", async (_how, away, delay) => {
  await alarms.set(FORK, NOW + away);
  expect(double.sent.map(({ DelaySeconds }) => DelaySeconds)).toEqual([delay]);
});

test("an alarm that comes out of the queue is the one that went in", async () => {
  await alarms.set(FORK, NOW + 25_000);
  const [message] = double.sent;
  expect(message?.QueueUrl).toBe(`${double.url}/123456789012/alarms`);
  expect(queuedAlarm(message?.MessageBody ?? "")).toEqual({ fork: FORK, at: NOW + 25_000 });
});

test.each([
  "",
  "alarm",
  "null",
  "1",
  "[]",
  "{}",
  '{"fork":"f"}',
  '{"fork":1,"at":2}',
  '{"fork":"f","at":"2"}',
])("%j is no alarm", (body) => {
  expect(queuedAlarm(body)).toBeUndefined();
});

import { expect, onTestFinished, test, vi } from "vitest";
import { startDynamoDbDouble } from "../records/dynamodb-double.ts";
import { localStack } from "../support/stack.ts";
import { WirePhone } from "../support/wire-phone.ts";

/** The environment that puts the records there. */
const HOMES = {
  memory: async () => ({ RECORDS: "memory" }),
  lmdb: async () => ({ RECORDS: "lmdb" }),
  dynamodb: async () => {
    const { url, close } = await startDynamoDbDouble();
    onTestFinished(close);
    // The SDK reads its own variables.
    vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", url);
    onTestFinished(() => void vi.unstubAllEnvs());
    return { RECORDS: "dynamodb", TABLE: "sipwake", AWS_ENDPOINT_URL_DYNAMODB: url };
  },
} as const;

test.each(["memory", "lmdb", "dynamodb"] as const)(
  "with records in %s: register, sleep, push, wake, answer, hang up",
  async (home) => {
    const { port, sns, edge } = await localStack(await HOMES[home]());
    const device = { instance: crypto.randomUUID(), token: "bob-token" };
    const alice = await WirePhone.registered(port, "alice");
    await (await WirePhone.registered(port, "bob", device)).vanish();
    await expect.poll(() => edge.connections, { interval: 5 }).toBe(1);
    const invite = alice.invite("bob");
    await alice.response(182);
    expect(sns.inbox.entries).toMatchObject([{ token: "bob-token" }]);
    const bob = await WirePhone.registered(port, "bob", device);
    const received = await bob.request("INVITE");
    bob.answer(received, 200, "OK");
    const ok = await alice.response(200, "INVITE");
    alice.acknowledge(invite, ok);
    await bob.request("ACK");
    bob.withinAnswered("BYE", received);
    alice.answer(await alice.request("BYE"), 200, "OK");
    await bob.response(200, "BYE");
  },
);

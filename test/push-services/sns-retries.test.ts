import { describe, expect, test, vi } from "vitest";
import { NOW, PUSHES } from "../push/a-push.ts";
import { ANDROID, acceptedBy, anSns, THROTTLED } from "./an-sns.ts";

// SNS is asked again while there is time for the call, and its caller hears of it when there is none any more.

const CALL = PUSHES.call;
const INNER = { code: "InternalError", status: 500, message: "We encountered an internal error." };
const LATE = { outcome: "failed", reason: "no answer in time" };

const within = (time: number) => ({ ...CALL, expiresAt: NOW + time });

describe("a push is asked for again", () => {
  test.each([
    ["SNS is over its quota", "CreatePlatformEndpoint", THROTTLED],
    ["SNS is over its quota", "Publish", THROTTLED],
    ["SNS says so by a status of HTTP's", "Publish", { ...THROTTLED, status: 429 }],
    ["SNS says so by another name", "Publish", { ...THROTTLED, code: "Throttled", status: 429 }],
    ["SNS has an error of its own", "CreatePlatformEndpoint", INNER],
    ["SNS has an error of its own", "Publish", INNER],
    ["SNS is not available", "Publish", { ...INNER, code: "ServiceUnavailable", status: 503 }],
  ])("when %s (%s: $code), and goes through", async (_, action, refusal) => {
    const { sns, push } = await anSns();
    sns.faults.next(action, refusal);
    expect(await push.send(ANDROID, CALL)).toEqual(acceptedBy("GCM"));
    expect(sns.actions.filter((asked) => asked === action)).toHaveLength(2);
    expect(sns.inbox.entries).toHaveLength(1);
  });

  test("when its answer is lost: better a phone that is pushed twice, by the same call, than one that is not", async () => {
    const { sns, push } = await anSns();
    sns.faults.drop("Publish");
    expect(await push.send(ANDROID, CALL)).toEqual(acceptedBy("GCM"));
    expect(sns.inbox.entries).toHaveLength(2);
  });

  test("when SNS does not answer for some seconds", async () => {
    const { sns, push } = await anSns();
    sns.faults.delay("Publish", Number.POSITIVE_INFINITY);
    expect(await push.send(ANDROID, CALL)).toEqual(acceptedBy("GCM"));
  });

  test("six times in all, and fails with what SNS said last", async () => {
    const { sns, push } = await anSns();
    sns.faults.next("Publish", INNER, 10);
    expect(await push.send(ANDROID, CALL)).toEqual({ outcome: "failed", reason: INNER.message });
    expect(sns.actions).toEqual(["CreatePlatformEndpoint", ...Array<string>(6).fill("Publish")]);
  });

  test("not when SNS has said no", async () => {
    const { sns, push } = await anSns();
    sns.faults.next("Publish", { code: "AuthorizationError", status: 403, message: "no" });
    expect(await push.send(ANDROID, CALL)).toEqual({ outcome: "failed", reason: "no" });
    expect(sns.actions).toEqual(["CreatePlatformEndpoint", "Publish"]);
  });
});

describe("a push fails when the time of its call is over", () => {
  test.each(["CreatePlatformEndpoint", "Publish"])("while SNS does not answer to %s", async (action) => {
    const { sns, push, logged } = await anSns();
    sns.faults.delay(action, Number.POSITIVE_INFINITY);
    expect(await push.send(ANDROID, within(100))).toEqual(LATE);
    expect(logged()).toMatchObject([{ event: "push refused", outcome: "failed", reason: LATE.reason }]);
  });

  test("while SNS enables the endpoint", async () => {
    const { sns, push, endpointOf } = await anSns();
    endpointOf("GCM", ANDROID);
    sns.endpoints.disableToken(ANDROID.prid);
    sns.faults.delay("SetEndpointAttributes", Number.POSITIVE_INFINITY);
    expect(await push.send(ANDROID, within(300))).toEqual(LATE);
    expect(sns.inbox.entries).toEqual([]);
  });

  test("while we wait to ask again", async () => {
    const { sns, push } = await anSns();
    sns.faults.next("Publish", THROTTLED, 10);
    expect(await push.send(ANDROID, within(300))).toEqual(LATE);
    expect(sns.inbox.entries).toEqual([]);
  });

  test.each([0, -1_000])("before it began, %i ms ago: nobody is asked", async (time) => {
    const { sns, push } = await anSns();
    expect(await push.send(ANDROID, within(time))).toEqual(LATE);
    expect(sns.actions).toEqual([]);
  });

  test("and after eight seconds at the latest, however long there is", async () => {
    const timeout = vi.spyOn(AbortSignal, "timeout");
    const { push } = await anSns();
    await push.send(ANDROID, PUSHES.message);
    await push.send(ANDROID, within(5_000));
    expect(timeout.mock.calls).toEqual([[8_000], [5_000]]);
    timeout.mockRestore();
  });
});

test.each(Object.values(PUSHES))("a push for a $kind fails when SNS cannot be reached", async (any) => {
  const { sns, push } = await anSns();
  await sns.close();
  expect(await push.send(ANDROID, any)).toMatchObject({ outcome: "failed" });
});

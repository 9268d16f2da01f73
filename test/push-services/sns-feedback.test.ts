import { SetEndpointAttributesCommand } from "@aws-sdk/client-sns";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type DeadToken, type FeedbackFault, snsFeedback } from "../../functions/aws/sns-feedback.ts";
import type { SnsEvent } from "../../infra/local/sns/feedback.ts";
import { PUSHES } from "../push/a-push.ts";
import { ANDROID, type AnSns, anSns, IPHONE } from "./an-sns.ts";

// What SNS tells a function, after it took a push, of what became of it.

const INVALID = "Platform token associated with the endpoint is not valid";

/** SNS, and a function on the topic of its applications. */
async function aFunction() {
  const all = await anSns();
  const events: SnsEvent[] = [];
  all.sns.onFeedback((event) => events.push(event));
  const told = async (count: number) => {
    await expect.poll(() => events.length, { interval: 5 }).toBe(count);
    return events;
  };
  return { ...all, told, heed: snsFeedback(all.client, all.log) };
}

/** What SNS tells, in one record of an event. */
function record(news: object) {
  return { EventSource: "aws:sns", Sns: { Type: "Notification", Message: JSON.stringify(news) } };
}

function failure(endpoint: string, type: string, words = "no words") {
  const failed = { EventType: "DeliveryFailure", FailureType: type, FailureMessage: words };
  return record({ ...failed, EndpointArn: endpoint, DeliveryAttempts: 1, Service: "SNS" });
}

/** An endpoint for the Android phone, and whether SNS shall have disabled it. */
function endpointIn({ sns, endpointOf }: AnSns, { isEnabled }: { isEnabled: boolean }): string {
  const endpoint = endpointOf("GCM", ANDROID);
  if (!isEnabled) sns.endpoints.disable(endpoint);
  return endpoint;
}

describe("a token is dead", () => {
  const DEAD: DeadToken = { token: ANDROID.prid, reason: INVALID };

  test("when its service said so to a push that SNS had taken", async () => {
    const { sns, push, told, heed } = await aFunction();
    sns.kill(ANDROID.prid);
    expect(await push.send(ANDROID, PUSHES.call)).toMatchObject({ outcome: "accepted" });
    const events = await told(2);
    const subjects = events.map(({ Records: [first] }) => first?.Sns.Subject);
    expect(subjects).toEqual([
      "EndpointUpdated event for app my-project (GCM)",
      "DeliveryFailure event for app my-project (GCM)",
    ]);
    expect(await heed(events[0])).toEqual([{ token: ANDROID.prid, reason: "Endpoint is disabled" }]);
    expect(await heed(events[1])).toEqual([DEAD]);
  });

  test("when its endpoint has been disabled, for whatever reason", async () => {
    const { sns, told, heed, endpointOf } = await aFunction();
    endpointOf("APNS_VOIP", IPHONE);
    sns.endpoints.disableToken(IPHONE.prid);
    const [event] = await told(1);
    expect(await heed(event)).toEqual([{ token: IPHONE.prid, reason: "Endpoint is disabled" }]);
  });

  test.each([
    ["its service does not know it, or only as another app's", "InvalidPlatformToken", true],
    ["the endpoint was disabled when it was to be delivered", "EndpointDisabled", false],
    ["a delivery failed for another reason, and its endpoint is disabled", "Throttled", false],
  ])("when %s (%s)", async (_, type, isEnabled) => {
    const all = await aFunction();
    const endpoint = endpointIn(all, { isEnabled });
    expect(await all.heed({ Records: [failure(endpoint, type, INVALID)] })).toEqual([DEAD]);
  });

  test("and SNS's words of it hold neither the token nor an ARN", async () => {
    const all = await aFunction();
    const endpoint = endpointIn(all, { isEnabled: false });
    const words = `${ANDROID.prid} of ${endpoint} ${"x".repeat(300)}`;
    const [dead] = await all.heed({ Records: [failure(endpoint, "InvalidPlatformToken", words)] });
    expect(dead).toEqual({ token: ANDROID.prid, reason: `… of … ${"x".repeat(300)}`.slice(0, 256) });
    expect(all.lines).toEqual([]);
  });

  test("as often as an event has it, and whatever else is in the event", async () => {
    const all = await aFunction();
    const one = failure(endpointIn(all, { isEnabled: false }), "InvalidPlatformToken", INVALID);
    const other = failure(all.endpointOf("APNS", IPHONE), "InvalidPlatformToken", INVALID);
    const records = [one, null, record({}), failure("arn:gone", "EndpointNotFound"), other];
    expect(await all.heed({ Records: records })).toEqual([DEAD, { token: IPHONE.prid, reason: INVALID }]);
  });
});

describe("nothing is said of a token", () => {
  test("by an endpoint that was set to anything else", async () => {
    const { client, endpointOf, told, heed, lines } = await aFunction();
    const Attributes = { Enabled: "true", CustomUserData: "news" };
    const EndpointArn = endpointOf("GCM", ANDROID);
    await client.send(new SetEndpointAttributesCommand({ EndpointArn, Attributes }));
    const [event] = await told(1);
    expect(await heed(event)).toEqual([]);
    expect(lines).toEqual([]);
  });

  test.each([
    ["InvalidNotification", "our payload"],
    ["InvalidCredentials", "our keys at the service"],
    ["DependencyUnavailable", "the service"],
    ["Throttled", "the service"],
    ["TTLExpired", "the time"],
    ["UnexpectedFailure", "nobody knows what"],
  ])("by a delivery that failed with %s: that is about %s, and logged", async (type) => {
    const all = await aFunction();
    const endpoint = endpointIn(all, { isEnabled: true });
    expect(await all.heed({ Records: [failure(endpoint, type)] })).toEqual([]);
    expect(all.logged()).toEqual([{ level: "warn", event: "push failed", endpoint, failure: type }]);
    expect(all.lines.join()).not.toContain(ANDROID.prid);
  });

  test("by an endpoint that was not found, of which nobody is asked", async () => {
    const { sns, heed, logged } = await aFunction();
    expect(await heed({ Records: [failure("arn:gone", "EndpointNotFound")] })).toEqual([]);
    expect(logged()).toMatchObject([{ event: "push failed", failure: "EndpointNotFound" }]);
    expect(sns.actions).toEqual([]);
  });

  test("by an endpoint that has gone meanwhile", async () => {
    const { heed, logged } = await aFunction();
    expect(await heed({ Records: [failure("arn:gone", "InvalidPlatformToken")] })).toEqual([]);
    expect(logged()).toEqual([
      { level: "warn", event: "no endpoint to ask about", endpoint: "arn:gone", reason: "NotFoundException" },
    ]);
  });

  test("by an endpoint that we may not ask about: asking again would not help", async () => {
    const all = await aFunction();
    all.sns.faults.next("GetEndpointAttributes", { code: "AuthorizationError", status: 403, message: "no" });
    const endpoint = endpointIn(all, { isEnabled: false });
    expect(await all.heed({ Records: [failure(endpoint, "InvalidPlatformToken")] })).toEqual([]);
    expect(all.logged()).toMatchObject([{ event: "no endpoint to ask about" }]);
  });

  test.each(["EndpointCreated", "EndpointDeleted", "SomethingNew"])("by %s", async (type) => {
    const { sns, heed, lines } = await aFunction();
    expect(await heed({ Records: [record({ EventType: type, EndpointArn: "arn:x" })] })).toEqual([]);
    expect(sns.actions).toEqual([]);
    expect(lines).toEqual([]);
  });

  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["no object", "Records"],
    ["no records", {}],
    ["records that are no list", { Records: { 0: record({}) } }],
    ["an empty record", { Records: [{}] }],
    ["a record of another service", { Records: [{ eventSource: "aws:sqs", body: "{}" }] }],
    ["a message that is no text", { Records: [{ Sns: { Message: { EventType: "DeliveryFailure" } } }] }],
    ["a message that is no JSON", { Records: [{ Sns: { Message: "Hello" } }] }],
    ["a message that is no object", { Records: [{ Sns: { Message: "null" } }] }],
    ["news without an endpoint", { Records: [record({ EventType: "DeliveryFailure" })] }],
    [
      "news of an endpoint with a number",
      { Records: [record({ EventType: "EndpointUpdated", EndpointArn: 5 })] },
    ],
  ])("by what is no event of SNS's (%s): it is logged", async (_, event) => {
    const { sns, heed, logged } = await aFunction();
    expect(await heed(event)).toEqual([]);
    expect(logged()).toMatchObject([{ level: "warn" }]);
    expect(sns.actions).toEqual([]);
  });

  test("by anything at all that is no event of SNS's", async () => {
    const { heed } = await aFunction();
    const anything = fc.oneof(
      fc.anything(),
      fc.record({ Records: fc.anything() }),
      fc.record({ Records: fc.array(fc.anything()) }),
      fc.record({ Records: fc.array(fc.record({ Sns: fc.record({ Message: fc.json() }) })) }),
    );
    await fc.assert(
      fc.asyncProperty(anything, async (event) => {
        expect(await heed(event)).toEqual([]);
      }),
    );
  });
});

describe("an event comes again", () => {
  test("when SNS cannot be reached, since nobody else knows whose the endpoint is", async () => {
    const { sns, heed } = await aFunction();
    await sns.close();
    await expect(heed({ Records: [failure("arn:x", "InvalidPlatformToken")] })).rejects.toThrow(
      "1 endpoints",
    );
  });

  test("when SNS will not tell now, and then tells", async () => {
    const all = await aFunction();
    const event = {
      Records: [failure(endpointIn(all, { isEnabled: false }), "InvalidPlatformToken", INVALID)],
    };
    all.sns.faults.next("GetEndpointAttributes", { code: "InternalError", status: 500, message: "later" }, 6);
    await expect(all.heed(event)).rejects.toThrow("1 endpoints");
    expect(await all.heed(event)).toEqual([{ token: ANDROID.prid, reason: INVALID }]);
  });

  test("and its other records have been heeded by then", async () => {
    const all = await aFunction();
    const first = failure(all.endpointOf("APNS", IPHONE), "InvalidPlatformToken", INVALID);
    const second = failure(endpointIn(all, { isEnabled: false }), "InvalidPlatformToken", INVALID);
    all.sns.faults.next("GetEndpointAttributes", { code: "InternalError", status: 500, message: "later" }, 6);
    const fault: Pick<FeedbackFault, "dead"> = { dead: [{ token: ANDROID.prid, reason: INVALID }] };
    await expect(all.heed({ Records: [first, second] })).rejects.toMatchObject(fault);
  });
});

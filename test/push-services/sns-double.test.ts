import {
  CreatePlatformApplicationCommand,
  CreatePlatformEndpointCommand,
  DeleteEndpointCommand,
  EndpointDisabledException,
  GetEndpointAttributesCommand,
  GetPlatformApplicationAttributesCommand,
  InvalidParameterException,
  InvalidParameterValueException,
  ListPlatformApplicationsCommand,
  NotFoundException,
  PublishCommand,
  SetEndpointAttributesCommand,
  SetPlatformApplicationAttributesCommand,
  type SNSClient,
} from "@aws-sdk/client-sns";
import { describe, expect, test } from "vitest";
import { localApplicationArn } from "../../infra/local/sns/endpoints.ts";
import type { SnsEvent } from "../../infra/local/sns/feedback.ts";
import { ecKeys } from "../support/key-pair.ts";
import { ANDROID, anSns, THROTTLED } from "./an-sns.ts";

// That the double refuses what SNS refuses, in its words, so that what passes here is not refused there.

const KEY = JSON.stringify({ client_email: "push@acme.iam.gserviceaccount.com", private_key: "pem" });
const PEM = ecKeys().privateKey.export({
  type: "pkcs8",
  format: "pem",
});
const TOPIC = "arn:aws:sns:us-east-1:000000000000:dead-tokens";

describe("a platform application", () => {
  const create = (client: SNSClient, input: object = {}) =>
    client.send(
      new CreatePlatformApplicationCommand({
        Name: "acme.phone_1-x",
        Platform: "GCM",
        Attributes: { PlatformCredential: KEY },
        ...input,
      }),
    );

  test("is created by the SDK, and has an ARN that endpoints are made with", async () => {
    const { client } = await anSns();
    const { PlatformApplicationArn } = await create(client);
    expect(PlatformApplicationArn).toBe("arn:aws:sns:us-east-1:000000000000:app/GCM/acme.phone_1-x");
    const command = new CreatePlatformEndpointCommand({ PlatformApplicationArn, Token: "t" });
    const { EndpointArn } = await client.send(command);
    expect(EndpointArn).toContain(":endpoint/GCM/acme.phone_1-x/");
  });

  test.each([
    [{ Name: "" }, "Name Reason: cannot be empty"],
    [{ Name: "a".repeat(257) }, "Name Reason: must be at most 256 characters long"],
    [{ Name: "a b" }, "Name Reason: must contain only characters"],
    [{ Platform: "ACME" }, "Platform Reason: ACME is not supported"],
    [{ Attributes: {} }, "Invalid value for attribute: PlatformCredential: cannot be empty"],
    [{ Attributes: { PlatformCredential: "AIza" } }, "Platform credentials are invalid"],
    [
      { Platform: "APNS_VOIP", Attributes: { PlatformCredential: "pem" } },
      "PlatformCredential attribute provided without PlatformPrincipal",
    ],
    [
      { Platform: "APNS", Attributes: { PlatformCredential: "pem", PlatformPrincipal: "KEY" } },
      "Platform credentials are invalid",
    ],
    [
      { Attributes: { PlatformCredential: KEY, EventDeliveryFailure: "arn:aws:sns:us-east-1:1:x" } },
      "Invalid value for attribute: EventDeliveryFailure",
    ],
    [{ Attributes: { PlatformCredential: KEY, Colour: "red" } }, "Invalid attribute name: Colour"],
  ])("that says %j is refused: %s", async (input, reason) => {
    const { client } = await anSns();
    const refused = create(client, input);
    await expect(refused).rejects.toBeInstanceOf(InvalidParameterException);
    await expect(refused).rejects.toThrow(`Invalid parameter: `);
    await expect(refused).rejects.toThrow(reason);
  });

  test("can be told where to tell of its endpoints, and tells its attributes, but no secrets", async () => {
    const { client } = await anSns();
    const { PlatformApplicationArn } = await create(client, {
      Platform: "APNS_VOIP",
      Attributes: { PlatformCredential: PEM, PlatformPrincipal: "KEY", ApplePlatformTeamID: "TEAM" },
    });
    const Attributes = { EventDeliveryFailure: TOPIC };
    await client.send(new SetPlatformApplicationAttributesCommand({ PlatformApplicationArn, Attributes }));
    const answer = await client.send(new GetPlatformApplicationAttributesCommand({ PlatformApplicationArn }));
    expect(answer.Attributes).toEqual({
      Enabled: "true",
      ApplePlatformTeamID: "TEAM",
      EventDeliveryFailure: TOPIC,
    });
  });

  test.each([
    [{}, "cannot be empty"],
    [{ PlatformCredential: "AIza" }, "Platform credentials are invalid"],
    [{ Colour: "red" }, "Invalid attribute name: Colour"],
  ])("that shall be %j from now on is refused, and stays as it was: %s", async (Attributes, reason) => {
    const { client } = await anSns();
    const { PlatformApplicationArn } = await create(client);
    const set = new SetPlatformApplicationAttributesCommand({ PlatformApplicationArn, Attributes });
    await expect(client.send(set)).rejects.toThrow(reason);
    const answer = await client.send(new GetPlatformApplicationAttributesCommand({ PlatformApplicationArn }));
    expect(answer.Attributes).toEqual({ Enabled: "true" });
  });

  test("is listed with its attributes but its secrets, a hundred at a time", async () => {
    const { client } = await anSns();
    for (let n = 0; n < 101; n++) await create(client, { Name: `app-${n}` });
    const first = await client.send(new ListPlatformApplicationsCommand({}));
    expect(first.PlatformApplications).toHaveLength(100);
    expect(first.PlatformApplications?.[0]).toEqual({
      PlatformApplicationArn: "arn:aws:sns:us-east-1:000000000000:app/GCM/app-0",
      Attributes: { Enabled: "true" },
    });
    const { NextToken } = first;
    const rest = await client.send(new ListPlatformApplicationsCommand({ NextToken }));
    expect(rest.PlatformApplications?.map(({ PlatformApplicationArn: arn }) => arn)).toEqual([
      "arn:aws:sns:us-east-1:000000000000:app/GCM/app-100",
    ]);
    expect(rest.NextToken).toBeUndefined();
  });

  test.each(["arn:aws:sns:us-east-1:000000000000:app/ACME/x", "arn:aws:sns:us-east-1:1:app/GCM/x", "x"])(
    "does not exist as %s",
    async (PlatformApplicationArn) => {
      const { client } = await anSns();
      const command = new CreatePlatformEndpointCommand({ PlatformApplicationArn, Token: "t" });
      await expect(client.send(command)).rejects.toBeInstanceOf(NotFoundException);
      const asked = new GetPlatformApplicationAttributesCommand({ PlatformApplicationArn });
      await expect(client.send(asked)).rejects.toBeInstanceOf(NotFoundException);
    },
  );
});

describe("an endpoint", () => {
  const application = localApplicationArn("GCM", "app");

  const create = async (client: SNSClient, input: object = {}) => {
    const command = new CreatePlatformEndpointCommand({
      PlatformApplicationArn: application,
      Token: "token",
      ...input,
    });
    return (await client.send(command)).EndpointArn ?? "";
  };
  const attributes = async (client: SNSClient, EndpointArn: string) =>
    (await client.send(new GetEndpointAttributesCommand({ EndpointArn }))).Attributes;
  const set = (client: SNSClient, EndpointArn: string, Attributes: Record<string, string>) =>
    client.send(new SetEndpointAttributesCommand({ EndpointArn, Attributes }));

  test("is created once for a token and an application", async () => {
    const { client } = await anSns();
    const first = await create(client);
    expect(first).toMatch(/^arn:aws:sns:us-east-1:000000000000:endpoint\/GCM\/app\/[0-9a-f-]{36}$/);
    expect(await create(client)).toBe(first);
    const other = localApplicationArn("GCM", "other");
    expect(await create(client, { PlatformApplicationArn: other })).not.toBe(first);
  });

  test("stays disabled when it is created again", async () => {
    const { client } = await anSns();
    const EndpointArn = await create(client);
    await set(client, EndpointArn, { Enabled: "false" });
    expect(await create(client)).toBe(EndpointArn);
    expect(await attributes(client, EndpointArn)).toEqual({ Token: "token", Enabled: "false" });
  });

  test.each([
    ["user data", { CustomUserData: "u" }, {}],
    ["other user data", { CustomUserData: "u" }, { CustomUserData: "v" }],
    ["user data as an attribute", {}, { Attributes: { CustomUserData: "u" } }],
    ["enabled, and it is not", { Attributes: { Enabled: "false" } }, { Attributes: { Enabled: "true" } }],
  ])("is not created again with other attributes (%s), in words that name it", async (_, before, after) => {
    const { client } = await anSns();
    const EndpointArn = await create(client, before);
    const words = `Invalid parameter: Token Reason: Endpoint ${EndpointArn} already exists with the same Token, but different attributes.`;
    await expect(create(client, after)).rejects.toThrow(words);
  });

  test("is created again with the attributes that it has", async () => {
    const { client } = await anSns();
    const input = { CustomUserData: "u", Attributes: { Enabled: "false" } };
    expect(await create(client, input)).toBe(await create(client, input));
  });

  test("tells what was set", async () => {
    const { client } = await anSns();
    const EndpointArn = await create(client);
    const all = { Token: "other", Enabled: "false", CustomUserData: "<&> \r\n é 🙂" };
    await set(client, EndpointArn, all);
    expect(await attributes(client, EndpointArn)).toEqual(all);
  });

  test("is not given a token that another one has", async () => {
    const { client } = await anSns();
    const EndpointArn = await create(client);
    await create(client, { Token: "taken" });
    const words = "Invalid parameter: This endpoint is already registered with a different token.";
    await expect(set(client, EndpointArn, { Token: "taken" })).rejects.toThrow(words);
    expect(await attributes(client, EndpointArn)).toMatchObject({ Token: "token" });
  });

  test.each([
    ["GCM", "", "must not be empty"],
    ["GCM", "é".repeat(4_097), "must be at most 8192 bytes long in UTF-8 encoding"],
    ["APNS", "a".repeat(401), "iOS device tokens must be no more than 400 hexadecimal characters"],
    ["APNS_VOIP_SANDBOX", "no-hex", "iOS device tokens must be no more than 400 hexadecimal characters"],
  ])("of %s with a token that is no token is refused", async (platform, Token, reason) => {
    const { client } = await anSns();
    const PlatformApplicationArn = localApplicationArn(platform, "app");
    await expect(create(client, { PlatformApplicationArn, Token })).rejects.toThrow(
      `Invalid parameter: Token Reason: ${reason}`,
    );
  });

  test.each([
    ["GCM", "é".repeat(4_096)],
    ["APNS", "aF09".repeat(100)],
  ])("of %s with the longest token is created", async (platform, Token) => {
    const { client } = await anSns();
    const PlatformApplicationArn = localApplicationArn(platform, "app");
    expect(await create(client, { PlatformApplicationArn, Token })).toContain(`/${platform}/`);
  });

  test("has at most 2048 octets of user data", async () => {
    const { client } = await anSns();
    const EndpointArn = await create(client, { CustomUserData: "u".repeat(2_048) });
    await expect(set(client, EndpointArn, { CustomUserData: "u".repeat(2_049) })).rejects.toThrow(
      "Attributes Reason: Invalid value for attribute: CustomUserData: must be at most 2048 bytes long",
    );
  });

  test("is gone once it is deleted, which may be done again", async () => {
    const { client } = await anSns();
    const EndpointArn = await create(client);
    await client.send(new DeleteEndpointCommand({ EndpointArn }));
    await client.send(new DeleteEndpointCommand({ EndpointArn }));
    await expect(attributes(client, EndpointArn)).rejects.toBeInstanceOf(NotFoundException);
    await expect(set(client, EndpointArn, { Enabled: "true" })).rejects.toBeInstanceOf(NotFoundException);
    expect(await create(client)).not.toBe(EndpointArn);
  });
});

describe("Publish", () => {
  /** Publishes to an endpoint of a platform; the payload is text, the attributes are of type String. */
  async function publishing(platform: string, input: object = {}) {
    const { sns, client } = await anSns();
    const application = localApplicationArn(platform, "app");
    const TargetArn = sns.endpoints.create(application, "c0ffee").arn;
    const Message = JSON.stringify({ [platform]: "{}" });
    const whole = { TargetArn, MessageStructure: "json", Message, ...input };
    return { sns, client, TargetArn, sent: client.send(new PublishCommand(whole)) };
  }

  const messageOf = (platform: string, payload: string) => ({
    Message: JSON.stringify({ [platform]: payload }),
  });
  /** A payload of so many octets. */
  const payloadOf = (octets: number) => JSON.stringify({ p: "é".repeat((octets - 8) / 2) });
  const attribute = (name: string, value: string, type = "String") => ({
    MessageAttributes: { [name]: { DataType: type, StringValue: value } },
  });

  test.each([
    ["GCM", 4_096, "Notification data is larger than allowed limit"],
    ["APNS", 4_096, "Notification is too long"],
    ["APNS_SANDBOX", 4_096, "Notification is too long"],
    ["APNS_VOIP", 5_120, "Notification is too long"],
    ["APNS_VOIP_SANDBOX", 5_120, "Notification is too long"],
  ])("takes payloads for %s of %i octets, and no more", async (platform, max, reason) => {
    const { sent, sns } = await publishing(platform, messageOf(platform, payloadOf(max)));
    expect(await sent).toMatchObject({ MessageId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(sns.inbox.entries).toHaveLength(1);
    const { sent: refused } = await publishing(platform, messageOf(platform, payloadOf(max + 2)));
    await expect(refused).rejects.toBeInstanceOf(InvalidParameterException);
    await expect(refused).rejects.toThrow(
      `Invalid parameter: Message Reason: Invalid notification for protocol ${platform}: ${reason}`,
    );
  });

  test.each([
    [{ Message: "" }, "Empty message"],
    [{ Message: "x".repeat(262_145) }, "Message too long"],
    [{ Message: "{" }, "Message Structure - JSON message body failed to parse"],
    [{ Message: "5" }, "Message Structure - JSON message body failed to parse"],
    [{ Message: "{}" }, "Message Structure - No default entry in JSON message body"],
    [{ Message: '{"GCM":{"data":{}}}' }, "Message Structure - No default entry in JSON message body"],
    [messageOf("APNS", "{}"), "Message Structure - No default entry in JSON message body"],
    [messageOf("GCM", "Hello"), "Message Reason: Invalid notification for protocol GCM"],
    [{ MessageStructure: undefined }, "MessageStructure Reason"],
    [{ TargetArn: "arn:aws:sns:us-east-1:000000000000:endpoint/GCM/app/x" }, "TargetArn Reason: No endpoint"],
  ])("refuses what SNS would not deliver: %j", async (input, reason) => {
    const { sns, sent } = await publishing("GCM", input);
    await expect(sent).rejects.toBeInstanceOf(InvalidParameterException);
    await expect(sent).rejects.toThrow(`Invalid parameter: ${reason}`);
    expect(sns.inbox.entries).toEqual([]);
  });

  test("refuses an attribute without a value", async () => {
    const { sent } = await publishing("GCM", attribute("AWS.SNS.MOBILE.GCM.TTL", ""));
    await expect(sent).rejects.toBeInstanceOf(InvalidParameterValueException);
  });

  test("refuses an endpoint that is disabled", async () => {
    const { client, sns, sent, TargetArn } = await publishing("GCM");
    await sent;
    sns.endpoints.disableToken("c0ffee");
    const again = client.send(new PublishCommand({ TargetArn, MessageStructure: "json", Message: "{}" }));
    await expect(again).rejects.toBeInstanceOf(EndpointDisabledException);
  });

  test.each([
    ["APNS_VOIP", "0", 0],
    ["APNS_VOIP_SANDBOX", "0", 0],
    ["APNS_VOIP", "15", 1],
    ["APNS", "0", 1],
    ["GCM", "0", 1],
  ])("for %s with a life of %s s is taken, and delivered %i times", async (platform, ttl, times) => {
    const { sns, sent } = await publishing(platform, attribute(`AWS.SNS.MOBILE.${platform}.TTL`, ttl));
    expect((await sent).MessageId).toMatch(/^[0-9a-f-]{36}$/);
    expect(sns.inbox.entries).toHaveLength(times);
  });
});

describe("what SNS tells of an endpoint", () => {
  test("is what a Lambda function gets of a topic", async () => {
    const { sns, endpointOf } = await anSns();
    const endpoint = endpointOf("GCM", { provider: "fcm", param: "app", prid: "token" });
    const events: SnsEvent[] = [];
    sns.onFeedback((event) => events.push(event));
    sns.endpoints.disableToken("token");
    expect(events).toEqual([]);
    await expect.poll(() => events.length, { interval: 5 }).toBe(1);
    const [first] = events[0]?.Records ?? [];
    expect(first).toMatchObject({
      EventSource: "aws:sns",
      Sns: { Type: "Notification", TopicArn: "arn:aws:sns:us-east-1:000000000000:push-feedback" },
    });
    expect(JSON.parse(first?.Sns.Message ?? "")).toEqual({
      EndpointArn: endpoint,
      EventType: "EndpointUpdated",
      Resource: "arn:aws:sns:us-east-1:000000000000:app/GCM/app",
      Service: "SNS",
      Time: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  test("goes to the topics that its application names, and nowhere without", async () => {
    const { sns, client } = await anSns();
    const { PlatformApplicationArn = "" } = await client.send(
      new CreatePlatformApplicationCommand({
        Name: "app",
        Platform: "GCM",
        Attributes: { PlatformCredential: KEY, EventDeliveryFailure: TOPIC },
      }),
    );
    const TargetArn = sns.endpoints.create(PlatformApplicationArn, "token").arn;
    const events: SnsEvent[] = [];
    sns.onFeedback((event) => events.push(event));
    sns.kill("token");
    const Message = JSON.stringify({ GCM: "{}" });
    await client.send(new PublishCommand({ TargetArn, MessageStructure: "json", Message }));
    await expect.poll(() => events.length, { interval: 5 }).toBe(1);
    const [first] = events[0]?.Records ?? [];
    expect(first?.Sns.TopicArn).toBe(TOPIC);
    expect(JSON.parse(first?.Sns.Message ?? "")).toMatchObject({
      EventType: "DeliveryFailure",
      FailureType: "InvalidPlatformToken",
      EndpointArn: TargetArn,
    });
  });

  test("is told no more to who does not listen any more, nor of an endpoint that was deleted", async () => {
    const { sns, client, endpointOf } = await anSns();
    const events: SnsEvent[] = [];
    const stop = sns.onFeedback((event) => events.push(event));
    const TargetArn = endpointOf("GCM", { provider: "fcm", param: "app", prid: "token" });
    sns.kill("token");
    const Message = JSON.stringify({ GCM: "{}" });
    await client.send(new PublishCommand({ TargetArn, MessageStructure: "json", Message }));
    await expect.poll(() => events.length, { interval: 5 }).toBe(2);
    stop();
    sns.endpoints.disable(TargetArn);
    sns.endpoints.delete(TargetArn);
    sns.endpoints.disable(TargetArn);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(events).toHaveLength(2);
  });
});

describe("on the wire", () => {
  test("who does not sign is refused, and so is an action that SNS does not have", async () => {
    const { sns } = await anSns();
    const body = new URLSearchParams({ Action: "Publish" });
    expect((await fetch(sns.url, { method: "POST", body })).status).toBe(403);
    const headers = { authorization: "AWS4-HMAC-SHA256 Credential=a/20261123/us-east-1/sns/aws4_request" };
    const unknown = new URLSearchParams({ Action: "Dance" });
    const answer = await fetch(sns.url, { method: "POST", body: unknown, headers });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("<Code>InvalidAction</Code>");
  });

  test("faults happen in the order that they were asked for, to their action only", async () => {
    const { sns, client, endpointOf } = await anSns();
    const EndpointArn = endpointOf("GCM", ANDROID);
    const action = "GetEndpointAttributes";
    sns.faults.next(action, { code: "InternalError", status: 500, message: "later" });
    sns.faults.next(action, THROTTLED);
    sns.faults.drop(action);
    sns.faults.delay(action, 1);
    await client.send(new DeleteEndpointCommand({ EndpointArn: "arn:other" }));
    expect(await client.send(new GetEndpointAttributesCommand({ EndpointArn }))).toHaveProperty("Attributes");
    expect(sns.actions).toEqual(["DeleteEndpoint", ...Array<string>(4).fill(action)]);
  });

  test("texts that XML has no words for come as near as they can", async () => {
    const { sns, client } = await anSns();
    const message = "a < b & c > d \u0000 ]]> é 🙂";
    sns.faults.next("GetEndpointAttributes", { code: "AuthorizationError", status: 403, message });
    const command = new GetEndpointAttributesCommand({ EndpointArn: "arn:x" });
    await expect(client.send(command)).rejects.toThrow(message.replace("\u0000", "\uFFFD"));
  });

  test("it remembers the last thousand actions", async () => {
    const { sns } = await anSns();
    const ask = async (action: string) =>
      fetch(sns.url, { method: "POST", body: new URLSearchParams({ Action: action }) });
    await ask("First");
    for (let done = 0; done < 1_000; done += 50) {
      await Promise.all(Array.from({ length: 50 }, () => ask("Later")));
    }
    expect(sns.actions).toHaveLength(1_000);
    expect(sns.actions).not.toContain("First");
  });
});

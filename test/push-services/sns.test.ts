import { DeleteEndpointCommand, SetEndpointAttributesCommand, type SNSClient } from "@aws-sdk/client-sns";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { snsClient } from "../../functions/aws/clients.ts";
import { type ApplicationArn, snsPush } from "../../functions/aws/sns-push.ts";
import type { PushTarget } from "../../functions/location/location.ts";
import { jsonLog } from "../../functions/log.ts";
import type { Push } from "../../functions/ports.ts";
import { octetsOf } from "../../functions/sip/octets.ts";
import { localApplicationArn } from "../../infra/local/sns/endpoints.ts";
import { type SnsDouble, startSnsDouble } from "../../infra/local/sns/sns-double.ts";
import { DATA, NOW, PUSHES } from "../push/a-push.ts";
import { type SnsFault, startCannedSns } from "./canned-sns.ts";

const CALL = PUSHES.call;
const ANDROID: PushTarget = { provider: "fcm", param: "my-project", prid: "registration:token-1" };
const IPHONE: PushTarget = { provider: "apns", param: "TEAM.com.example.app.voip", prid: "c0ffee" };
/** Linphone's: a token for calls, and one for all else. */
const PAIR: PushTarget = {
  provider: "apns",
  param: "TEAM.com.example.app.voip&remote",
  prid: "aaa:voip&bbb:remote",
};

/** What a push is answered that was accepted: the id is SNS's own. */
const ACCEPTED = { outcome: "accepted", id: expect.stringMatching(/^[0-9a-f-]{36}$/) };
const NO_APPLICATION = { outcome: "failed", reason: "no platform application" };

/** An iPhone whose app does without PushKit. */
const ALERTS: PushTarget = { provider: "apns", param: "TEAM.com.example.app.remote", prid: "bbb:remote" };

let lines: string[];

beforeEach(() => {
  lines = [];
});

function pushThrough(client: SNSClient, arnOf: ApplicationArn = everyApp): Push {
  return snsPush(
    client,
    arnOf,
    () => NOW,
    jsonLog(
      "debug",
      (line) => lines.push(line),
      () => NOW,
    ),
  );
}

/** As the local stack has it. */
const everyApp: ApplicationArn = ({ platform, app }) => localApplicationArn(platform, app);

describe("a push through SNS", () => {
  let sns: SnsDouble;
  let client: SNSClient;
  let push: Push;

  beforeEach(async () => {
    sns = await startSnsDouble();
    client = snsClient({ endpoint: sns.url });
    push = pushThrough(client);
  });
  afterEach(async () => {
    client.destroy();
    await sns.close();
  });

  const endpointOf = (target: PushTarget, platform: string) =>
    sns.endpoints.create(localApplicationArn(platform, target.param), target.prid).arn;

  describe("to an Android phone", () => {
    test.each([
      ["call", "high", "25"],
      ["cancel", "high", "20"],
      ["message", "normal", "3600"],
      ["dialog", "high", "30"],
      ["refresh", "normal", "150"],
    ] as const)("for a %s is a data message of %s priority that lives %s s", async (kind, priority, ttl) => {
      expect(await push.send(ANDROID, PUSHES[kind])).toEqual(ACCEPTED);
      const android = { priority, ttl: `${ttl}s` };
      expect(sns.inbox.entries).toEqual([
        {
          at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
          provider: "fcm",
          app: "my-project",
          token: "registration:token-1",
          payload: {
            fcmV1Message: { message: { data: DATA[kind], android: expect.objectContaining(android) } },
          },
          attributes: { "AWS.SNS.MOBILE.GCM.TTL": ttl },
        },
      ]);
      expect(lines).toEqual([]);
    });
  });

  describe.each([
    ["", "apns", ""],
    [" in Apple's sandbox", "apns.dev", "_SANDBOX"],
  ])("to an iPhone%s", (_, provider, suffix) => {
    const incoming = { alert: { title: "Alice", body: "Incoming call" }, sound: "default" };
    const letter = { alert: { title: "Alice", body: "New message" }, sound: "default" };
    const quiet = { "content-available": 1 };

    test.each([
      ["with both tokens", "call", "voip", PAIR, "aaa", {}, "25"],
      ["with both tokens", "message", "alert", PAIR, "bbb", letter, "3600"],
      ["with both tokens", "dialog", "background", PAIR, "bbb", quiet, "30"],
      ["with both tokens", "refresh", "background", PAIR, "bbb", quiet, "150"],
      ["without PushKit", "call", "alert", ALERTS, "bbb", incoming, "25"],
      ["without PushKit", "message", "alert", ALERTS, "bbb", letter, "3600"],
      ["without PushKit", "dialog", "background", ALERTS, "bbb", quiet, "30"],
      ["without PushKit", "refresh", "background", ALERTS, "bbb", quiet, "150"],
      ["with PushKit alone", "call", "voip", IPHONE, "c0ffee", {}, "25"],
    ] as const)("%s, for a %s, is of type %s", async (_which, kind, type, target, token, aps, ttl) => {
      expect(await push.send({ ...target, provider }, PUSHES[kind])).toEqual(ACCEPTED);
      const platform = `APNS${type === "voip" ? "_VOIP" : ""}${suffix}`;
      expect(sns.inbox.entries).toEqual([
        {
          at: expect.any(String),
          provider,
          app: target.param,
          token,
          payload: { aps, ...DATA[kind] },
          attributes: expect.objectContaining({
            [`AWS.SNS.MOBILE.${platform}.TTL`]: ttl,
            "AWS.SNS.MOBILE.APNS.PUSH_TYPE": type,
            "AWS.SNS.MOBILE.APNS.PRIORITY": type === "background" ? "5" : "10",
            "AWS.SNS.MOBILE.APNS.TOPIC": `com.example.app${type === "voip" ? ".voip" : ""}`,
          }),
        },
      ]);
      expect(lines).toEqual([]);
    });

    test.each([
      ["with both tokens", "cancel", PAIR],
      ["without PushKit", "cancel", ALERTS],
      ["with PushKit alone", "cancel", IPHONE],
      ["with PushKit alone", "message", IPHONE],
      ["with PushKit alone", "dialog", IPHONE],
      ["with PushKit alone", "refresh", IPHONE],
    ] as const)("%s, for a %s, fails, asks nobody, and alarms nobody", async (_which, kind, target) => {
      const outcome = await push.send({ ...target, provider }, PUSHES[kind]);
      expect(outcome).toEqual({ outcome: "failed", reason: "no push for that" });
      expect(sns.inbox.entries).toEqual([]);
      expect(lines.map((line) => JSON.parse(line))).toEqual([
        {
          time: new Date(NOW).toISOString(),
          level: "debug",
          event: "no quiet push",
          provider,
          app: target.param,
        },
      ]);
    });
  });

  test("carries names as people wrote them, markup and all scripts included", async () => {
    const name = 'İpek <&> "名前" ]]> 🙂';
    await push.send(ANDROID, { ...CALL, name });
    expect(sns.inbox.entries).toMatchObject([{ payload: { fcmV1Message: { message: { data: { name } } } } }]);
  });

  test("is never given so short a life that SNS would drop it, also when the call is nearly over", async () => {
    await push.send(IPHONE, { ...CALL, expiresAt: NOW + 1 });
    expect(sns.inbox.entries[0]?.attributes).toMatchObject({ "AWS.SNS.MOBILE.APNS_VOIP.TTL": "15" });
  });

  test("finds the app whatever it is called", async () => {
    const param = octetsOf("a/b:c&d=é%2F");
    expect(await push.send({ ...ANDROID, param }, CALL)).toEqual(ACCEPTED);
    expect(sns.inbox.entries[0]?.app).toBe(param);
  });

  test("uses the endpoint that the token has, and another for another token or app", async () => {
    await push.send(ANDROID, CALL);
    sns.endpoints.set(endpointOf(ANDROID, "GCM"), { token: undefined, enabled: false });
    expect(await push.send(ANDROID, CALL)).toMatchObject({ outcome: "dead" });
    expect(await push.send({ ...ANDROID, prid: "token-2" }, CALL)).toEqual(ACCEPTED);
    expect(await push.send({ ...ANDROID, param: "other-project" }, CALL)).toEqual(ACCEPTED);
    expect(sns.inbox.entries).toHaveLength(3);
  });

  test("to a token that its service has called dead is answered dead, and is not delivered", async () => {
    await push.send(IPHONE, CALL);
    sns.endpoints.disableToken(IPHONE.prid);
    expect(await push.send(IPHONE, CALL)).toMatchObject({ outcome: "dead" });
    expect(sns.inbox.entries).toHaveLength(1);
  });

  test("goes through again once the operator has enabled the endpoint", async () => {
    const EndpointArn = endpointOf(IPHONE, "APNS_VOIP");
    sns.endpoints.disableToken(IPHONE.prid);
    await client.send(new SetEndpointAttributesCommand({ EndpointArn, Attributes: { Enabled: "true" } }));
    expect(await push.send(IPHONE, CALL)).toEqual(ACCEPTED);
  });

  test("makes a new endpoint where the operator has deleted the old one", async () => {
    await push.send(IPHONE, CALL);
    const EndpointArn = endpointOf(IPHONE, "APNS_VOIP");
    await client.send(new DeleteEndpointCommand({ EndpointArn }));
    expect(await push.send(IPHONE, CALL)).toEqual(ACCEPTED);
    expect(endpointOf(IPHONE, "APNS_VOIP")).not.toBe(EndpointArn);
  });

  test.each([
    ["empty", ANDROID, ""],
    ["longer than Apple's ever are", IPHONE, "c0".repeat(201)],
    ["longer than SNS takes", ANDROID, "t".repeat(8_193)],
  ])("to a token that is %s is answered dead: no later attempt can do better", async (_, target, prid) => {
    expect(await push.send({ ...target, prid }, CALL)).toMatchObject({ outcome: "dead" });
    expect(sns.inbox.entries).toEqual([]);
  });

  test("for an app that is not ours, or by a service that we do not know, fails and asks nobody", async () => {
    const noApp = pushThrough(client, () => undefined);
    expect(await noApp.send(ANDROID, CALL)).toEqual(NO_APPLICATION);
    expect(await push.send({ ...ANDROID, provider: "webpush" }, CALL)).toEqual(NO_APPLICATION);
    expect(sns.inbox.entries).toEqual([]);
    expect(lines.map((line) => JSON.parse(line).event)).toEqual([
      "no platform application",
      "no platform application",
    ]);
  });

  test("for a platform application that does not exist fails: the token may be a good one", async () => {
    const wrong = pushThrough(client, () => "arn:aws:sns:us-east-1:000000000000:app");
    expect(await wrong.send(ANDROID, CALL)).toMatchObject({ outcome: "failed" });
  });

  test("fails when SNS cannot be reached", async () => {
    await sns.close();
    expect(await push.send(ANDROID, CALL)).toMatchObject({ outcome: "failed" });
    sns = await startSnsDouble();
  });

  test("that is refused is told in one line that says why and does not give the token away", async () => {
    endpointOf(IPHONE, "APNS_VOIP");
    sns.endpoints.disableToken(IPHONE.prid);
    await push.send(IPHONE, CALL);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        time: new Date(NOW).toISOString(),
        level: "warn",
        event: "push refused",
        provider: "apns",
        app: IPHONE.param,
        outcome: "dead",
        reason: "EndpointDisabledException",
      },
    ]);
    expect(lines.join()).not.toContain(IPHONE.prid);
  });
});

describe.each([PUSHES.message, PUSHES.dialog, PUSHES.refresh])("a push for a $kind through SNS", (quiet) => {
  let sns: SnsDouble;
  let client: SNSClient;
  let push: Push;

  beforeEach(async () => {
    sns = await startSnsDouble();
    client = snsClient({ endpoint: sns.url });
    push = pushThrough(client);
  });
  afterEach(async () => {
    client.destroy();
    await sns.close();
  });

  test("for an app that is not ours fails as a call's does", async () => {
    const noApp = pushThrough(client, () => undefined);
    expect(await noApp.send(ANDROID, quiet)).toEqual(NO_APPLICATION);
    expect(lines.map((line) => JSON.parse(line).event)).toEqual(["no platform application"]);
  });

  test("to a token that its service has called dead is answered dead: calls go to the same", async () => {
    await push.send(ANDROID, quiet);
    sns.endpoints.disableToken(ANDROID.prid);
    expect(await push.send(ANDROID, quiet)).toMatchObject({ outcome: "dead" });
    expect(await push.send(ANDROID, CALL)).toMatchObject({ outcome: "dead" });
  });

  test("to a dead token of an iPhone that has another one for calls fails: the phone can still be called", async () => {
    await push.send(PAIR, quiet);
    sns.endpoints.disableToken("bbb");
    const outcome = await push.send(PAIR, quiet);
    expect(outcome).toEqual({ outcome: "failed", reason: "Endpoint is disabled" });
    expect(await push.send(PAIR, CALL)).toEqual(ACCEPTED);
  });

  test("fails when SNS cannot be reached", async () => {
    await sns.close();
    expect(await push.send(ANDROID, quiet)).toMatchObject({ outcome: "failed" });
    sns = await startSnsDouble();
  });
});

describe("when SNS answers otherwise than our double does", () => {
  const ENDPOINT = "arn:aws:sns:eu-central-1:123456789012:endpoint/GCM/my-project/5e3e9847";
  const CREATED = `<EndpointArn>${ENDPOINT}</EndpointArn>`;
  const fault = (status: number, code: string, message: string): SnsFault => ({ status, code, message });

  /** Wakes a phone while SNS answers these things to these actions; answers how that went and what SNS was asked. */
  async function wakeWith(answers: { create?: SnsFault | string; publish?: (SnsFault | string)[] }) {
    const { create = CREATED, publish = ["<MessageId>1</MessageId>"] } = answers;
    let published = 0;
    const sns = await startCannedSns((action) =>
      action === "Publish" ? (publish[Math.min(published++, publish.length - 1)] ?? "") : create,
    );
    const client = snsClient({ endpoint: sns.url });
    try {
      const said = await pushThrough(client).send(ANDROID, CALL);
      return {
        said,
        outcome: said.outcome,
        publishes: sns.requests.filter((form) => form.get("Action") === "Publish"),
      };
    } finally {
      client.destroy();
      await sns.close();
    }
  }

  test("an endpoint that others made with attributes of their own is used as it is", async () => {
    const message = `Invalid parameter: Token Reason: Endpoint ${ENDPOINT} already exists with the same Token, but different attributes.`;
    const { outcome, publishes } = await wakeWith({ create: fault(400, "InvalidParameter", message) });
    expect(outcome).toBe("accepted");
    expect(publishes.map((form) => form.get("TargetArn"))).toEqual([ENDPOINT]);
  });

  test("a token that SNS calls invalid is dead, and nothing is published", async () => {
    const message = "Invalid parameter: Token Reason: is not a valid FCM registration token";
    const { outcome, publishes } = await wakeWith({ create: fault(400, "InvalidParameter", message) });
    expect(outcome).toBe("dead");
    expect(publishes).toEqual([]);
  });

  test.each([
    ["disabled", fault(400, "EndpointDisabled", "Endpoint is disabled")],
    ["deleted in between", fault(404, "NotFound", "Endpoint does not exist")],
    [
      "no target any more",
      fault(
        400,
        "InvalidParameter",
        "Invalid parameter: TargetArn Reason: No endpoint found for the target arn specified",
      ),
    ],
  ])("an endpoint that is %s means a dead token", async (_, refusal) => {
    expect((await wakeWith({ publish: [refusal] })).outcome).toBe("dead");
  });

  test.each([
    ["our rights", fault(403, "AuthorizationError", "not authorized to perform: SNS:Publish")],
    ["our message", fault(400, "InvalidParameter", "Invalid parameter: Message too long")],
    [
      "our credentials at the push service",
      fault(400, "PlatformApplicationDisabled", "Platform is disabled"),
    ],
  ])("a refusal that is about %s says nothing of the token: failed", async (_, refusal) => {
    const { outcome, publishes } = await wakeWith({ publish: [refusal] });
    expect(outcome).toBe("failed");
    expect(publishes).toHaveLength(1);
  });

  test("an inner error is tried again, and fails when it stays", async () => {
    const { outcome, publishes } = await wakeWith({ publish: [fault(500, "InternalError", "try again")] });
    expect(outcome).toBe("failed");
    expect(publishes).toHaveLength(3);
  });

  test("an inner error that passes costs nothing but time", async () => {
    const { outcome } = await wakeWith({
      publish: [fault(500, "InternalError", "try again"), "<MessageId>1</MessageId>"],
    });
    expect(outcome).toBe("accepted");
  });

  test("an endpoint without a name cannot be published to: failed", async () => {
    const { outcome, publishes } = await wakeWith({ create: "" });
    expect(outcome).toBe("failed");
    expect(publishes).toEqual([]);
  });

  test("the id of an accepted push is the one that SNS gave it, and none where it gave none", async () => {
    const id = "567910cd-659e-55d4-8ccb-5aaf14679dc0";
    const { said } = await wakeWith({ publish: [`<MessageId>${id}</MessageId>`] });
    expect(said).toEqual({ outcome: "accepted", id });
    expect((await wakeWith({ publish: [""] })).said).toEqual({ outcome: "accepted", id: "" });
  });

  test("a refusal is handed on in SNS's words, cut short, without the token", async () => {
    const words = `Invalid parameter: Message Reason: ${ANDROID.prid} and ${ANDROID.prid} ${"x".repeat(300)}`;
    const { said } = await wakeWith({ publish: [fault(400, "InvalidParameter", words)] });
    const reason = `Invalid parameter: Message Reason: … and … ${"x".repeat(300)}`.slice(0, 256);
    expect(said).toEqual({ outcome: "failed", reason });
  });

  test("of a token of no length, a refusal keeps its words as they are", async () => {
    const message = "Invalid parameter: Token Reason: must not be empty";
    const sns = await startCannedSns(() => fault(400, "InvalidParameter", message));
    const client = snsClient({ endpoint: sns.url });
    const said = await pushThrough(client).send({ ...ANDROID, prid: "" }, CALL);
    expect(said).toEqual({ outcome: "dead", reason: message });
    client.destroy();
    await sns.close();
  });
});

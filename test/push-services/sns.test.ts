import { DeleteEndpointCommand, SetEndpointAttributesCommand, type SNSClient } from "@aws-sdk/client-sns";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { snsClient } from "../../functions/aws/clients.ts";
import { type ApplicationArn, snsPush } from "../../functions/aws/sns-push.ts";
import type { PushTarget } from "../../functions/location/location.ts";
import { jsonLog } from "../../functions/log.ts";
import type { Push } from "../../functions/ports.ts";
import { type CallPush, uuidOf } from "../../functions/push/call-push.ts";
import type { RefreshPush } from "../../functions/push/refresh-push.ts";
import { octetsOf } from "../../functions/sip/octets.ts";
import { localApplicationArn } from "../../infra/local/sns/endpoints.ts";
import { type SnsDouble, startSnsDouble } from "../../infra/local/sns/sns-double.ts";
import { type SnsFault, startCannedSns } from "./canned-sns.ts";

const NOW = Date.UTC(2027, 0, 15, 12);
const CALL: CallPush = {
  callId: "a84b4c76e66710@pc33.example.com",
  from: "sip:alice@example.com",
  name: "Alice",
  to: "sip:bob@example.com",
  expiresAt: NOW + 24_001,
};
const DATA = {
  v: "1",
  kind: "call",
  callId: CALL.callId,
  uuid: uuidOf(CALL.callId),
  from: CALL.from,
  name: CALL.name,
  to: CALL.to,
  expires: "2027-01-15T12:00:24.001Z",
};
const REFRESH: RefreshPush = { to: "sip:bob@example.com", expiresAt: NOW + 149_001 };
const REFRESH_DATA = { v: "1", kind: "refresh", to: REFRESH.to, expires: "2027-01-15T12:02:29.001Z" };
const ANDROID: PushTarget = { provider: "fcm", param: "my-project", prid: "registration:token-1" };
const IPHONE: PushTarget = { provider: "apns", param: "TEAM.com.example.app.voip", prid: "c0ffee" };
/** Linphone's: a token for calls, and one for all else. */
const PAIR: PushTarget = {
  provider: "apns",
  param: "TEAM.com.example.app.voip&remote",
  prid: "aaa:voip&bbb:remote",
};

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

  test("reaches an Android phone as an urgent data message that lives as long as the call", async () => {
    expect(await push.wake(ANDROID, CALL)).toBe("accepted");
    expect(sns.inbox.entries).toEqual([
      {
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        provider: "fcm",
        app: "my-project",
        token: "registration:token-1",
        payload: { fcmV1Message: { message: { data: DATA, android: { priority: "high", ttl: "25s" } } } },
        attributes: { "AWS.SNS.MOBILE.GCM.TTL": "25" },
      },
    ]);
    expect(lines).toEqual([]);
  });

  test("reaches an iPhone with PushKit as a VoIP push for its topic", async () => {
    expect(await push.wake(IPHONE, CALL)).toBe("accepted");
    expect(sns.inbox.entries).toMatchObject([
      { provider: "apns", app: IPHONE.param, token: "c0ffee", payload: { aps: {}, ...DATA } },
    ]);
    expect(sns.inbox.entries[0]?.attributes).toEqual({
      "AWS.SNS.MOBILE.APNS_VOIP.TTL": "25",
      "AWS.SNS.MOBILE.APNS.PUSH_TYPE": "voip",
      "AWS.SNS.MOBILE.APNS.PRIORITY": "10",
      "AWS.SNS.MOBILE.APNS.TOPIC": "com.example.app.voip",
    });
  });

  test("reaches an iPhone in Apple's sandbox without PushKit as an alert that people can read", async () => {
    const target = { provider: "apns.dev", param: "TEAM.com.example.app.remote", prid: "c0ffee:remote" };
    expect(await push.wake(target, CALL)).toBe("accepted");
    const aps = { alert: { title: "Alice", body: "Incoming call" }, sound: "default" };
    expect(sns.inbox.entries).toMatchObject([
      { provider: "apns.dev", app: target.param, token: "c0ffee", payload: { aps, ...DATA } },
    ]);
    expect(sns.inbox.entries[0]?.attributes).toEqual({
      "AWS.SNS.MOBILE.APNS_SANDBOX.TTL": "25",
      "AWS.SNS.MOBILE.APNS.PUSH_TYPE": "alert",
      "AWS.SNS.MOBILE.APNS.PRIORITY": "10",
      "AWS.SNS.MOBILE.APNS.TOPIC": "com.example.app",
    });
  });

  test("goes to the VoIP token of a phone that registered one for each of Apple's services", async () => {
    const target = {
      provider: "apns",
      param: "TEAM.com.example.app.voip&remote",
      prid: "aaa:remote&bbb:voip",
    };
    expect(await push.wake(target, CALL)).toBe("accepted");
    expect(sns.inbox.entries[0]?.token).toBe("bbb");
    expect(sns.inbox.entries[0]?.attributes).toMatchObject({ "AWS.SNS.MOBILE.APNS.PUSH_TYPE": "voip" });
  });

  test("carries names as people wrote them, markup and all scripts included", async () => {
    const name = 'İpek <&> "名前" ]]> 🙂';
    await push.wake(ANDROID, { ...CALL, name });
    expect(sns.inbox.entries).toMatchObject([{ payload: { fcmV1Message: { message: { data: { name } } } } }]);
  });

  test("is never given so short a life that SNS would drop it, also when the call is nearly over", async () => {
    await push.wake(IPHONE, { ...CALL, expiresAt: NOW + 1 });
    expect(sns.inbox.entries[0]?.attributes).toMatchObject({ "AWS.SNS.MOBILE.APNS_VOIP.TTL": "15" });
  });

  test("finds the app whatever it is called", async () => {
    const param = octetsOf("a/b:c&d=é%2F");
    expect(await push.wake({ ...ANDROID, param }, CALL)).toBe("accepted");
    expect(sns.inbox.entries[0]?.app).toBe(param);
  });

  test("uses the endpoint that the token has, and another for another token or app", async () => {
    await push.wake(ANDROID, CALL);
    sns.endpoints.set(endpointOf(ANDROID, "GCM"), { token: undefined, enabled: false });
    expect(await push.wake(ANDROID, CALL)).toBe("dead");
    expect(await push.wake({ ...ANDROID, prid: "token-2" }, CALL)).toBe("accepted");
    expect(await push.wake({ ...ANDROID, param: "other-project" }, CALL)).toBe("accepted");
    expect(sns.inbox.entries).toHaveLength(3);
  });

  test("to a token that its service has called dead is answered dead, and is not delivered", async () => {
    await push.wake(IPHONE, CALL);
    sns.endpoints.disableToken(IPHONE.prid);
    expect(await push.wake(IPHONE, CALL)).toBe("dead");
    expect(sns.inbox.entries).toHaveLength(1);
  });

  test("goes through again once the operator has enabled the endpoint", async () => {
    const EndpointArn = endpointOf(IPHONE, "APNS_VOIP");
    sns.endpoints.disableToken(IPHONE.prid);
    await client.send(new SetEndpointAttributesCommand({ EndpointArn, Attributes: { Enabled: "true" } }));
    expect(await push.wake(IPHONE, CALL)).toBe("accepted");
  });

  test("makes a new endpoint where the operator has deleted the old one", async () => {
    await push.wake(IPHONE, CALL);
    const EndpointArn = endpointOf(IPHONE, "APNS_VOIP");
    await client.send(new DeleteEndpointCommand({ EndpointArn }));
    expect(await push.wake(IPHONE, CALL)).toBe("accepted");
    expect(endpointOf(IPHONE, "APNS_VOIP")).not.toBe(EndpointArn);
  });

  test.each([
    ["empty", ANDROID, ""],
    ["longer than Apple's ever are", IPHONE, "c0".repeat(201)],
    ["longer than SNS takes", ANDROID, "t".repeat(8_193)],
  ])("to a token that is %s is answered dead: no later attempt can do better", async (_, target, prid) => {
    expect(await push.wake({ ...target, prid }, CALL)).toBe("dead");
    expect(sns.inbox.entries).toEqual([]);
  });

  test("for an app that is not ours, or by a service that we do not know, fails and asks nobody", async () => {
    const noApp = pushThrough(client, () => undefined);
    expect(await noApp.wake(ANDROID, CALL)).toBe("failed");
    expect(await push.wake({ ...ANDROID, provider: "webpush" }, CALL)).toBe("failed");
    expect(sns.inbox.entries).toEqual([]);
    expect(lines).toHaveLength(2);
  });

  test("for a platform application that does not exist fails: the token may be a good one", async () => {
    const wrong = pushThrough(client, () => "arn:aws:sns:us-east-1:000000000000:app");
    expect(await wrong.wake(ANDROID, CALL)).toBe("failed");
  });

  test("fails when SNS cannot be reached", async () => {
    await sns.close();
    expect(await push.wake(ANDROID, CALL)).toBe("failed");
    sns = await startSnsDouble();
  });

  test("that is refused is told in one line that says why and does not give the token away", async () => {
    endpointOf(IPHONE, "APNS_VOIP");
    sns.endpoints.disableToken(IPHONE.prid);
    await push.wake(IPHONE, CALL);
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

describe("a push for a refresh through SNS", () => {
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

  test("reaches an Android phone as a data message without hurry that lives as long as the registration", async () => {
    expect(await push.refresh(ANDROID, REFRESH)).toBe("accepted");
    expect(sns.inbox.entries).toEqual([
      {
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        provider: "fcm",
        app: "my-project",
        token: "registration:token-1",
        payload: {
          fcmV1Message: { message: { data: REFRESH_DATA, android: { priority: "normal", ttl: "150s" } } },
        },
        attributes: { "AWS.SNS.MOBILE.GCM.TTL": "150" },
      },
    ]);
    expect(lines).toEqual([]);
  });

  test.each([
    ["", "apns", "APNS"],
    [" in Apple's sandbox", "apns.dev", "APNS_SANDBOX"],
  ])(
    "reaches an iPhone%s in the background, by its other token than for calls",
    async (_, provider, platform) => {
      expect(await push.refresh({ ...PAIR, provider }, REFRESH)).toBe("accepted");
      expect(sns.inbox.entries).toMatchObject([
        {
          provider,
          app: PAIR.param,
          token: "bbb",
          payload: { aps: { "content-available": 1 }, ...REFRESH_DATA },
        },
      ]);
      expect(sns.inbox.entries[0]?.attributes).toEqual({
        [`AWS.SNS.MOBILE.${platform}.TTL`]: "150",
        "AWS.SNS.MOBILE.APNS.PUSH_TYPE": "background",
        "AWS.SNS.MOBILE.APNS.PRIORITY": "5",
        "AWS.SNS.MOBILE.APNS.TOPIC": "com.example.app",
      });
    },
  );

  test("to an iPhone that takes VoIP pushes only fails, asks nobody, and alarms nobody", async () => {
    expect(await push.refresh(IPHONE, REFRESH)).toBe("failed");
    expect(sns.inbox.entries).toEqual([]);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        time: new Date(NOW).toISOString(),
        level: "debug",
        event: "no quiet push",
        provider: "apns",
        app: IPHONE.param,
      },
    ]);
  });

  test("for an app that is not ours fails as a call's does", async () => {
    const noApp = pushThrough(client, () => undefined);
    expect(await noApp.refresh(ANDROID, REFRESH)).toBe("failed");
    expect(lines.map((line) => JSON.parse(line).event)).toEqual(["no platform application"]);
  });

  test("to a token that its service has called dead is answered dead: calls go to the same", async () => {
    await push.refresh(ANDROID, REFRESH);
    sns.endpoints.disableToken(ANDROID.prid);
    expect(await push.refresh(ANDROID, REFRESH)).toBe("dead");
    expect(await push.wake(ANDROID, CALL)).toBe("dead");
  });

  test("to a dead token of an iPhone that has another one for calls fails: the phone can still be called", async () => {
    await push.refresh(PAIR, REFRESH);
    sns.endpoints.disableToken("bbb");
    expect(await push.refresh(PAIR, REFRESH)).toBe("failed");
    expect(await push.wake(PAIR, CALL)).toBe("accepted");
  });

  test("fails when SNS cannot be reached", async () => {
    await sns.close();
    expect(await push.refresh(ANDROID, REFRESH)).toBe("failed");
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
      const outcome = await pushThrough(client).wake(ANDROID, CALL);
      return { outcome, publishes: sns.requests.filter((form) => form.get("Action") === "Publish") };
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
});

import { describe, expect, test } from "vitest";
import { snsClient } from "../../functions/aws/sns-client.ts";
import { jsonLog } from "../../functions/log.ts";
import type { Refusal } from "../../infra/local/sns/faults.ts";
import { PUSHES } from "../push/a-push.ts";
import { ACCEPTED, ANDROID, anSns, IPHONE, pushThrough } from "./an-sns.ts";
import { startCannedSns } from "./canned-sns.ts";

// What each refusal of SNS means. A token that is called dead is not pushed again, and is not taken when it is registered again:
// so nothing but what is said of the token itself makes it dead.

const CALL = PUSHES.call;

type Row = readonly [code: string, status: number, message: string];

/** What says nothing of a token, whoever is asked for what. */
const NOT_THE_TOKEN: readonly Row[] = [
  [
    "AuthorizationError",
    403,
    "not authorized to perform: SNS:Publish on resource: arn:aws:sns:eu-west-1:1:x",
  ],
  ["PlatformApplicationDisabled", 400, "Platform application is disabled"],
  ["InvalidParameter", 400, "Invalid parameter: Message too long"],
  ["InvalidParameter", 400, "Invalid parameter: Message Structure - JSON message body failed to parse"],
  [
    "InvalidParameter",
    400,
    "Invalid parameter: Message Reason: Invalid notification for protocol APNS_VOIP: Notification is too long",
  ],
  ["InvalidParameter", 400, "Invalid parameter: PlatformApplicationArn Reason: Wrong number of slashes"],
  ["InvalidParameter", 400, "Invalid parameter: This endpoint is already registered with a different token."],
  ["ParameterValueInvalid", 400, "The message attribute 'x' must contain non-empty message attribute type."],
  ["InvalidClientTokenId", 403, "The security token included in the request is invalid."],
  ["InvalidSecurity", 403, "The credential signature isn't valid."],
  ["KMSAccessDenied", 400, "The ciphertext references a key that does not exist"],
  ["SomethingNew", 400, "nobody knows yet"],
];

const DISABLED: Row = ["EndpointDisabled", 400, "Endpoint is disabled"];
const NOT_FOUND: Row = ["NotFound", 404, "Endpoint does not exist"];
const NO_TARGET: Row = [
  "InvalidParameter",
  400,
  "Invalid parameter: TargetArn Reason: No endpoint found for the target arn specified",
];
const NO_APPLICATION: Row = ["NotFound", 404, "PlatformApplication does not exist"];

/** Refusals of the token: what SNS's own validation says. */
const BAD_TOKEN: readonly Row[] = [
  ["InvalidParameter", 400, "Invalid parameter: Token Reason: is not a valid FCM registration token"],
  [
    "InvalidParameter",
    400,
    "Invalid parameter: Token Reason: iOS device tokens must be no more than 400 hexadecimal characters",
  ],
  [
    "InvalidParameter",
    400,
    "Invalid parameter: Token Reason: must be at most 8192 bytes long in UTF-8 encoding",
  ],
];

function refusal([code, status, message]: Row): Refusal {
  return { code, status, message };
}

/** In people's words: no ARNs. */
function words([, , message]: Row): string {
  return message.replace(/arn:\S+/, "…");
}

describe("publishing to a kept endpoint is refused", () => {
  test.each<[...Row, outcome: string]>([
    ...NOT_THE_TOKEN.map((row) => [...row, "failed"] as [...Row, string]),
    [...DISABLED, "dead"],
  ])("%s (%i: %s): %s", async (code, status, message, outcome) => {
    const { sns, push, endpointOf } = await anSns();
    sns.faults.next("Publish", { code, status, message });
    const kept = { service: "APNS_VOIP", id: endpointOf("APNS_VOIP", IPHONE) };
    const said = await push.send(IPHONE, CALL, [kept]);
    expect(said).toEqual({ outcome, reason: words([code, status, message]) });
    expect(sns.actions).toEqual(["Publish"]);
    expect(sns.inbox.entries).toEqual([]);
  });
});

describe("publishing to an endpoint that was just found is refused", () => {
  // It exists: that somebody deletes it meanwhile, or SNS does not find it yet, is no fault of the token.
  test.each<Row>([...NOT_THE_TOKEN, NOT_FOUND, NO_TARGET])("%s (%i: %s): failed", async (...row) => {
    const { sns, push } = await anSns();
    sns.faults.next("Publish", refusal(row));
    expect(await push.send(IPHONE, CALL)).toEqual({ outcome: "failed", reason: words(row) });
    expect(sns.actions).toEqual(["CreatePlatformEndpoint", "Publish"]);
  });
});

describe("finding the endpoint of a token is refused", () => {
  test.each<[...Row, outcome: string]>([
    ...[...NOT_THE_TOKEN, NO_APPLICATION].map((row) => [...row, "failed"] as [...Row, string]),
    ...BAD_TOKEN.map((row) => [...row, "dead"] as [...Row, string]),
  ])("%s (%i: %s): %s", async (code, status, message, outcome) => {
    const { sns, push } = await anSns();
    sns.faults.next("CreatePlatformEndpoint", { code, status, message });
    expect(await push.send(IPHONE, CALL)).toEqual({ outcome, reason: words([code, status, message]) });
    expect(sns.actions).toEqual(["CreatePlatformEndpoint"]);
  });
});

describe("enabling an endpoint is refused", () => {
  test.each<Row>([...NOT_THE_TOKEN, NOT_FOUND])("%s (%i: %s): failed", async (...row) => {
    const { sns, push } = await anSns();
    sns.faults.next("Publish", refusal(DISABLED));
    sns.faults.next("SetEndpointAttributes", refusal(row));
    expect(await push.send(IPHONE, CALL)).toEqual({ outcome: "failed", reason: words(row) });
    expect(sns.inbox.entries).toEqual([]);
  });
});

test.each([
  ["empty", ANDROID, ""],
  ["longer than Apple's ever are", IPHONE, "c0".repeat(201)],
  ["none that Apple gives", IPHONE, "registration:token"],
  ["longer than SNS takes", ANDROID, "t".repeat(8_193)],
])("a token that is %s is dead: no later attempt can do better", async (_, target, prid) => {
  const { sns, push } = await anSns();
  expect(await push.send({ ...target, prid }, CALL)).toMatchObject({ outcome: "dead" });
  expect(sns.inbox.entries).toEqual([]);
});

describe("what is told of a refusal", () => {
  test("is one line that says why and gives nothing away", async () => {
    const { sns, push, lines, logged, endpointOf } = await anSns();
    const id = endpointOf("APNS_VOIP", IPHONE);
    sns.endpoints.disableToken(IPHONE.prid);
    await push.send(IPHONE, CALL, [{ service: "APNS_VOIP", id }]);
    const reason = "EndpointDisabledException";
    expect(logged()).toEqual([
      { level: "warn", event: "push refused", provider: "apns", app: IPHONE.param, outcome: "dead", reason },
    ]);
    expect(lines.join()).not.toContain(IPHONE.prid);
  });

  test("is SNS's words, cut short, without the token and without ARNs", async () => {
    const { sns, push } = await anSns();
    const arn = "arn:aws:sns:eu-central-1:123456789012:endpoint/GCM/my-project/5e3e9847";
    const text = `${ANDROID.prid} of ${arn} is "${ANDROID.prid}" ${"x".repeat(300)}`;
    sns.faults.next("Publish", {
      code: "InvalidParameter",
      status: 400,
      message: `Invalid parameter: ${text}`,
    });
    const reason = `Invalid parameter: … of … is "…" ${"x".repeat(300)}`.slice(0, 256);
    expect(await push.send(ANDROID, CALL)).toEqual({ outcome: "failed", reason });
  });

  test("of a token of no length is SNS's words as they are", async () => {
    const { push } = await anSns();
    const reason = "Invalid parameter: Token Reason: must not be empty";
    expect(await push.send({ ...ANDROID, prid: "" }, CALL)).toEqual({ outcome: "dead", reason });
  });
});

describe("an answer that SNS never gives", () => {
  const ENDPOINT = "arn:aws:sns:us-east-1:000000000000:endpoint/GCM/my-project/5e3e9847";

  /** Pushes while SNS answers these results to these actions; answers what came of it, and what was published. */
  async function pushWith({ create = `<EndpointArn>${ENDPOINT}</EndpointArn>`, publish = "" }) {
    const sns = await startCannedSns((action) => (action === "Publish" ? publish : create));
    const client = snsClient({ endpoint: sns.url });
    try {
      const silent = jsonLog("silent", () => {}, Date.now);
      const said = await pushThrough(client, silent).send(ANDROID, CALL);
      return { said, publishes: sns.requests.filter((form) => form.get("Action") === "Publish") };
    } finally {
      client.destroy();
      await sns.close();
    }
  }

  test("an endpoint without a name cannot be published to: failed", async () => {
    const { said, publishes } = await pushWith({ create: "" });
    expect(said.outcome).toBe("failed");
    expect(publishes).toEqual([]);
  });

  test("a push that was taken without an id has none", async () => {
    const { said, publishes } = await pushWith({});
    expect(said).toEqual({ ...ACCEPTED, id: "", endpoint: { service: "GCM", id: ENDPOINT } });
    expect(publishes.map((form) => form.get("TargetArn"))).toEqual([ENDPOINT]);
  });
});

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PushTarget } from "../../functions/location/location.ts";
import { jsonLog } from "../../functions/log.ts";
import { type FcmPush, fcmPush } from "../../functions/providers/fcm.ts";
import { firebaseMessage } from "../../functions/push/fcm-message.ts";
import type { PhonePush } from "../../functions/push/phone-push.ts";
import { NOW, PUSHES } from "../push/a-push.ts";
import { rsaKeys } from "../support/key-pair.ts";
import {
  type FcmAnswer,
  type FcmDouble,
  fcmError,
  ofFcm,
  ofField,
  startFcmDouble,
  TOKEN_LIFE,
} from "./doubles/fcm-double.ts";

const TOKEN = "dQw4w9WgXcQ:APA91b_registration-token";
const ANDROID: PushTarget = { provider: "fcm", param: "my-project", prid: TOKEN };
const { privateKey, publicKey } = rsaKeys();
const ACCOUNT = { projectId: "my-project", clientEmail: "push@my-project.iam.gserviceaccount.com" };

let google: FcmDouble;
let fcm: FcmPush;
let now: number;
let lines: string[];

beforeEach(async () => {
  now = NOW;
  lines = [];
  google = await startFcmDouble({ ...ACCOUNT, publicKey });
  fcm = pushAs(ACCOUNT.clientEmail);
});
afterEach(async () => {
  await fcm.close();
  await google.dispatcher.destroy();
  await google.close();
});

function pushAs(clientEmail: string): FcmPush {
  const { origin, dispatcher, tokenUri } = google;
  const account = { ...ACCOUNT, clientEmail, privateKey, privateKeyId: "key-1", tokenUri };
  const clock = () => now;
  const log = jsonLog("debug", (line) => lines.push(line), clock);
  return fcmPush({ account, clock, log, pause: async () => undefined, server: { origin, dispatcher } });
}

const send = (push: PhonePush = PUSHES.call, target = ANDROID) => fcm.send(target, push);

/** A call that is waited for from now on. */
const callNow = () => ({ ...PUSHES.call, expiresAt: now + 25_000 });

describe("a push to an Android phone", () => {
  test.each(Object.values(PUSHES))(
    "for a $kind is a message to its token, and nothing else",
    async (push) => {
      expect(await send(push)).toEqual({ outcome: "accepted", id: "projects/my-project/messages/0:1" });
      expect(google.requests.map((body) => JSON.parse(body))).toEqual([
        { message: { token: TOKEN, ...firebaseMessage(push, NOW) } },
      ]);
      expect(lines).toEqual([]);
    },
  );

  test("may come from an app that names no project: there is but one", async () => {
    expect(await send(PUSHES.call, { ...ANDROID, param: "" })).toMatchObject({ outcome: "accepted" });
  });

  test.each(["other-project", "MY-PROJECT", "my-project/../other", "my-project\n"])(
    "of the project %j is not ours to push: nobody is asked (RFC 8599 §11)",
    async (param) => {
      expect(await send(PUSHES.call, { ...ANDROID, param })).toEqual({
        outcome: "failed",
        reason: "no such app",
      });
      expect([google.requests.length, google.grants]).toEqual([0, 0]);
      expect(lines.map((line) => JSON.parse(line).event)).toEqual(["no such app"]);
    },
  );

  test("by another service fails, and nobody is asked", async () => {
    const target = { provider: "apns", param: "TEAM567890.com.example.app", prid: "c0ffee" };
    expect(await send(PUSHES.call, target)).toEqual({ outcome: "failed", reason: "no push for that" });
    expect(google.requests).toEqual([]);
  });

  test("that is of no use any more is not sent", async () => {
    expect(await send({ ...PUSHES.call, expiresAt: NOW })).toMatchObject({ outcome: "failed" });
    expect(google.requests).toEqual([]);
  });
});

describe("FCM's answer", () => {
  const invalid = (message: string, ...details: object[]) =>
    fcmError(400, "INVALID_ARGUMENT", message, [ofFcm("INVALID_ARGUMENT"), ...details]);

  test.each<[string, FcmAnswer]>([
    [
      "that the app was uninstalled",
      fcmError(404, "NOT_FOUND", "Requested entity was not found.", [ofFcm("UNREGISTERED")]),
    ],
    [
      "that another project's app gave the token",
      fcmError(403, "PERMISSION_DENIED", "SenderId mismatch", [ofFcm("SENDER_ID_MISMATCH")]),
    ],
    [
      "that the field is wrong which holds the token",
      invalid(
        "Request contains an invalid argument.",
        ofField("message.token", "Invalid registration token"),
      ),
    ],
    [
      "that the token is none, in words alone",
      invalid("The registration token is not a valid FCM registration token"),
    ],
  ])("%s means a dead token", async (_, answer) => {
    google.answers.push(answer);
    expect(await send()).toMatchObject({ outcome: "dead" });
    expect(google.requests).toHaveLength(1);
  });

  test.each<[string, FcmAnswer]>([
    [
      "that some other field is wrong",
      fcmError(400, "INVALID_ARGUMENT", "Invalid value at 'message.data[0].value'", [
        ofField("message.data[0].value", "Invalid value"),
      ]),
    ],
    ["that there is too much in the message", invalid("Message is too big.")],
    ["that there is no such project", fcmError(404, "NOT_FOUND", "Requested entity was not found.")],
    [
      "that we may not",
      fcmError(403, "PERMISSION_DENIED", "Permission 'cloudmessaging.messages.create' denied"),
    ],
    ["that it is elsewhere", { status: 302, headers: { location: "https://example.com/" } }],
    ["that says nothing", { status: 404 }],
    ["that is no JSON object", { status: 404, body: "UNREGISTERED" }],
    [
      "whose details are none",
      { status: 400, body: { error: { status: "INVALID_ARGUMENT", details: "x" } } },
    ],
  ])("%s says nothing of the token: failed", async (_, answer) => {
    google.answers.push(answer);
    expect(await send()).toMatchObject({ outcome: "failed", reason: expect.stringMatching(/./) });
    expect(google.requests).toHaveLength(1);
  });

  test.each([
    fcmError(429, "RESOURCE_EXHAUSTED", "Quota exceeded", [ofFcm("QUOTA_EXCEEDED")]),
    fcmError(500, "INTERNAL", "Internal error encountered.", [ofFcm("INTERNAL")]),
    fcmError(503, "UNAVAILABLE", "The service is currently unavailable.", [ofFcm("UNAVAILABLE")]),
    { status: 502 },
  ])("that it cannot now is not its last word", async (answer) => {
    google.answers.push(answer);
    expect(await send()).toMatchObject({ outcome: "accepted" });
    expect(google.requests).toHaveLength(2);
  });

  test("is told with what FCM calls it and what FCM says, without the token, and logged by the former", async () => {
    google.answers.push(
      fcmError(404, "NOT_FOUND", `No app for ${TOKEN} (${encodeURIComponent(TOKEN)})`, [
        ofFcm("UNREGISTERED"),
      ]),
    );
    expect(await send()).toEqual({ outcome: "dead", reason: "UNREGISTERED: No app for … (…)" });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        time: new Date(NOW).toISOString(),
        level: "warn",
        event: "push refused",
        provider: "fcm",
        app: "my-project",
        outcome: "dead",
        reason: "UNREGISTERED",
      },
    ]);
  });

  test("that names no message is a push without an id", async () => {
    google.answers.push({ status: 200, body: [] });
    expect(await send()).toEqual({ outcome: "accepted", id: "" });
  });
});

describe("the access token (RFC 7523)", () => {
  test("is asked for once, however many pushes wait for it, and used until shortly before its end", async () => {
    await Promise.all(Array.from({ length: 20 }, () => send()));
    expect([google.requests.length, google.grants]).toEqual([20, 1]);
    now += (TOKEN_LIFE - 301) * 1000;
    await send(callNow());
    expect(google.grants).toBe(1);
    now += 1_000;
    await send(callNow());
    expect(google.grants).toBe(2);
  });

  test("that Google does not take any more is replaced, and the push tried once more", async () => {
    await send();
    google.revoke();
    expect(await send()).toMatchObject({ outcome: "accepted" });
    expect(google.grants).toBe(2);
  });

  test("is replaced once for all whose pushes were refused with it", async () => {
    await send();
    google.revoke();
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => send()));
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(Array(10).fill("accepted"));
    expect(google.grants).toBe(2);
  });

  test("is not replaced with every push where Google takes none", async () => {
    await send();
    const refusal = fcmError(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.");
    for (let i = 0; i < 6; i++) google.answers.push(refusal);
    for (let i = 0; i < 3; i++) expect(await send()).toMatchObject({ outcome: "failed" });
    expect(google.grants).toBe(2);
  });

  test("is asked for again when Google is overloaded, and by the next push when it could not be had", async () => {
    google.grantAnswers.push({ status: 503 }, { status: 200, body: {} });
    expect(await send()).toEqual({ outcome: "failed", reason: "no access token: 200" });
    expect(await send()).toMatchObject({ outcome: "accepted" });
    expect(google.grants).toBe(3);
  });

  test("is asked for with every push if it does not say how long it lives", async () => {
    google.grantAnswers.push({ status: 200, body: { access_token: "x" } });
    await send();
    await send();
    expect(google.grants).toBeGreaterThanOrEqual(2);
  });

  test("is none for an account that Google does not know: pushes fail and say why, and nobody's token is dead", async () => {
    await fcm.close();
    fcm = pushAs("somebody@else.example");
    expect(await send()).toEqual({
      outcome: "failed",
      reason: "no access token: 400 invalid_grant Invalid JWT Signature.",
    });
    expect(google.requests).toEqual([]);
  });

  test("is never told, nor is what it was asked for with", async () => {
    google.grantAnswers.push({ status: 400, body: { error: "invalid_grant" } });
    const said = [await send(), await send()];
    google.answers.push(fcmError(403, "PERMISSION_DENIED", "no"));
    said.push(await send());
    for (const text of [...said.map((outcome) => JSON.stringify(outcome)), ...lines]) {
      expect(text).not.toContain("access-");
      expect(text).not.toContain("eyJ");
    }
  });
});

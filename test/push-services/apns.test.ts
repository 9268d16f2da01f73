import { decodeJwt, decodeProtectedHeader } from "jose";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PushTarget } from "../../functions/location/location.ts";
import { jsonLog } from "../../functions/log.ts";
import { type ApnsPush, apnsPush } from "../../functions/providers/apns.ts";
import { appleMessage } from "../../functions/push/apns-message.ts";
import { destinationOf } from "../../functions/push/destination.ts";
import type { PhonePush } from "../../functions/push/phone-push.ts";
import { pushTargetOf } from "../../functions/registrar/push-target.ts";
import { NOW, PUSHES } from "../push/a-push.ts";
import { ecKeys } from "../support/key-pair.ts";
import { type ApnsDouble, type ApnsRequest, startApnsDouble } from "./doubles/apns-double.ts";

const A = "a1".repeat(32);
const B = "b2".repeat(32);
const IPHONE: PushTarget = { provider: "apns", param: "TEAM567890.com.example.app.voip", prid: A };
/** Linphone's: a token for calls, and one for all else. */
const PAIR: PushTarget = {
  provider: "apns",
  param: "TEAM567890.com.example.app.voip&remote",
  prid: `${A}:voip&${B}:remote`,
};
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MINUTE = 60_000;

const TEAM = { keyId: "KEY4567890", teamId: "TEAM567890", bundles: ["com.example.app", "org.acme.phone"] };
const { privateKey: key, publicKey } = ecKeys();

let production: ApnsDouble;
let sandbox: ApnsDouble;
let apns: ApnsPush;
let now: number;
let lines: string[];

beforeEach(async () => {
  now = NOW;
  lines = [];
  production = await startApnsDouble({ ...TEAM, publicKey });
  sandbox = await startApnsDouble({ ...TEAM, publicKey });
  const servers = { apns: production.origin, "apns.dev": sandbox.origin, ca: production.ca };
  const clock = () => now;
  const log = jsonLog("debug", (line) => lines.push(line), clock);
  apns = apnsPush({ ...TEAM, key, clock, log, pause: async () => undefined, servers });
});
afterEach(async () => {
  await apns.close();
  await Promise.all([production.close(), sandbox.close()]);
});

const send = (push: PhonePush = PUSHES.call, target = IPHONE) => apns.send(target, push);

/** The provider token that a request came with. */
function tokenOf(request: ApnsRequest | undefined): string {
  return request?.headers["authorization"]?.replace(/^bearer /, "") ?? "";
}

describe("a push to an iPhone", () => {
  test.each([
    ["call", "voip", "com.example.app.voip", A, "10", 25],
    ["message", "alert", "com.example.app", B, "10", 3_600],
    ["dialog", "background", "com.example.app", B, "5", 30],
    ["refresh", "background", "com.example.app", B, "5", 150],
  ] as const)("for a %s says so in APNs' headers", async (kind, type, topic, token, priority, life) => {
    expect(await send(PUSHES[kind], PAIR)).toMatchObject({ outcome: "accepted" });
    const destination = destinationOf(PAIR, kind);
    if (destination === undefined) throw new Error("no destination");
    const { payload, collapseId } = appleMessage(destination, PUSHES[kind], NOW);
    expect(production.requests).toEqual([
      {
        token,
        headers: {
          authorization: expect.stringMatching(/^bearer [\w-]+\.[\w-]+\.[\w-]+$/),
          "apns-id": expect.stringMatching(UUID),
          "apns-push-type": type,
          "apns-topic": topic,
          "apns-priority": priority,
          "apns-expiration": String(NOW / 1000 + life),
          ...(collapseId === undefined ? {} : { "apns-collapse-id": collapseId }),
        },
        body: JSON.stringify(payload),
      },
    ]);
    expect(sandbox.requests).toEqual([]);
  });

  test("goes to Apple's sandbox for a development build", async () => {
    expect(await send(PUSHES.call, { ...IPHONE, provider: "apns.dev" })).toMatchObject({
      outcome: "accepted",
    });
    expect(sandbox.requests).toHaveLength(1);
    expect(production.requests).toEqual([]);
  });

  test("has the id that Apple tells, and each its own", async () => {
    const sent = [await send(), await send()];
    const ids = production.requests.map(({ headers }) => headers["apns-id"]);
    expect(sent).toEqual(ids.map((id) => ({ outcome: "accepted", id })));
    expect(new Set(ids).size).toBe(2);
  });

  test("keeps its id when it is tried again", async () => {
    production.answers.push({ status: 503, reason: "ServiceUnavailable" });
    await send();
    const [first, second] = production.requests;
    expect(second).toEqual(first);
  });

  test("that has less than a second is for now or never", async () => {
    await send({ ...PUSHES.call, expiresAt: NOW + 900 });
    expect(production.requests[0]?.headers["apns-expiration"]).toBe("0");
  });

  test("that is of no use any more is not sent", async () => {
    expect(await send({ ...PUSHES.call, expiresAt: NOW })).toEqual({
      outcome: "failed",
      reason: "there was no time for it",
    });
    expect(production.requests).toEqual([]);
  });

  test.each([
    ["a cancel", PUSHES.cancel, PAIR],
    ["a refresh, with PushKit alone", PUSHES.refresh, IPHONE],
    ["a call by another service", PUSHES.call, { ...IPHONE, provider: "fcm" }],
    ["a call by one of a similar name", PUSHES.call, { ...IPHONE, provider: "apns.test" }],
  ])("for %s fails, asks nobody, and alarms nobody", async (_, push, target) => {
    expect(await send(push, target)).toEqual({ outcome: "failed", reason: "no push for that" });
    expect(production.requests).toEqual([]);
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(["debug"]);
  });
});

describe("the app that a phone names", () => {
  test("is ours if its team and its bundle are", async () => {
    for (const param of ["TEAM567890.org.acme.phone.voip", "TEAM567890.com.example.app.remote&voip"])
      expect(await send(PUSHES.call, { ...IPHONE, param })).toMatchObject({ outcome: "accepted" });
  });

  test("may come without a team, from a client of an older convention", async () => {
    const contact = [
      ["pn-type", "ios"],
      ["app-id", "com.example.app.voip.prod"],
      ["pn-tok", A],
    ] as const;
    const target = pushTargetOf([...contact], []);
    if (target === undefined) throw new Error("no target");
    expect(await send(PUSHES.call, target)).toMatchObject({ outcome: "accepted" });
  });

  test.each([
    "TEAM000000.com.example.app.voip",
    "com.example.app.voip",
    "TEAM567890.com.example.other.voip",
    "TEAM567890.com.example.voip",
    "TEAM567890.com.example.app.voip.voip",
    "TEAM567890..voip",
    "TEAM567890.voip",
    "TEAM567890",
    "",
    ".com.example.app.voip",
    "TEAM567890.COM.EXAMPLE.APP.voip",
    "team567890.com.example.app.voip",
    "TEAM567890.com.example.app.voip\r\nx: y",
  ])("is none of ours if it is %j: nobody is asked", async (param) => {
    expect(await send(PUSHES.call, { ...IPHONE, param })).toEqual({
      outcome: "failed",
      reason: "no such app",
    });
    expect(production.requests).toEqual([]);
    expect(lines.map((line) => JSON.parse(line).event)).toEqual(["no such app"]);
  });
});

describe("a token that is no token", () => {
  test.each(["x", "../../3/device/x", "%2e%2e", "a b", "a?b=c#d", "é".repeat(9), "0".repeat(1_900)])(
    "as %j is, stays within its place in the path, and is answered by Apple",
    async (prid) => {
      const outcome = await send(PUSHES.call, { ...IPHONE, prid });
      expect(outcome).toEqual(
        /^0+$/.test(prid)
          ? { outcome: "accepted", id: expect.stringMatching(UUID) }
          : { outcome: "dead", reason: "BadDeviceToken" },
      );
      expect(production.requests.map(({ token }) => token)).toEqual([encodeURIComponent(prid)]);
    },
  );
});

describe("Apple's answer", () => {
  test.each([
    [400, "BadDeviceToken"],
    [400, "DeviceTokenNotForTopic"],
    [410, "Unregistered"],
    [410, "ExpiredToken"],
  ])("%d %s means a dead token", async (status, reason) => {
    production.answers.push({ status, reason });
    expect(await send()).toEqual({ outcome: "dead", reason });
    expect(production.requests).toHaveLength(1);
  });

  test.each([
    [400, "BadTopic"],
    [400, "TopicDisallowed"],
    [400, "IdleTimeout"],
    [403, "InvalidProviderToken"],
    [403, "BadDeviceToken"],
    [404, "BadPath"],
    [413, "PayloadTooLarge"],
    [302, "Unregistered"],
  ])("%d %s says nothing of the token: failed", async (status, reason) => {
    production.answers.push({ status, reason });
    expect(await send()).toEqual({ outcome: "failed", reason });
    expect(production.requests).toHaveLength(1);
  });

  test.each([
    [429, "TooManyRequests"],
    [429, "TooManyProviderTokenUpdates"],
    [500, "InternalServerError"],
    [503, "Shutdown"],
  ])("%d %s is not its last word", async (status, reason) => {
    production.answers.push({ status, reason });
    expect(await send()).toMatchObject({ outcome: "accepted" });
    expect(production.requests).toHaveLength(2);
  });

  test("without a word is told by its status", async () => {
    for (const body of ["", "{}", "<html>", "null", '{"reason":7}']) {
      production.answers.push((stream) => {
        stream.respond({ ":status": 400 });
        stream.end(body);
      });
      expect(await send()).toEqual({ outcome: "failed", reason: "status 400" });
    }
  });

  test("that calls the token for all but calls dead is no reason to forget the one for calls", async () => {
    production.gone.add(B);
    expect(await send(PUSHES.refresh, PAIR)).toEqual({ outcome: "failed", reason: "Unregistered" });
    expect(await send(PUSHES.call, PAIR)).toMatchObject({ outcome: "accepted" });
    production.gone.add(A);
    expect(await send(PUSHES.call, PAIR)).toMatchObject({ outcome: "dead" });
  });

  test("is logged in one line that says why, and for which app", async () => {
    production.gone.add(A);
    await send();
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        time: new Date(NOW).toISOString(),
        level: "warn",
        event: "push refused",
        provider: "apns",
        app: IPHONE.param,
        outcome: "dead",
        reason: "Unregistered",
      },
    ]);
  });
});

describe("the provider token", () => {
  test("names the team and its key, and when it was made", async () => {
    await send();
    const token = tokenOf(production.requests[0]);
    expect(decodeProtectedHeader(token)).toEqual({ alg: "ES256", kid: "KEY4567890" });
    expect(decodeJwt(token)).toEqual({ iss: "TEAM567890", iat: NOW / 1000 });
  });

  test("is used for both of Apple's servers, and made anew after 20 minutes at the earliest and an hour at the latest", async () => {
    const tokens: string[] = [];
    for (now = NOW; now < NOW + 240 * MINUTE; now += MINUTE) {
      const call = { ...PUSHES.call, expiresAt: now + 25_000 };
      await send(call);
      await send(call, { ...IPHONE, provider: "apns.dev" });
      const [one, other] = [production, sandbox].map(({ requests }) => tokenOf(requests.at(-1)));
      expect(one).toBe(other);
      if (tokens.at(-1) !== one) tokens.push(one ?? "");
      const age = now / 1000 - (decodeJwt(one ?? "").iat ?? 0);
      expect(age).toBeLessThan(3_600);
    }
    const made = tokens.map((token) => decodeJwt(token).iat ?? 0);
    expect(new Set(tokens).size).toBe(tokens.length);
    for (const [index, at] of made.slice(1).entries())
      expect(at - (made[index] ?? 0)).toBeGreaterThanOrEqual(1_200);
  });

  test("is made once for all that wait for the first", async () => {
    await Promise.all(Array.from({ length: 20 }, () => send()));
    expect(new Set(production.requests.map(tokenOf)).size).toBe(1);
    expect(production.sessions).toHaveLength(1);
  });

  const EXPIRED = { status: 403, reason: "ExpiredProviderToken" };

  test("that Apple finds too old is made anew, and the push tried once more", async () => {
    await send();
    production.answers.push(EXPIRED);
    expect(await send()).toMatchObject({ outcome: "accepted" });
    const [first, second, third] = production.requests.map(tokenOf);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
    await send();
    expect(tokenOf(production.requests.at(-1))).toBe(third);
  });

  test("is made anew once for all whose pushes Apple refuses with it", async () => {
    await send();
    for (let i = 0; i < 10; i++) production.answers.push(EXPIRED);
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => send()));
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(Array(10).fill("accepted"));
    expect(new Set(production.requests.map(tokenOf)).size).toBe(2);
  });

  test("is not made anew again and again for an Apple that finds them all too old, as one with another clock does", async () => {
    for (let i = 0; i < 10; i++) production.answers.push(EXPIRED);
    const outcomes = [];
    for (let i = 0; i < 5; i++) outcomes.push(await send());
    expect(outcomes).toEqual(Array(5).fill({ outcome: "failed", reason: "ExpiredProviderToken" }));
    expect(new Set(production.requests.map(tokenOf)).size).toBe(2);
    expect(production.requests).toHaveLength(6);
    now += 20 * MINUTE;
    await send({ ...PUSHES.call, expiresAt: now + 25_000 });
    expect(new Set(production.requests.map(tokenOf)).size).toBe(3);
  });
});

test("a provider token that is signed by another key is refused, and pushes fail", async () => {
  const { privateKey: other } = ecKeys();
  const servers = { apns: production.origin, "apns.dev": sandbox.origin, ca: production.ca };
  const log = jsonLog("silent", () => undefined, Date.now);
  const stranger = apnsPush({ ...TEAM, key: other, clock: () => NOW, log, servers });
  expect(await stranger.send(IPHONE, PUSHES.call)).toEqual({
    outcome: "failed",
    reason: "InvalidProviderToken",
  });
  await stranger.close();
});

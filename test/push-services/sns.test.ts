import { describe, expect, test } from "vitest";
import type { PushTarget } from "../../functions/location/location.ts";
import { octetsOf } from "../../functions/sip/octets.ts";
import { DATA, NOW, PUSHES } from "../push/a-push.ts";
import { ANDROID, acceptedBy, anSns, IPHONE, PAIR, pushThrough } from "./an-sns.ts";

// Which push goes where, as SNS is told it.

const CALL = PUSHES.call;
const NO_APPLICATION = { outcome: "failed", reason: "no platform application" };

/** An iPhone whose app does without PushKit. */
const ALERTS: PushTarget = { provider: "apns", param: "TEAM.com.example.app.remote", prid: "bbb:remote" };

describe("a push through SNS", () => {
  describe("to an Android phone", () => {
    test.each([
      ["call", "high", "25"],
      ["cancel", "high", "20"],
      ["message", "normal", "3600"],
      ["dialog", "high", "30"],
      ["refresh", "normal", "150"],
    ] as const)("for a %s is a data message of %s priority that lives %s s", async (kind, priority, ttl) => {
      const { sns, push, lines } = await anSns();
      expect(await push.send(ANDROID, PUSHES[kind])).toEqual(acceptedBy("GCM"));
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
      const { sns, push, lines } = await anSns();
      const platform = `APNS${type === "voip" ? "_VOIP" : ""}${suffix}`;
      expect(await push.send({ ...target, provider }, PUSHES[kind])).toEqual(acceptedBy(platform));
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
      const { sns, push, logged } = await anSns();
      const outcome = await push.send({ ...target, provider }, PUSHES[kind]);
      expect(outcome).toEqual({ outcome: "failed", reason: "no push for that" });
      expect(sns.actions).toEqual([]);
      expect(logged()).toEqual([{ level: "debug", event: "no quiet push", provider, app: target.param }]);
    });
  });

  test("carries names as people wrote them, markup and all scripts included", async () => {
    const { sns, push } = await anSns();
    const name = 'İpek <&> "名前" ]]> 🙂';
    await push.send(ANDROID, { ...CALL, name });
    expect(sns.inbox.entries).toMatchObject([{ payload: { fcmV1Message: { message: { data: { name } } } } }]);
  });

  test("is never given so short a life that SNS would drop it, also when the call is nearly over", async () => {
    const { sns, push } = await anSns();
    await push.send(IPHONE, { ...CALL, expiresAt: NOW + 3_000 });
    expect(sns.inbox.entries[0]?.attributes).toMatchObject({ "AWS.SNS.MOBILE.APNS_VOIP.TTL": "15" });
  });

  test("finds the app whatever it is called", async () => {
    const { sns, push } = await anSns();
    const param = octetsOf("a/b:c&d=é%2F");
    expect(await push.send({ ...ANDROID, param }, CALL)).toEqual(acceptedBy("GCM"));
    expect(sns.inbox.entries[0]?.app).toBe(param);
  });

  test("for an app that is not ours, or by a service that we do not know, fails and asks nobody", async () => {
    const { client, sns, push, log, lines } = await anSns();
    const noApp = pushThrough(client, log, () => undefined);
    expect(await noApp.send(ANDROID, CALL)).toEqual(NO_APPLICATION);
    expect(await push.send({ ...ANDROID, provider: "webpush" }, CALL)).toEqual(NO_APPLICATION);
    expect(sns.actions).toEqual([]);
    expect(lines.map((line) => JSON.parse(line).event)).toEqual([
      "no platform application",
      "no platform application",
    ]);
  });

  test.each([PUSHES.message, PUSHES.dialog, PUSHES.refresh])(
    "for a $kind, for an app that is not ours, fails as a call's does",
    async (quiet) => {
      const { push, lines } = await anSns(() => undefined);
      expect(await push.send(ANDROID, quiet)).toEqual(NO_APPLICATION);
      expect(lines.map((line) => JSON.parse(line).event)).toEqual(["no platform application"]);
    },
  );
});

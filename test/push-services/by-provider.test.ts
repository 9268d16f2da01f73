import { expect, test } from "vitest";
import type { PushEndpoint, PushTarget } from "../../functions/location/location.ts";
import type { Push } from "../../functions/ports.ts";
import { pushByProvider } from "../../functions/providers/by-provider.ts";
import { PUSHES } from "../push/a-push.ts";

const ENDPOINTS: readonly PushEndpoint[] = [{ service: "GCM", id: "arn:1" }];

function named(id: string, asked: unknown[]): Push {
  return {
    send: async (...args) => {
      asked.push([id, ...args]);
      return { outcome: "accepted", id };
    },
  };
}

test("a push goes to the service that its target names, with all that is known of it", async () => {
  const asked: unknown[] = [];
  const push = pushByProvider(
    new Map([
      ["fcm", named("1", asked)],
      ["apns", named("2", asked)],
    ]),
  );
  const android: PushTarget = { provider: "fcm", param: "my-project", prid: "token" };
  const iphone: PushTarget = { provider: "apns", param: "TEAM.app.voip", prid: "token" };
  expect(await push.send(android, PUSHES.call, ENDPOINTS)).toEqual({ outcome: "accepted", id: "1" });
  expect(await push.send(iphone, PUSHES.refresh)).toEqual({ outcome: "accepted", id: "2" });
  expect(asked).toEqual([
    ["1", android, PUSHES.call, ENDPOINTS],
    ["2", iphone, PUSHES.refresh, undefined],
  ]);
});

test.each(["apns", "FCM", "", "constructor", "__proto__"])(
  "a push by %j, which is no service of ours, fails, and the token is not called dead",
  async (provider) => {
    const asked: unknown[] = [];
    const push = pushByProvider(new Map([["fcm", named("1", asked)]]));
    expect(await push.send({ provider, param: "", prid: "token" }, PUSHES.call)).toEqual({
      outcome: "failed",
      reason: "no such push service",
    });
    expect(asked).toEqual([]);
  },
);

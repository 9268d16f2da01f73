import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PushEndpoint } from "../../functions/location/location.ts";
import { jsonLog } from "../../functions/log.ts";
import type { PhonePush } from "../../functions/push/phone-push.ts";
import { PUSHES } from "../push/a-push.ts";
import { openApns } from "./services/apns.ts";
import { openFcm } from "./services/fcm.ts";
import type { OpenService, Service } from "./services/service.ts";
import { openSns } from "./services/sns.ts";
import { openWebPush } from "./services/web-push.ts";

/** Every way that we push. Another one is another line. */
const SERVICES: readonly (readonly [name: string, open: OpenService])[] = [
  ["SNS", openSns],
  ["APNs", openApns],
  ["FCM", openFcm],
  ["Web Push", openWebPush],
];

const NO_END = 1_000;

describe.each(SERVICES)("a push through %s", (_, open) => {
  let service: Service;
  let lines: string[];
  let call: PhonePush;
  let endpoints: readonly PushEndpoint[];

  beforeEach(async () => {
    lines = [];
    endpoints = [];
    service = await open(jsonLog("debug", (line) => lines.push(line), Date.now));
    call = { ...PUSHES.call, expiresAt: Date.now() + 25_000 };
  });
  afterEach(() => service.close());

  /** As its callers do: what a push taught is handed over with the next one. */
  const send = async (push: PhonePush = call) => {
    const outcome = await service.push.send(service.target, push, endpoints);
    if (outcome.outcome === "accepted" && outcome.endpoint !== undefined) endpoints = [outcome.endpoint];
    return outcome;
  };

  test("that the service takes is accepted, and has the service's id", async () => {
    expect(await send()).toMatchObject({ outcome: "accepted", id: expect.stringMatching(/./) });
    expect(service.asked()).toHaveLength(1);
    expect(lines).toEqual([]);
  });

  test("to an app that was uninstalled is answered dead, and again so the next time", async () => {
    await send();
    service.uninstall();
    expect(await send()).toMatchObject({ outcome: "dead", reason: expect.stringMatching(/./) });
    expect(await send()).toMatchObject({ outcome: "dead" });
  });

  test("that comes while the service is overloaded is tried again, and accepted", async () => {
    service.overload(1);
    expect(await send()).toMatchObject({ outcome: "accepted" });
  });

  test("to a service that stays overloaded fails while its call still waits", async () => {
    service.overload(NO_END);
    expect(await send()).toMatchObject({ outcome: "failed", reason: expect.stringMatching(/./) });
    expect(Date.now()).toBeLessThan(call.expiresAt);
  });

  test("to a service that nobody can reach fails while its call still waits", async () => {
    await service.vanish();
    expect(await send()).toMatchObject({ outcome: "failed", reason: expect.stringMatching(/./) });
    expect(Date.now()).toBeLessThan(call.expiresAt);
  });

  test("that such a phone cannot be given fails, and the service is not asked", async () => {
    const { target, push } = service.impossible;
    expect(await service.push.send(target, push)).toMatchObject({ outcome: "failed" });
    expect(service.asked()).toEqual([]);
  });

  test("that is sent twice is the same push twice: nobody remembers the first", async () => {
    await send();
    await send();
    const [first, second, ...others] = service.asked();
    expect(others).toEqual([]);
    expect(first).toContain(service.token);
    expect(withoutTime(second)).toEqual(withoutTime(first));
  });

  test("tells nobody the token, neither in its reason nor in a log line, whatever becomes of it", async () => {
    const said = [await send()];
    service.overload(NO_END);
    said.push(await send());
    service.overload(0);
    service.uninstall();
    said.push(await send());
    await service.vanish();
    said.push(await send());
    said.push(await service.push.send(service.impossible.target, service.impossible.push));
    const words = said.map((outcome) => JSON.stringify(outcome));
    expect(said.map(({ outcome }) => outcome)).toEqual(["accepted", "failed", "dead", "failed", "failed"]);
    expect(lines.length).toBeGreaterThanOrEqual(4);
    for (const line of [...words, ...lines]) expect(line).not.toContain(service.token);
    for (const outcome of said) {
      if (outcome.outcome !== "accepted") expect(outcome.reason.length).toBeLessThanOrEqual(256);
    }
  });
});

/** How long it lives, in whole seconds, is less the later it is sent. */
function withoutTime(asked: string | undefined): string | undefined {
  return asked?.replace(/"ttl\\?":\\?"\d+s|(TTL|apns-expiration)":"\d+/g, "$1");
}

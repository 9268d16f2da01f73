import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { PushTarget } from "../../functions/location/location.ts";
import { WEB_PUSH_HOSTS } from "../../functions/location/push-host.ts";
import { jsonLog } from "../../functions/log.ts";
import type { Push } from "../../functions/ports.ts";
import { webPush } from "../../functions/providers/web-push.ts";
import { passingVapidKeys } from "../../infra/local/vapid.ts";
import { NOW, PUSHES } from "../push/a-push.ts";
import { type Browser, type PushService, startPushService, vapidOf } from "../support/push-service.ts";

const CALL = PUSHES.call;
const VAPID = { ...passingVapidKeys(), subject: "mailto:admin@example.com" };
const NOT_LISTED = { outcome: "failed", reason: "not a push service on the list" };

let service: PushService;
let browser: Browser;
let lines: string[];

beforeEach(async () => {
  service = await startPushService();
  browser = service.subscribe();
  lines = [];
});

function pushingTo(hosts: readonly string[] = [service.host], now: () => number = () => NOW): Push {
  const log = jsonLog("debug", (line) => lines.push(line), now);
  return webPush({ vapid: VAPID, hosts, dispatcher: service.dispatcher, clock: now, log });
}

function targetOf({ endpoint: prid, keys }: Browser): PushTarget {
  return { provider: "webpush", param: "", prid, keys };
}

/** What came, of which there is one. */
function onlyPost() {
  expect(service.posted).toHaveLength(1);
  const [post] = service.posted;
  if (post === undefined) throw new Error("nothing was posted");
  return post;
}

/** A machine that no push service runs on; answers how often somebody has connected to it. */
async function bystander(): Promise<{ readonly port: number; connections(): number }> {
  let count = 0;
  const server = createServer((socket) => {
    count++;
    socket.destroy();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, connections: () => count };
}

describe("a web push", () => {
  test("is posted to the subscription, and only its browser can read it (RFC 8030 §5, RFC 8291)", async () => {
    expect(await pushingTo().send(targetOf(browser), CALL)).toEqual({ outcome: "accepted", id: "message-1" });
    const post = onlyPost();
    expect(`https://${service.host}${post.path}`).toBe(browser.endpoint);
    expect(browser.read(post)).toMatchObject({ v: "1", kind: "call", callId: "call-1", name: "Alice" });
    expect(() => service.subscribe().read(post)).toThrow();
    expect(post.body.toString("latin1")).not.toContain("alice");
  });

  test.each(Object.values(PUSHES))("of the kind $kind arrives", async (push) => {
    await pushingTo().send(targetOf(browser), push);
    expect(browser.read(onlyPost())).toMatchObject({ kind: push.kind, to: "sip:bob@example.com" });
  });

  test("of a call is urgent, lives as long as the call, and is replaced by its end (RFC 8030 §5.2 to §5.4)", async () => {
    const push = pushingTo();
    await push.send(targetOf(browser), CALL);
    await push.send(targetOf(browser), PUSHES.cancel);
    await push.send(targetOf(browser), PUSHES.refresh);
    const [call, cancel, refresh] = service.posted.map(({ headers }) => headers);
    expect(call).toMatchObject({ ttl: "25", urgency: "high", topic: expect.stringMatching(/^[\w-]{1,32}$/) });
    expect(cancel).toMatchObject({ ttl: "20", topic: call?.["topic"] });
    expect(refresh).toMatchObject({ ttl: "150", urgency: "normal" });
  });

  test("says who sends it, to this push service alone, for a day at most (RFC 8292 §2)", async () => {
    await pushingTo().send(targetOf(browser), CALL);
    const { key, claims } = await vapidOf(onlyPost());
    expect(key).toBe(VAPID.publicKey);
    expect(claims).toMatchObject({ aud: `https://${service.host}`, sub: "mailto:admin@example.com" });
    expect(claims["exp"]).toBeLessThanOrEqual(Date.now() / 1000 + 86_400);
  });

  test("to a browser that gave no keys has no content, and is signed all the same (RFC 8599 §12)", async () => {
    const { provider, param, prid } = targetOf(browser);
    expect(await pushingTo().send({ provider, param, prid }, CALL)).toMatchObject({ outcome: "accepted" });
    const post = onlyPost();
    expect(post.body).toHaveLength(0);
    expect(post.headers).toMatchObject({ ttl: "25", urgency: "high", "content-length": "0" });
    expect(post.headers).not.toHaveProperty("content-encoding");
    expect((await vapidOf(post)).key).toBe(VAPID.publicKey);
  });

  test("to keys that are none has failed, and is not sent", async () => {
    const keys = { ...browser.keys, p256dh: Buffer.alloc(65, 4).toString("base64url") };
    const outcome = await pushingTo().send({ ...targetOf(browser), keys }, CALL);
    expect(outcome).toMatchObject({ outcome: "failed" });
    expect(service.posted).toEqual([]);
  });
});

describe("the push service's answer", () => {
  test.each([
    [201, "accepted"],
    [200, "accepted"],
    [202, "accepted"],
    [404, "dead"],
    [410, "dead"],
    [400, "failed"],
    [401, "failed"],
    [403, "failed"],
    [413, "failed"],
  ])("%i means that the push is %s", async (status, outcome) => {
    service.answers.push({ status });
    expect(await pushingTo().send(targetOf(browser), CALL)).toMatchObject({ outcome });
    expect(service.posted).toHaveLength(1);
  });

  test.each([429, 500, 503])("%i is waited out, and the same push sent again", async (status) => {
    service.answers.push({ status, headers: { "retry-after": "0" } }, { status });
    expect(await pushingTo().send(targetOf(browser), CALL)).toEqual({ outcome: "accepted", id: "message-3" });
    expect(service.posted.map((post) => browser.read(post))).toHaveLength(3);
  });

  test("429 for longer than the call waits has failed at once", async () => {
    service.answers.push({ status: 429, headers: { "retry-after": "26" } });
    expect(await pushingTo().send(targetOf(browser), CALL)).toEqual({ outcome: "failed", reason: "429" });
    expect(service.posted).toHaveLength(1);
  });

  test("that is none has failed", async () => {
    const { port } = await bystander();
    const prid = `https://127.0.0.1:${port}/push/x`;
    const push = pushingTo([`127.0.0.1:${port}`], Date.now);
    const brief = { ...CALL, expiresAt: Date.now() + 100 };
    expect(await push.send({ ...targetOf(browser), prid }, brief)).toMatchObject({ outcome: "failed" });
  });

  test.each([
    ["the message's URL, by its end", "https://push.example/message/abc-1", "abc-1"],
    ["a relative URL", "/m/abc-2", "abc-2"],
    ["the subscription's own URL", "ENDPOINT", ""],
    ["the subscription's token in another place", "/message/TOKEN", ""],
    ["the end of the subscription's token", "/message/TAIL", ""],
    ["no URL", "https://[", ""],
    ["nothing", "", ""],
  ])("names the push by %s", async (_, location, id) => {
    const token = browser.endpoint.split("/").at(-1) ?? "";
    const filled = location.replace("ENDPOINT", browser.endpoint).replace("TOKEN", token);
    service.answers.push({ status: 201, headers: { location: filled.replace("TAIL", token.slice(4)) } });
    expect(await pushingTo().send(targetOf(browser), CALL)).toEqual({ outcome: "accepted", id });
  });

  test.each([
    ["410", undefined, { status: 410 }],
    ["403 BadJwtToken", "Apple", { status: 403, body: '{"reason":"BadJwtToken"}' }],
    ["410 Gone: it has expired.", "a text", { status: 410, body: "Gone: it\n has   expired." }],
    [
      "404 no such subscription",
      "Mozilla",
      { status: 404, body: '{"code":404,"errno":102,"message":"no such subscription"}' },
    ],
    ["400", "JSON without words", { status: 400, body: '{"a":1}' }],
    ["404", "a page", { status: 404, headers: { "content-type": "text/html" }, body: "<p>Not Found" }],
  ])("is told in its words, %j, if it has any (%s)", async (reason, _, answer) => {
    service.answers.push(answer);
    expect(await pushingTo().send(targetOf(browser), CALL)).toMatchObject({ reason });
  });

  test("is told without the subscription, whatever of it the service quotes, and never at length", async () => {
    const { pathname } = new URL(browser.endpoint);
    const token = pathname.split("/").at(-1) ?? "";
    const { p256dh, auth } = browser.keys;
    const words = `no ${browser.endpoint} ${pathname} (${token}) t=${token} ${token.slice(0, 25)} ${p256dh} ${auth.repeat(2)}`;
    for (const body of [words, JSON.stringify({ message: words }), "so ".repeat(9_000)]) {
      service.answers.push({ status: 410, body });
      const outcome = await pushingTo().send(targetOf(browser), CALL);
      const reason = outcome.outcome === "accepted" ? "" : outcome.reason;
      expect(reason).toMatch(/^410 (no|so) /);
      expect(reason.length).toBeLessThanOrEqual(256);
      for (const secret of [token, token.slice(0, 25), p256dh, auth]) expect(reason).not.toContain(secret);
    }
    expect(lines).toHaveLength(3);
    expect(lines.join("")).not.toContain(token.slice(0, 20));
  });
});

test("a token as short as a word is told to nobody either", async () => {
  const prid = `https://${service.host}/push/v2/short-1?t=tiny-22`;
  service.answers.push({ status: 404, body: "no short-1 and no tiny-22 in v2" });
  const outcome = await pushingTo().send({ ...targetOf(browser), prid }, CALL);
  expect(outcome).toEqual({ outcome: "dead", reason: "404 no … and no … in v2" });
});

describe("a machine that is no push service", () => {
  test.each([
    ["by its address", "https://127.0.0.1:PORT/push/x"],
    ["by its name", "https://localhost:PORT/push/x"],
    ["by its address in one number", "https://2130706433:PORT/push/x"],
    ["by IPv6", "https://[::ffff:127.0.0.1]:PORT/push/x"],
    ["without TLS", "http://127.0.0.1:PORT/push/x"],
    ["behind a user that is called like a push service", "https://fcm.googleapis.com@127.0.0.1:PORT/"],
    ["behind a password", "https://a:fcm.googleapis.com@127.0.0.1:PORT/"],
    ["before a backslash", "https://127.0.0.1:PORT\\@fcm.googleapis.com/"],
    ["before a fragment", "https://127.0.0.1:PORT#@fcm.googleapis.com/"],
    ["in a name that ends like a push service's", "https://127.0.0.1.fcm.googleapis.com:PORT/"],
    ["in a name that begins like one", "https://fcm.googleapis.com.localhost:PORT/"],
    ["at another port of a push service", "https://fcm.googleapis.com:PORT/"],
    ["with nothing before a push service's domain", "https://push.services.mozilla.com:PORT/"],
    ["by no URL at all", "127.0.0.1:PORT"],
  ])("and that a subscription names %s is not connected to", async (_, text) => {
    const { port, connections } = await bystander();
    const target = { ...targetOf(browser), prid: text.replace("PORT", String(port)) };
    expect(await pushingTo([...WEB_PUSH_HOSTS, service.host]).send(target, CALL)).toEqual(NOT_LISTED);
    expect(connections()).toBe(0);
    expect(lines.join("")).not.toContain(String(port));
  });

  test.each([301, 302, 303, 307, 308])(
    "and that a push service points to by %i is not connected to",
    async (status) => {
      const { port, connections } = await bystander();
      service.answers.push({ status, headers: { location: `https://127.0.0.1:${port}/push/x` } });
      const outcome = await pushingTo().send(targetOf(browser), CALL);
      expect(outcome).toEqual({ outcome: "failed", reason: String(status) });
      expect(connections()).toBe(0);
      expect(service.posted).toHaveLength(1);
    },
  );
});

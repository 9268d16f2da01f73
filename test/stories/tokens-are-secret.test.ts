import { expect, test } from "vitest";
import { android, fails, hangUp, iphone, pickUp, pushesOf } from "../support/calls.ts";
import { startPushService } from "../support/push-service.ts";
import type { ContactOptions } from "../support/sip-phone.ts";
import { localStack } from "../support/stack.ts";
import { lose, Watch, WirePhone } from "../support/wire-phone.ts";

// A push token rings a phone, whoever has it: it goes to the push service and to its owner, and nowhere else (RFC 8599 §13).

const SECRETS = {
  android: "fcm-secret-0123456789",
  voip: "a1b2c3d4e5f60718",
  remote: "18f7e6d5c4b3a291",
} as const;

const ANDROID: ContactOptions = { ...android("android"), token: SECRETS.android };
const IPHONE: ContactOptions = {
  ...iphone("iphone"),
  param: "TEAM123456.com.example.phone.voip&remote",
  token: `${SECRETS.voip}:voip&${SECRETS.remote}:remote`,
};

/** Everything that a phone hears, octet for octet, from now on. */
function overheard({ socket }: WirePhone): string[] {
  const heard: string[] = [];
  socket.on("message", (data: Buffer) => heard.push(data.toString("latin1")));
  return heard;
}

function leaks(texts: readonly string[], of: readonly string[] = Object.values(SECRETS)): readonly string[] {
  const secrets = of.flatMap((secret) => [secret, secret.toUpperCase()]);
  return texts.filter((text) => secrets.some((secret) => text.includes(secret)));
}

test("no push token is in a message to another user, in a reg-event body, or in a log line, whatever happens", async () => {
  const log: string[] = [];
  const stack = await localStack({ DEVICE_PUSHES: "6" }, Date.now, (line) => log.push(line));
  const alice = await WirePhone.registered(stack.port, "alice");
  const toAlice = overheard(alice);
  const owner = await WirePhone.registered(stack.port, "bob");
  const watched: string[] = [];
  owner.socket.on("message", (data: Buffer) => {
    const text = data.toString("latin1");
    if (text.startsWith("NOTIFY")) watched.push(text);
  });
  expect((await new Watch("bob", "bob").subscribe(owner, 600)).status).toBe(200);

  for (const device of [ANDROID, IPHONE]) {
    // Registered, asleep, woken by a call, answered; each side says more within the dialog.
    await lose(await WirePhone.registered(stack.port, "bob", device), stack);
    const invite = alice.invite("bob");
    owner.answer(await owner.request("INVITE"), 180, "Ringing");
    await alice.response(182);
    const phone = await WirePhone.registered(stack.port, "bob", device);
    const received = await phone.request("INVITE");
    // The phone's own Contact in its answers is what it registered, token and all.
    phone.target = phone.contactUri(device);
    phone.answer(received, 180, "Ringing");
    const ok = await pickUp(phone, received, alice, invite);
    phone.withinAnswered("INFO", received);
    alice.answer(await alice.request("INFO"), 200, "OK");
    await phone.response(200, "INFO");
    await hangUp("callee", { caller: alice, invite, ok }, { callee: phone, received });
    // It calls out, with its token in Contact.
    const outgoing = phone.invite("alice");
    alice.answer(await alice.request("INVITE"), 486, "Busy Here");
    await fails(phone, outgoing, 486);
    // What it says wrongly, with its token in it.
    for (const contacts of [
      `Contact: <${phone.contactUri(device)};;>;expires=soon\r\n`,
      `Contact: <${phone.contactUri(device)}>;expires=10\r\n`,
      `Contact: <${phone.contactUri({ ...device, provider: "pager" })}>\r\n`,
    ])
      expect((await phone.register({}, { contacts })).status).toBeGreaterThanOrEqual(400);
    await lose(phone, stack);
  }

  // A MESSAGE is kept and pushed; a device is pushed too often; another user gets the phone; a token is dead.
  await lose(owner, stack);
  alice.send("MESSAGE", "bob", "hello");
  expect((await alice.final("MESSAGE")).status).toBe(202);
  for (let call = 0; call < 8; call++) {
    const invite = alice.invite("bob");
    await alice.response(182).catch(() => undefined);
    alice.cancel(invite);
    await alice.response(200, "CANCEL");
    alice.acknowledge(invite, await alice.final("INVITE"));
    if ((await stack.counts()).some(({ what }) => what === "pushes withheld")) break;
  }
  await lose(await WirePhone.registered(stack.port, "carol", ANDROID), stack);
  stack.sns.endpoints.disableToken(SECRETS.android);
  await fails(alice, alice.invite("carol"), 480);

  // It all did happen.
  expect(pushesOf(stack).map(({ kind }) => kind)).toEqual(expect.arrayContaining(["call", "message"]));
  expect((await stack.counts()).map(({ what }) => what)).toEqual(
    expect.arrayContaining(["pushes withheld", "tokens dropped"]),
  );
  expect(watched.length).toBeGreaterThan(3);
  expect(log.length).toBeGreaterThan(20);
  expect(leaks(["fcm-secret-0123456789"])).toHaveLength(1);

  expect(leaks(toAlice)).toEqual([]);
  expect(leaks(watched)).toEqual([]);
  expect(leaks(log)).toEqual([]);
});

test("nor is a browser's push subscription, or its keys", async () => {
  const log: string[] = [];
  const service = await startPushService();
  const stack = await localStack(
    { WEB_PUSH_HOSTS: service.host },
    Date.now,
    (line) => log.push(line),
    service.dispatcher,
  );
  const browser = service.subscribe();
  const path = browser.endpoint.slice(browser.endpoint.lastIndexOf("/") + 1);
  const secrets = [path, browser.keys.auth, browser.keys.p256dh];
  const alice = await WirePhone.registered(stack.port, "alice");
  const toAlice = overheard(alice);
  const contacts = `Contact: <sip:bob@tab.invalid;transport=ws${browser.params}>;reg-id=1;+sip.instance="<urn:uuid:tab>"\r\n`;
  const tab = async () => {
    const phone = await WirePhone.connect(stack.port, "bob");
    expect((await phone.register({}, { contacts })).status).toBe(200);
    phone.target = `sip:bob@tab.invalid;transport=ws${browser.params}`;
    return phone;
  };
  await lose(await tab(), stack);
  const invite = alice.invite("bob");
  await alice.response(182);
  const phone = await tab();
  const received = await phone.request("INVITE");
  phone.answer(received, 180, "Ringing");
  const ok = await pickUp(phone, received, alice, invite);
  await hangUp("callee", { caller: alice, invite, ok }, { callee: phone, received });
  await lose(phone, stack);
  // Its service refuses, in words that quote what it was asked; and then the subscription is gone.
  service.answers.push(
    { status: 400, body: `no ${browser.endpoint}` },
    { status: 410, body: browser.endpoint },
  );
  await fails(alice, alice.invite("bob"), 480);
  await fails(alice, alice.invite("bob"), 480);
  expect(service.posted).toHaveLength(3);
  expect(leaks(toAlice, secrets)).toEqual([]);
  expect(leaks(log, secrets)).toEqual([]);
});

import { expect, test } from "vitest";
import { bystander } from "../support/bystander.ts";
import { localStack, type TestStack } from "../support/stack.ts";
import { token } from "../support/token.ts";
import { lose, WirePhone } from "../support/wire-phone.ts";

// No relay, no dialler: a target is a connection that somebody opened to us, or nothing. Whatever address a message names, in
// whatever place, nobody is called there (threats: relay, SSRF).

/** Bob registers this Contact, and is called while he is there and while he is not; Alice hears something each time. */
async function calledThere(stack: TestStack, contact: string, headers = ""): Promise<void> {
  const alice = await WirePhone.registered(stack.port, "alice");
  const bob = await WirePhone.connect(stack.port, "bob");
  const answer = await bob.register({}, { contacts: `Contact: ${contact}\r\n`, headers });
  if (answer.status === 200) {
    alice.invite("bob");
    bob.answer(await bob.request("INVITE"), 486, "Busy Here");
    await alice.final("INVITE");
  }
  await lose(bob, stack);
  const again = alice.invite("bob");
  const said = await alice.hear("182 or a failure", ({ status = 0 }) => status > 100);
  if (said.status === 182) alice.cancel(again);
}

test.each<[string, (at: string, port: number) => string]>([
  ["a host and port", (at) => `<sip:bob@${at}>`],
  ["a transport", (at) => `<sip:bob@${at};transport=tcp>`],
  ["UDP", (at) => `<sip:bob@${at};transport=udp>`],
  ["maddr", (_, port) => `<sip:bob@b.invalid:${port};maddr=127.0.0.1>`],
  ["received", (at) => `<sip:bob@b.invalid>;received="sip:${at}"`],
  ["loose routing", (at) => `<sip:bob@${at};lr;transport=tcp>`],
  ["another instance of us", (at) => `<sip:bob@${at};transport=ws;ob>;reg-id=1;+sip.instance="<urn:uuid:1>"`],
  ["a web page", (at) => `<http://${at}/>`],
  [
    "a push subscription",
    (at) => `<sip:bob@b.invalid;pn-provider=webpush;pn-prid=https%3A%2F%2F${at}%2Fpush%2F1>`,
  ],
  [
    "a push subscription as the app",
    (at) => `<sip:bob@b.invalid;pn-provider=apns;pn-param=T.${at}.voip;pn-prid=aa>`,
  ],
  [
    "a token that is a URL",
    (at) => `<sip:bob@b.invalid;pn-provider=fcm;pn-param=app;pn-prid=http%3A%2F%2F${at}%2F>`,
  ],
])("a Contact that names %s: nobody goes there", async (_, contactAt) => {
  const { visits, at, port } = await bystander();
  const stack = await localStack();
  await calledThere(stack, contactAt(at, port));
  expect(visits).toEqual([]);
});

test.each<[string, (at: string) => string]>([
  ["Path", (at) => `Path: <sip:${at};lr;transport=tcp>\r\n`],
  ["Record-Route", (at) => `Record-Route: <sip:${at};lr>\r\n`],
  ["Route", (at) => `Route: <sip:${at};lr>\r\n`],
  ["Service-Route", (at) => `Service-Route: <sip:${at};lr>\r\n`],
])("a REGISTER whose %s names somebody: nobody goes there", async (_, headerAt) => {
  const { visits, at } = await bystander();
  const stack = await localStack();
  await calledThere(stack, `<sip:bob@b.invalid>`, headerAt(at));
  expect(visits).toEqual([]);
});

test.each<
  [string, (at: string, port: number) => readonly [uri: string, via: string, headers: readonly string[]]]
>([
  ["Request-URI", (at) => [`sip:bob@${at}`, "b.invalid", []]],
  ["Request-URI's maddr", (_, port) => [`sip:bob@localhost:${port};maddr=127.0.0.1`, "b.invalid", []]],
  ["Route", (at) => ["sip:bob@localhost", "b.invalid", [`Route: <sip:${at};lr>`]]],
  ["strict Route", (at) => ["sip:bob@localhost", "b.invalid", [`Route: <sip:${at};transport=tcp>`]]],
  ["Via", (at) => ["sip:bob@localhost", at, []]],
  ["Via's maddr", (_, port) => ["sip:bob@localhost", `b.invalid:${port};maddr=127.0.0.1`, []]],
  [
    "Via's received and rport",
    (_, port) => ["sip:bob@localhost", `b.invalid;received=127.0.0.1;rport=${port}`, []],
  ],
  ["Record-Route", (at) => ["sip:bob@localhost", "b.invalid", [`Record-Route: <sip:${at};lr>`]]],
  ["Contact", (at) => ["sip:bob@localhost", "b.invalid", [`Contact: <sip:alice@${at};transport=tcp>`]]],
  ["Alert-Info", (at) => ["sip:bob@localhost", "b.invalid", [`Alert-Info: <http://${at}/ring.wav>`]]],
  [
    "Call-Info",
    (at) => ["sip:bob@localhost", "b.invalid", [`Call-Info: <http://${at}/me.png>;purpose=icon`]],
  ],
  ["Identity", (at) => ["sip:bob@localhost", "b.invalid", [`Identity: a;info=<https://${at}/cert>`]]],
  ["Geolocation", (at) => ["sip:bob@localhost", "b.invalid", [`Geolocation: <http://${at}/>`]]],
])("a request whose %s names somebody: nobody goes there", async (_, madeAt) => {
  const { visits, at, port } = await bystander();
  const stack = await localStack();
  const alice = await WirePhone.registered(stack.port, "alice");
  const bob = await WirePhone.registered(stack.port, "bob");
  const [uri, via, headers] = madeAt(at, port);
  for (const method of ["INVITE", "MESSAGE", "OPTIONS", "SUBSCRIBE", "BYE", "ACK", "CANCEL"]) {
    alice.say(
      [
        `${method} ${uri} SIP/2.0`,
        `Via: SIP/2.0/TCP ${via};branch=z9hG4bK${token()}`,
        "Max-Forwards: 70",
        `From: <${alice.address}>;tag=1`,
        method === "BYE" || method === "ACK" ? "To: <sip:bob@localhost>;tag=2" : "To: <sip:bob@localhost>",
        `Call-ID: ${token()}`,
        `CSeq: 1 ${method}`,
        ...headers,
        "Content-Length: 0",
        "",
        "",
      ].join("\r\n"),
    );
  }
  await alice.caughtUp();
  await bob.caughtUp();
  for (const request of bob.unasked.filter(({ status }) => status === undefined))
    bob.answer(request, 200, "OK");
  await bob.caughtUp();
  await alice.caughtUp();
  expect(visits).toEqual([]);
});

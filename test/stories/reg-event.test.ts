import { expect, test } from "vitest";
import { localStack } from "../support/stack.ts";
import { token } from "../support/token.ts";
import type { WireMessage } from "../support/wire-message.ts";
import { heardNothingMore, lose, Watch, WirePhone } from "../support/wire-phone.ts";

/** The next NOTIFY, accepted. */
async function notified(phone: WirePhone): Promise<WireMessage> {
  const notify = await phone.request("NOTIFY");
  phone.answer(notify, 200, "OK");
  return notify;
}

/** What a NOTIFY says: whose contacts there are, sleeping ones in brackets. */
function contactsIn({ body }: WireMessage): readonly string[] {
  return [...body.matchAll(/<contact [\s\S]*?<\/contact>/g)].map(([contact]) => {
    const host = /<uri>sip:[^@]*@([^;<]*)/.exec(contact)?.[1] ?? "";
    return contact.includes("<sw:dormant/>") ? `(${host})` : host;
  });
}

const cseqOf = (notify: WireMessage) => Number.parseInt(notify.one("CSeq"), 10);
const versionOf = ({ body }: WireMessage) => Number(/ version="(\d+)"/.exec(body)?.[1]);

/** Tags balance, attributes are quoted, and text holds nothing that must be escaped or must not be (XML 1.0 §2). */
function expectWellFormed(xml: string): void {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(xml, "latin1"));
  const isCharacter = (character: string) =>
    /[\t\n\r]/.test(character) || (character >= " " && character !== "\ufffe" && character !== "\uffff");
  expect([...text].filter((character) => !isCharacter(character))).toEqual([]);
  const open: string[] = [];
  const piece = /<(\/?)([\w:-]+)((?: [\w:-]+="[^"<]*")*)(\/?)>|[^<>]+/y;
  piece.lastIndex = /^<\?xml [^?]*\?>\n/.exec(text)?.[0].length ?? 0;
  while (piece.lastIndex < text.length) {
    const from = piece.lastIndex;
    const [whole, isEnd, name, , isEmpty] = piece.exec(text) ?? [];
    if (whole === undefined) throw new Error(`not XML: ${text.slice(from, from + 60)}`);
    expect(whole.replace(/&(amp|lt|gt|quot);/g, "")).not.toContain("&");
    if (name !== undefined && isEnd === "/") expect(open.pop()).toBe(name);
    else if (name !== undefined && isEmpty !== "/") open.push(name);
  }
  expect(open).toEqual([]);
}

/** Alice, who watches where she is, and has heard the first NOTIFY. */
async function aliceWatches() {
  // No two things happen at one moment, and none takes long.
  let now = Date.now();
  const stack = await localStack({}, () => ++now);
  const device = { instance: crypto.randomUUID(), token: "alice-token", expires: 3_600 };
  const alice = await WirePhone.registered(stack.port, "alice", device);
  const watch = new Watch("alice", "alice");
  const ok = await watch.subscribe(alice, 600);
  const first = await notified(alice);
  const pass = (seconds: number) => {
    now += seconds * 1000;
  };
  return { stack, pass, device, alice, watch, ok, first };
}

/** A contact of Alice's on a host of its own. */
const at = (host: string, params = "") => ({
  contacts: `Contact: <sip:alice@${host}.invalid;transport=ws>${params}\r\n`,
});

test("who subscribes to her own registrations hears at once of all there is (RFC 3680 §4.2, §5)", async () => {
  const { alice, watch, device, ok, first } = await aliceWatches();
  expect(ok.one("Expires")).toBe("600");
  expect(ok.one("Contact")).toMatch(/^<sip:reg\.[A-Za-z0-9._-]+@localhost;transport=ws>$/);
  expect(first.startLine).toBe("NOTIFY sip:alice-watcher@w.invalid;transport=ws SIP/2.0");
  expect(first.one("Call-ID")).toBe(watch.callId);
  expect(first.one("From")).toBe(ok.one("To"));
  expect(first.one("To")).toBe(ok.one("From"));
  expect(first.one("Event")).toBe("reg");
  expect(first.one("Subscription-State")).toBe("active;expires=600");
  expect(first.one("Content-Type")).toBe("application/reginfo+xml");
  expect(first.body).toContain('version="0" state="full"');
  expect(first.body).toMatch(/<registration aor="sip:alice@localhost" id="[^"]+" state="active">/);
  expect(first.body).toMatch(/<contact id="[^"]+" state="active" event="registered"/);
  expect(first.body).toContain(`gr=urn:uuid:${device.instance}`);
  expect(contactsIn(first)).toEqual(["alice.invalid"]);
  expectWellFormed(first.body);
  await heardNothingMore(alice);
});

test("whatever her other devices do she hears, version by version; not that they refresh (RFC 3680 §4.7.1, §5.1)", async () => {
  const { stack, alice, first } = await aliceWatches();
  const tablet = { instance: crypto.randomUUID(), token: "tablet-token" };
  const told = [first];
  let phone = await WirePhone.connect(stack.port, "alice");
  let callId = token();
  const onTablet = async (contact: { readonly expires?: number } = {}) => {
    const line = `Contact: <sip:alice@tablet.invalid;transport=ws;pn-provider=fcm;pn-param=app;pn-prid=tablet-token>;+sip.instance="<urn:uuid:${tablet.instance}>";expires=${contact.expires ?? 600}\r\n`;
    expect((await phone.register({}, { callId, contacts: line })).status).toBe(200);
  };
  await onTablet();
  told.push(await notified(alice));
  await onTablet();
  await lose(phone, stack);
  told.push(await notified(alice));
  phone = await WirePhone.connect(stack.port, "alice");
  callId = token();
  await onTablet();
  told.push(await notified(alice));
  await onTablet();
  await onTablet({ expires: 0 });
  told.push(await notified(alice));
  await heardNothingMore(alice);
  expect(told.map(contactsIn)).toEqual([
    ["alice.invalid"],
    ["alice.invalid", "tablet.invalid"],
    ["alice.invalid", "(tablet.invalid)"],
    ["alice.invalid", "tablet.invalid"],
    ["alice.invalid"],
  ]);
  expect(told.map(versionOf)).toEqual([0, 1, 2, 3, 4]);
  expect(told.map(cseqOf)).toEqual([1, 2, 3, 4, 5]);
  for (const { body, text } of told) {
    expectWellFormed(body);
    // Not even to herself: what is told may be logged, stored and shown.
    expect(text).not.toMatch(/pn-(provider|param|prid)|alice-token|tablet-token/);
  }
});

test("a contact's id stays, whatever happens to it, and is nobody else's (RFC 3680 §5.2)", async () => {
  const { alice, device, first } = await aliceWatches();
  const idsIn = ({ body }: WireMessage) => [...body.matchAll(/<contact id="([^"]*)"/g)].map(([, id]) => id);
  // Another Call-ID is a new registration of the same device.
  await alice.register(device);
  await alice.register({}, at("other"));
  const [renewed, joined] = [await notified(alice), await notified(alice)];
  expect(idsIn(renewed)).toEqual(idsIn(first));
  expect(idsIn(joined)).toEqual([...idsIn(first), expect.any(String)]);
  expect(new Set(idsIn(joined)).size).toBe(2);
});

test("where somebody else is nobody is told; where oneself is, also by proof of a password (403, RFC 3680 §4.6)", async () => {
  const { stack, alice } = await aliceWatches();
  const bob = await WirePhone.registered(stack.port, "bob");
  expect((await new Watch("alice", "bob").subscribe(alice, 600)).status).toBe(403);
  expect((await new Watch("alice", "alice").subscribe(bob, 600)).status).toBe(403);
  const elsewhere = await WirePhone.connect(stack.port, "alice");
  expect((await new Watch("alice", "alice").subscribe(elsewhere, 600)).status).toBe(200);
  expect(contactsIn(await notified(elsewhere))).toEqual(["alice.invalid"]);
  await heardNothingMore(bob);
});

test.each([
  ["another form of what there is to know", 600, ["Accept: application/pidf+xml"], 406],
  ["too short a time", 59, [], 423],
])("a subscription for %s is refused (RFC 6665 §4.2.1)", async (_what, seconds, more, status) => {
  const { alice } = await aliceWatches();
  expect((await new Watch("alice", "alice").subscribe(alice, seconds, more)).status).toBe(status);
  await heardNothingMore(alice);
});

test("any other event is the devices' business: the SUBSCRIBE goes to them (RFC 3261 §16.2)", async () => {
  const { port } = await localStack();
  const alice = await WirePhone.registered(port, "alice");
  const bob = await WirePhone.registered(port, "bob");
  const asked = new Watch("alice", "bob").subscribe(alice, 600, ["Event: presence"]);
  const received = await bob.request("SUBSCRIBE");
  expect(received.one("Event")).toBe("presence");
  bob.answer(received, 489, "Bad Event");
  expect((await asked).status).toBe(489);
});

test("who asks once is told once, and nothing is kept of it (Expires: 0, RFC 3680 §4.7.2, RFC 6665 §4.4.3)", async () => {
  const { port } = await localStack();
  const alice = await WirePhone.registered(port, "alice");
  expect((await new Watch("alice", "alice").subscribe(alice, 0)).one("Expires")).toBe("0");
  const only = await notified(alice);
  expect(only.one("Subscription-State")).toMatch(/^terminated/);
  expect(contactsIn(only)).toEqual(["alice.invalid"]);
  await alice.register({}, at("other"));
  await heardNothingMore(alice);
});

test("two subscriptions are told apart by their ids, and are renewed each for itself (RFC 6665 §4.4.1)", async () => {
  const { alice } = await aliceWatches();
  const other = new Watch("alice", "alice");
  expect((await other.subscribe(alice, 600, ["Event: reg;id=7"])).status).toBe(200);
  expect((await notified(alice)).one("Event")).toBe("reg;id=7");
  await alice.register({}, at("other"));
  const heard = [await notified(alice), await notified(alice)];
  expect(heard.map((notify) => notify.one("Event")).sort()).toEqual(["reg", "reg;id=7"]);
  expect(heard.map(versionOf)).toEqual([1, 1]);
});

test("who unsubscribes is told once more, and then no more; nor can that be renewed (481, RFC 6665 §4.1.2.3)", async () => {
  const { alice, watch } = await aliceWatches();
  expect((await watch.subscribe(alice, 0)).status).toBe(200);
  const last = await notified(alice);
  expect(last.one("Subscription-State")).toMatch(/^terminated/);
  expect(cseqOf(last)).toBe(2);
  await alice.register({}, at("other"));
  await heardNothingMore(alice);
  expect((await watch.subscribe(alice, 600)).status).toBe(481);
});

test("a NOTIFY that is answered 481 is the last one: the watcher has forgotten (RFC 6665 §4.2.2)", async () => {
  const { alice, watch } = await aliceWatches();
  await alice.register({}, at("other"));
  alice.answer(await alice.request("NOTIFY"), 481, "Subscription Does Not Exist");
  // What is said in one dialog is dealt with in order: that answer first.
  expect((await watch.subscribe(alice, 600)).status).toBe(481);
  await alice.register({}, at("third"));
  await heardNothingMore(alice);
});

test("a NOTIFY that is answered 500 is not: the watcher may do better with the next (RFC 6665 §4.2.2)", async () => {
  const { alice } = await aliceWatches();
  await alice.register({}, at("other"));
  alice.answer(await alice.request("NOTIFY"), 500, "Server Internal Error");
  await alice.register({}, at("third"));
  expect(contactsIn(await notified(alice))).toEqual(["alice.invalid", "other.invalid", "third.invalid"]);
});

test("a watcher that reconnects hears what is new over its new connection, and renews there (RFC 5626 §7)", async () => {
  const { stack, alice, device, watch } = await aliceWatches();
  await lose(alice, stack);
  const again = await WirePhone.registered(stack.port, "alice", device);
  // That it was away is news, and that it is back.
  const back = await again.hear(
    "that it is back",
    (message) => contactsIn(message).join() === "alice.invalid",
  );
  again.answer(back, 200, "OK");
  await again.register({}, at("other"));
  expect(contactsIn(await notified(again))).toEqual(["alice.invalid", "other.invalid"]);
  expect((await watch.subscribe(again, 600)).status).toBe(200);
  await notified(again);
});

test("a subscription that runs out is told so, once, and hears no more (RFC 6665 §4.2.2)", async () => {
  const { stack, pass, alice } = await aliceWatches();
  pass(599);
  await stack.look();
  await heardNothingMore(alice);
  pass(1);
  await stack.look();
  const last = await notified(alice);
  expect(last.one("Subscription-State")).toBe("terminated;reason=timeout");
  await alice.register({}, at("other"));
  await stack.look();
  await heardNothingMore(alice);
});

test("a device whose registration runs out is missed by those who watch, once (RFC 3680 §4.7.1)", async () => {
  const { stack, pass, alice } = await aliceWatches();
  await alice.register({}, at("brief", ";expires=60"));
  expect(contactsIn(await notified(alice))).toEqual(["alice.invalid", "brief.invalid"]);
  pass(60);
  await stack.look();
  await heardNothingMore(alice);
  // Past the end and its grace.
  pass(6);
  await stack.look();
  const news = await notified(alice);
  expect(contactsIn(news)).toEqual(["alice.invalid"]);
  expect([versionOf(news), cseqOf(news)]).toEqual([2, 3]);
  await stack.look();
  await heardNothingMore(alice);
});

test.each([
  ["markup", ';a="<b attr=&quot;x&quot;>&amp;]]>";b=\'e&f?;c'],
  ["quotes", String.raw`;a="it's \"quoted\" \\ <!-- -->"`],
  ["control octets", ';a="\u0001\u0008\u001b[2J\u007f\u009b"'],
  ["broken UTF-8", ';a="\u00ff\u00fe\u00c3\u0028\u00ed\u00a0\u0080 \u00ef\u00bf\u00bf"'],
  ["whole UTF-8", ';a="caf\u00c3\u00a9 \u00f0\u009f\u0093\u009e"'],
])("%s in what a client registers comes out as well-formed XML (XML 1.0 §2.2)", async (_what, params) => {
  const { port } = await localStack({ SIP_USERS: "a&b:sipwake" });
  const phone = await WirePhone.connect(port, "a&b");
  const answer = await phone.ask(
    [
      "REGISTER sip:localhost SIP/2.0",
      "Via: SIP/2.0/WS h.invalid;branch=z9hG4bKh1",
      "From: <sip:a&b@localhost>;tag=1",
      "To: <sip:a&b@localhost>",
      `Call-ID: ${token()}<>"'{}@x`,
      "CSeq: 1 REGISTER",
      `Contact: <sip:a&b'c@h.invalid;x=%3C&y=$+>${params}`,
      "Content-Length: 0",
    ],
    { binary: true },
  );
  expect(answer.status).toBe(200);
  expect((await new Watch("a&b", "a&b").subscribe(phone, 600)).status).toBe(200);
  const { body } = await notified(phone);
  expect(body).toContain('aor="sip:a&amp;b@localhost"');
  expect(body).toContain("<uri>sip:a&amp;b'c@h.invalid;x=%3C&amp;y=$+</uri>");
  expect(body).toContain('<unknown-param name="a">');
  expectWellFormed(body);
});

import { expect, test } from "vitest";
import type { App } from "../../functions/app/app.ts";
import { lookAtDue } from "../../functions/app/look.ts";
import { callKey } from "../../functions/app/record-call.ts";
import { ha1s } from "../../functions/auth/digest.ts";
import { gateway } from "../../functions/gateway/gateway.ts";
import { keyring } from "../../functions/keyring/keyring.ts";
import type { ForkId } from "../../functions/location/ids.ts";
import { jsonLog } from "../../functions/log.ts";
import { ABSENT } from "../../functions/ports.ts";
import type { PhonePush } from "../../functions/push/phone-push.ts";
import { aor } from "../../functions/sip/aor.ts";
import { memoryStores } from "../../infra/local/records/memory-stores.ts";
import { DEFAULT_SETTINGS } from "../support/default-settings.ts";
import { answerTo } from "../support/digest.ts";
import { token } from "../support/token.ts";
import { type WireMessage, wireMessage } from "../support/wire-message.ts";

async function world() {
  const stores = memoryStores();
  for (const user of ["alice", "bob"])
    await stores.subscribers.swap(
      aor(user, "localhost"),
      ABSENT,
      { ha1s: ha1s(user, "localhost", "sipwake") },
      Number.MAX_SAFE_INTEGER,
    );
  const sent: { to: string; message: WireMessage }[] = [];
  const pushed: PhonePush[] = [];
  const how = new Map<string, "gone" | "gone for requests" | "fault">();
  let now = Date.UTC(2026, 10, 23, 9);
  const app: App = {
    ...stores,
    edge: {
      send: async (to, message) => {
        const isRequest = !message.startsWith("SIP/2.0");
        if (how.get(to) === "gone" || (isRequest && how.get(to) === "gone for requests")) return "gone";
        if (how.get(to) === "fault") throw new Error("LimitExceededException");
        sent.push({ to, message: wireMessage(message) });
        return "sent";
      },
      close: async () => "gone",
    },
    push: {
      send: async (_target, push) => {
        pushed.push(push);
        return { outcome: "accepted", id: "1" };
      },
    },
    alarms: { set: async () => {} },
    clock: () => ++now,
    log: jsonLog("error", () => {}, Date.now),
    meter: { count: () => {}, time: () => {} },
    keyring: keyring([{ id: "1", key: new Uint8Array(32) }]),
    settings: DEFAULT_SETTINGS,
  };
  const handlers = gateway(app);
  const say = async (connectionId: string, lines: string[]) => {
    const at = sent.length;
    await handlers.message({
      requestContext: { connectionId },
      body: `${lines.join("\r\n")}\r\n\r\n`,
      isBase64Encoded: false,
    });
    return sent.slice(at);
  };
  const base = (method: string, uri: string, user: string, cseq: number, callId = token()) => [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/WS x.invalid;branch=z9hG4bK${token()}`,
    `From: <sip:${user}@localhost>;tag=1`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} ${method}`,
    "Max-Forwards: 70",
  ];
  const register = async (connection: string, user: string, contact: string) => {
    const lines = (cseq: number, more: string[]) => [
      ...base("REGISTER", "sip:localhost", user, cseq),
      `To: <sip:${user}@localhost>`,
      "Supported: outbound, path",
      `Contact: ${contact}`,
      ...more,
      "Content-Length: 0",
    ];
    const [challenge] = await say(connection, lines(1, []));
    return say(
      connection,
      lines(2, [
        `Authorization: ${answerTo(challenge?.message.all("WWW-Authenticate") ?? [], user, "sipwake", "REGISTER", "sip:localhost")}`,
      ]),
    );
  };
  return { app, handlers, say, base, register, how, sent, pushed };
}

test("a watcher that cannot be sent to does not make another's REGISTER fail", async () => {
  const { say, base, register, how } = await world();
  await register("a1", "alice", '<sip:alice@a1.invalid;transport=ws>;reg-id=1;+sip.instance="<urn:uuid:1>"');
  await say("a1", [
    ...base("SUBSCRIBE", "sip:alice@localhost", "alice", 1),
    "To: <sip:alice@localhost>",
    "Event: reg",
    "Contact: <sip:w@a1.invalid>",
    "Content-Length: 0",
  ]);
  how.set("a1", "fault");
  const heard = await register(
    "a2",
    "alice",
    '<sip:alice@a2.invalid;transport=ws>;reg-id=1;+sip.instance="<urn:uuid:2>"',
  );
  expect(heard.map(({ message }) => message.startLine)).toEqual(["SIP/2.0 200 OK"]);
});

test("a MESSAGE whose flow is found gone goes over the other flow under that flow's contact", async () => {
  const { say, base, register, how } = await world();
  await register("a1", "alice", "<sip:alice@a1.invalid;transport=ws>");
  await register("b1", "bob", '<sip:bob@first.invalid;transport=ws>;reg-id=1;+sip.instance="<urn:uuid:1>"');
  await register("b2", "bob", '<sip:bob@second.invalid;transport=ws>;reg-id=2;+sip.instance="<urn:uuid:1>"');
  how.set("b2", "gone");
  const heard = await say("a1", [
    ...base("MESSAGE", "sip:bob@localhost", "alice", 1),
    "To: <sip:bob@localhost>",
    "Content-Length: 0",
  ]);
  expect(heard.map(({ to, message }) => [to, message.startLine])).toEqual([
    ["b1", "MESSAGE sip:bob@first.invalid;transport=ws SIP/2.0"],
  ]);
});

test("a BYE whose flow is found gone goes over the device's other flow", async () => {
  const { say, base, register, how } = await world();
  await register("a1", "alice", "<sip:alice@a1.invalid;transport=ws>");
  await register("b1", "bob", '<sip:bob@first.invalid;transport=ws>;reg-id=1;+sip.instance="<urn:uuid:1>"');
  await register("b2", "bob", '<sip:bob@second.invalid;transport=ws>;reg-id=2;+sip.instance="<urn:uuid:1>"');
  const begun = await say("a1", [
    ...base("INVITE", "sip:bob@localhost", "alice", 1, "dialog"),
    "To: <sip:bob@localhost>",
    "Contact: <sip:alice@a1.invalid;transport=ws>",
    "Content-Length: 0",
  ]);
  const invite = begun.find(({ to }) => to === "b2")?.message;
  if (invite === undefined) throw new Error("nobody was called");
  how.set("b2", "gone");
  const heard = await say("a1", [
    ...base("BYE", "sip:bob@second.invalid;transport=ws", "alice", 2, "dialog"),
    "To: <sip:bob@localhost>;tag=2",
    ...invite
      .all("Record-Route")
      .toReversed()
      .map((route) => `Route: ${route}`),
    "Content-Length: 0",
  ]);
  expect(heard.map(({ to, message }) => [to, message.method, message.status])).toEqual([
    ["b1", "BYE", undefined],
  ]);
});

const DEVICE = (name: string, n: number) =>
  `<sip:${name}@device${n}.invalid;transport=ws>;reg-id=1;+sip.instance="<urn:uuid:${n}>"`;

test("a device of which nobody knows whether the INVITE reached it is as good as silent: the others ring, and nobody is refused", async () => {
  const { say, base, register, how } = await world();
  await register("a1", "alice", DEVICE("alice", 1));
  await register("b2", "bob", DEVICE("bob", 2));
  await register("b3", "bob", DEVICE("bob", 3));
  how.set("b2", "fault");
  const heard = await say("a1", [
    ...base("INVITE", "sip:bob@localhost", "alice", 3),
    "To: <sip:bob@localhost>",
    "Contact: <sip:alice@device1.invalid;transport=ws>",
    "Content-Length: 0",
  ]);
  expect(heard.map(({ to, message }) => [to, message.startLine])).toEqual([
    ["a1", "SIP/2.0 100 Trying"],
    ["b3", "INVITE sip:bob@device3.invalid;transport=ws SIP/2.0"],
  ]);
});

test("an answer whose way back does not work, nobody knows why, goes where its caller has registered since", async () => {
  const { say, base, register, how, app } = await world();
  await register("a1", "alice", DEVICE("alice", 1));
  await register("b2", "bob", DEVICE("bob", 2));
  const begun = await say("a1", [
    ...base("INVITE", "sip:bob@localhost", "alice", 3),
    "To: <sip:bob@localhost>",
    "Contact: <sip:alice@device1.invalid;transport=ws>",
    "Content-Length: 0",
  ]);
  const invite = begun.find(({ to }) => to === "b2")?.message;
  if (invite === undefined) throw new Error("nobody was called");
  const answer = (status: string) => [
    `SIP/2.0 ${status}`,
    ...invite.all("Via").map((via) => `Via: ${via}`),
    ...["From", "To", "Call-ID", "CSeq"].map((name) => `${name}: ${invite.one(name)}`),
    "Contact: <sip:bob@device2.invalid;transport=ws>",
    "Content-Length: 0",
  ];
  how.set("a1", "fault");
  expect(await say("b2", answer("180 Ringing"))).toEqual([]);
  await register("a2", "alice", DEVICE("alice", 1));
  const heard = await say("b2", answer("200 OK"));
  expect(heard.map(({ to, message }) => [to, message.startLine])).toEqual([["a2", "SIP/2.0 200 OK"]]);
  // The former connection was touched by nobody: it may live.
  expect((await app.connections.read("a1")).value?.closed).toBe(false);
});

test("a request within a dialog of which nobody knows whether it reached the other side is refused (500)", async () => {
  const { say, request, how } = await toBob("INFO");
  for (const connection of ["b1", "b2"]) how.set(connection, "fault");
  const heard = await say("a1", request);
  expect(heard.map(({ to, message }) => [to, message.status])).toEqual([["a1", 500]]);
});

const BOBS = (flow: number) =>
  `<sip:bob@b${flow}.invalid;transport=ws;pn-provider=apns;pn-param=TEAM123456.com.example.phone.voip&remote;pn-prid=v:voip&r:remote>;reg-id=${flow};+sip.instance="<urn:uuid:1>"`;

/** Alice's request to Bob within a dialog that she began; Bob's device has two flows. */
async function toBob(method: string) {
  const { say, base, register, ...rest } = await world();
  await register("a1", "alice", '<sip:alice@a1.invalid;transport=ws>;reg-id=1;+sip.instance="<urn:uuid:2>"');
  await register("b1", "bob", BOBS(1));
  await register("b2", "bob", BOBS(2));
  const begun = await say("a1", [
    ...base("INVITE", "sip:bob@localhost", "alice", 1, "dialog"),
    "To: <sip:bob@localhost>",
    "Contact: <sip:alice@a1.invalid;transport=ws>",
    "Content-Length: 0",
  ]);
  const invite = begun.find(({ to }) => to === "b2")?.message;
  if (invite === undefined) throw new Error("nobody was called");
  const request = [
    ...base(method, "sip:bob@b2.invalid;transport=ws", "alice", 2, "dialog"),
    "To: <sip:bob@localhost>;tag=2",
    ...invite
      .all("Record-Route")
      .toReversed()
      .map((route) => `Route: ${route}`),
    "Content-Length: 0",
  ];
  return { request, say, base, register, ...rest };
}

test("a request within a dialog finds all the flows of a device gone: the device is pushed, and gets it when it registers (RFC 8599 §6.2.3)", async () => {
  const { request, say, register, how, pushed } = await toBob("INFO");
  how.set("b1", "gone");
  how.set("b2", "gone");
  expect(await say("a1", request)).toEqual([]);
  expect(pushed).toMatchObject([{ kind: "dialog", method: "INFO", callId: "dialog" }]);
  const heard = await register("b3", "bob", BOBS(1));
  expect(heard.map(({ to, message }) => [to, message.startLine])).toEqual([
    ["b3", "SIP/2.0 200 OK"],
    ["b3", "INFO sip:bob@b2.invalid;transport=ws SIP/2.0"],
  ]);
});

test("a woken device is gone again before the request within a dialog gets there: this waits on, and it is pushed no more", async () => {
  const { request, say, register, how, pushed } = await toBob("INFO");
  how.set("b1", "gone");
  how.set("b2", "gone");
  await say("a1", request);
  how.set("b3", "gone for requests");
  expect((await register("b3", "bob", BOBS(1))).map(({ message }) => message.status)).toEqual([200]);
  const heard = await register("b4", "bob", BOBS(1));
  expect(heard.map(({ message }) => message.method)).toEqual(["REGISTER", "INFO"]);
  expect(pushed).toHaveLength(1);
});

test("a re-INVITE is given up while its iPhone comes and goes: no call follows, since none was pushed", async () => {
  const { app, request, say, register, how, pushed } = await toBob("INVITE");
  how.set("b1", "gone");
  how.set("b2", "gone");
  await say("a1", request);
  how.set("b3", "gone for requests");
  await register("b3", "bob", BOBS(1));
  const cancelled = await say(
    "a1",
    request.map((line) => line.replace(/^INVITE /, "CANCEL ").replace(/(CSeq: \d+) INVITE/, "$1 CANCEL")),
  );
  expect(cancelled.map(({ message }) => [message.status, message.method])).toEqual([
    [200, "CANCEL"],
    [487, "INVITE"],
  ]);
  const heard = await register("b4", "bob", BOBS(1));
  expect(heard.map(({ message }) => message.method)).toEqual(["REGISTER"]);
  expect(pushed.map(({ kind }) => kind)).toEqual(["dialog"]);
  const { value: call } = await app.calls.read(callKey("dialog"));
  const history = call?.attempts.at(-1)?.history ?? [];
  expect(history[0]).toMatchObject({ what: "called", detail: "within its dialog" });
  expect(history.map(({ what }) => what)).toContain("pushed");
});

test("a device registers while a request within a dialog is about to wait for it: it gets that once, and no push", async () => {
  const { app, request, register, how, sent, pushed } = await toBob("INFO");
  how.set("b1", "gone");
  how.set("b2", "gone");
  const at = sent.length;
  const meanwhile = { set: async () => void (await register("b3", "bob", BOBS(1))) };
  const body = `${request.join("\r\n")}\r\n\r\n`;
  await gateway({ ...app, alarms: meanwhile }).message({
    requestContext: { connectionId: "a1" },
    body,
    isBase64Encoded: false,
  });
  const requests = sent.slice(at).filter(({ message }) => message.status === undefined);
  expect(requests.map(({ to, message }) => [to, message.method])).toEqual([["b3", "INFO"]]);
  expect(pushed).toEqual([]);
});

test("the answer to a request within a dialog finds its sender's connection gone, and goes to the one that it has now", async () => {
  const { request, say, register, how } = await toBob("INFO");
  const [received] = await say("a1", request);
  await register("a2", "alice", '<sip:alice@a2.invalid;transport=ws>;reg-id=1;+sip.instance="<urn:uuid:2>"');
  how.set("a1", "gone");
  const { all, one } = received?.message ?? wireMessage("");
  const heard = await say("b2", [
    "SIP/2.0 200 OK",
    ...all("Via").map((via) => `Via: ${via}`),
    ...["From", "To", "Call-ID", "CSeq"].map((name) => `${name}: ${one(name)}`),
    "Content-Length: 0",
  ]);
  expect(heard.map(({ to, message }) => [to, message.status])).toEqual([["a2", 200]]);
});

test("a look gets round to everybody, also if the store is a moment behind", async () => {
  const { app } = await world();
  const looked = new Set<string>();
  const keys = Array.from({ length: 40 }, (_, n) => `sip:u${n}@localhost`);
  const locations = {
    ...app.locations,
    read: async (key: string) => {
      looked.add(key);
      return { value: undefined, version: ABSENT };
    },
    due: async (_now: number, limit: number) => keys.slice(0, limit),
  };
  await lookAtDue({ ...app, locations } as App);
  expect(looked.size).toBe(40);
});

test("a binding whose connection is gone and forgotten is found out by the first request, which ends (race b)", async () => {
  const { app, say, base, register, how } = await world();
  await register("a1", "alice", "<sip:alice@a1.invalid;transport=ws>");
  await register("b1", "bob", "<sip:bob@b1.invalid;transport=ws>");
  // What is left if a process dies between the tombstone and the bindings, once the tombstone has run out.
  const { version } = await app.connections.read("b1");
  await app.connections.swap("b1", version, undefined, 0);
  how.set("b1", "gone");
  const heard = await say("a1", [
    ...base("MESSAGE", "sip:bob@localhost", "alice", 1),
    "To: <sip:bob@localhost>",
    "Content-Length: 0",
  ]);
  expect(heard.map(({ message }) => message.status)).toEqual([480]);
  expect((await app.locations.read("sip:bob@localhost")).value?.bindings ?? []).toEqual([]);
});

/** Alice's INVITE to Bob, always the same. */
const INVITE = [
  "INVITE sip:bob@localhost SIP/2.0",
  "Via: SIP/2.0/WS a1.invalid;branch=z9hG4bKtrouble",
  "From: <sip:alice@localhost>;tag=1",
  "To: <sip:bob@localhost>",
  "Call-ID: trouble",
  "CSeq: 1 INVITE",
  "Max-Forwards: 70",
  "Contact: <sip:alice@a1.invalid;transport=ws>",
  "Content-Length: 0",
];

/** Alice calls Bob, and his fork takes longer to write than his phone is given to say a word. `set` sets the alarms. */
async function slowlyWritten(set: (at: number) => void) {
  const { app, register, sent } = await world();
  await register("a1", "alice", "<sip:alice@a1.invalid;transport=ws>");
  await register("b1", "bob", BOBS(1));
  let late = 0;
  const at = sent.length;
  const alarms: App["alarms"] = {
    set: async (_, when) => {
      set(when);
      late = 3_000;
    },
  };
  await gateway({ ...app, alarms, clock: () => app.clock() + late }).message({
    requestContext: { connectionId: "a1" },
    body: `${INVITE.join("\r\n")}\r\n\r\n`,
    isBase64Encoded: false,
  });
  return sent.slice(at).map(({ message }) => message.status ?? message.method);
}

test("an alarm that may have gone off before its fork was made is set again: nobody else would look at the call (race h)", async () => {
  const alarms: number[] = [];
  await slowlyWritten((at) => alarms.push(at));
  expect(alarms).toHaveLength(2);
  expect(alarms[1]).toBe(alarms[0]);
});

test("an alarm that cannot be set again leaves a fork that goes its way: there is no 500 beside it (race i)", async () => {
  let isFirst = true;
  const heard = await slowlyWritten(() => {
    if (!isFirst) throw new Error("ThrottlingException");
    isFirst = false;
  });
  expect(heard).toEqual([100, "INVITE"]);
});

test("a phone says its first word when its call is over, and whoever took that dies: an alarm comes, and its CANCEL with it (race f, j)", async () => {
  const { app, say, register, sent } = await world();
  await register("a1", "alice", "<sip:alice@a1.invalid;transport=ws>");
  await register("b1", "bob", BOBS(1));
  await say("a1", INVITE);
  const invite = sent.at(-1)?.message;
  if (invite?.method !== "INVITE") throw new Error("no INVITE came");
  const lines = ["Via", "From", "To", "Call-ID", "CSeq"].flatMap((name) =>
    invite.all(name).map((value) => `${name}: ${value}`),
  );
  const alarms: (readonly [ForkId, number])[] = [];
  app.alarms.set = async (fork, at) => void alarms.push([fork, at]);
  await say(
    "a1",
    INVITE.map((line) => line.replace("CSeq: 1 INVITE", "CSeq: 1 CANCEL").replace("INVITE", "CANCEL")),
  );
  expect(alarms).toEqual([]);
  const { swap } = app.forks;
  app.forks.swap = async (...all) => {
    await swap(...all);
    throw new Error("killed");
  };
  const ringing = lines.map((line) => line.replace(/^To: .*/, "$&;tag=b"));
  await say("b1", ["SIP/2.0 180 Ringing", ...ringing, "Content-Length: 0"]);
  expect(alarms).toHaveLength(1);
  const [[fork, at] = ["", 0]] = alarms;
  app.forks.swap = swap;
  const before = sent.length;
  await gateway({ ...app, clock: () => at }).alarm(fork as ForkId);
  expect(sent.slice(before).map(({ to, message }) => [to, message.method])).toEqual([["b1", "CANCEL"]]);
});

test("an INVITE that the edge does not take for its phone has a fork, which answers it: there is no 500 beside that (race i)", async () => {
  const { say, register, how } = await world();
  await register("a1", "alice", "<sip:alice@a1.invalid;transport=ws>");
  await register("b1", "bob", BOBS(1));
  how.set("b1", "fault");
  expect((await say("a1", INVITE)).map(({ message }) => message.status)).toEqual([100]);
});

test("an INVITE that comes again when its phone is gone is answered by its fork, and by nobody else (§17.2.1, race h)", async () => {
  const { handlers, say, register, how } = await world();
  await register("a1", "alice", "<sip:alice@a1.invalid;transport=ws>");
  await register("b1", "bob", "<sip:bob@b1.invalid;transport=ws>");
  await say("a1", INVITE);
  how.set("b1", "gone");
  await handlers.disconnect({ requestContext: { connectionId: "b1" }, isBase64Encoded: false });
  expect((await say("a1", INVITE)).map(({ message }) => message.status)).toEqual([100]);
});

test("an INVITE that was refused as nobody was there is refused again, though somebody is by then (§17.2.1, race h)", async () => {
  const { say, register } = await world();
  await register("a1", "alice", "<sip:alice@a1.invalid;transport=ws>");
  expect((await say("a1", INVITE)).map(({ message }) => message.status)).toEqual([100, 480]);
  await register("b1", "bob", "<sip:bob@b1.invalid;transport=ws>");
  expect((await say("a1", INVITE)).map(({ message }) => message.status)).toEqual([100, 480]);
});

test("of two calls that wait for a phone one cannot be told that it has come: the other is, and the REGISTER has one answer (race e, j)", async () => {
  const { app, say, register, how, sent } = await world();
  await register("a1", "alice", "<sip:alice@a1.invalid;transport=ws>");
  await register("b1", "bob", BOBS(1));
  how.set("b1", "gone");
  await say("a1", INVITE);
  await say(
    "a1",
    INVITE.map((line) => line.replace("trouble", "second")),
  );
  const { value: location } = await app.locations.read("sip:bob@localhost");
  const [failing] = location?.waiting ?? [];
  expect(location?.waiting).toHaveLength(2);
  const { read } = app.forks;
  app.forks.read = async (key) => {
    if (key === failing?.fork) throw new Error("ThrottlingException");
    return read(key);
  };
  const at = sent.length;
  await register("b2", "bob", BOBS(1));
  const heard = sent.slice(at).filter(({ to }) => to === "b2");
  expect(heard.map(({ message }) => message.status ?? message.method)).toEqual([401, 200, "INVITE"]);
});

test("a failure that the edge does not take for its caller is sent again soon, not when the ringing would have ended", async () => {
  const { app, register, how, sent } = await world();
  await register("a1", "alice", "<sip:alice@a1.invalid;transport=ws>");
  await register("b1", "bob", "<sip:bob@b1.invalid;transport=ws>");
  const alarms: { readonly fork: ForkId; readonly at: number }[] = [];
  const set = async (fork: ForkId, at: number) => void alarms.push({ fork, at });
  const handlers = gateway({ ...app, alarms: { set } });
  const hear = (connectionId: string, lines: readonly string[]) =>
    handlers.message({
      requestContext: { connectionId },
      body: `${lines.join("\r\n")}\r\n\r\n`,
      isBase64Encoded: false,
    });
  await hear("a1", INVITE);
  const invited = sent.find(({ message }) => message.method === "INVITE" && message.status === undefined);
  const copied = ["Via", "From", "To", "Call-ID", "CSeq"].flatMap((name) =>
    (invited?.message.all(name) ?? []).map((value) => `${name}: ${value}${name === "To" ? ";tag=b" : ""}`),
  );
  how.set("a1", "fault");
  const before = alarms.length;
  const now = app.clock();
  await hear("b1", ["SIP/2.0 486 Busy Here", ...copied, "Content-Length: 0"]);
  const [again] = alarms.slice(before);
  expect(again?.at).toBeLessThan(now + 5_000);
  how.delete("a1");
  const at = sent.length;
  await handlers.alarm(again?.fork as ForkId);
  await handlers.alarm(again?.fork as ForkId);
  const heard = sent.slice(at).filter(({ to }) => to === "a1");
  expect(heard.map(({ message }) => message.status)).toEqual([486]);
});

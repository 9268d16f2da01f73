import { expect, test } from "vitest";
import { addUser, removeUser } from "../../functions/app/administer-users.ts";
import type { Administration } from "../../functions/app/administration.ts";
import { settingsOf } from "../../functions/config/settings.ts";
import { gateway } from "../../functions/gateway/gateway.ts";
import type { DEFAULT_MAIL_POLICY } from "../../functions/mailbox/mail-policy.ts";
import type { RecordStore } from "../../functions/ports.ts";
import { aor } from "../../functions/sip/aor.ts";
import { unattended } from "../../infra/local/admin/unattended.ts";
import { loadConfig } from "../../infra/local/config.ts";
import { memoryStores } from "../../infra/local/records/memory-stores.ts";
import { SILENT } from "../records/homes.ts";
import { answerTo } from "../support/digest.ts";
import { token } from "../support/token.ts";
import { type WireMessage, wireMessage } from "../support/wire-message.ts";

// What races while MESSAGEs are stored and delivered, and what it costs: at the ports, where both can be seen.

const BOB = aor("bob", "localhost");
const PHONE = contact("phone", ";pn-provider=fcm;pn-param=app;pn-prid=phone-token");
const TABLET = contact("tablet", ";pn-provider=fcm;pn-param=app;pn-prid=tablet-token");

function contact(name: string, push = ""): string {
  return `<sip:bob@${name}.invalid;transport=ws${push}>;+sip.instance="<urn:uuid:${name}>"`;
}

/** A store that notes what is asked of it, and lets something happen before a write. */
function watched<Value>(
  kind: string,
  store: RecordStore<Value>,
  costs: string[],
  before: Map<string, () => Promise<unknown>>,
): RecordStore<Value> {
  return {
    ...store,
    read: async (key) => {
      costs.push(`read ${kind}`);
      return store.read(key);
    },
    swap: async (...change) => {
      costs.push(`write ${kind}`);
      const happening = before.get(kind);
      before.delete(kind);
      await happening?.();
      return store.swap(...change);
    },
  };
}

/** Alice is registered over "a", and Bob and Alice are users. */
async function world(mail: Partial<typeof DEFAULT_MAIL_POLICY> = {}) {
  const stores = memoryStores();
  const costs: string[] = [];
  const before = new Map<string, () => Promise<unknown>>();
  const sent: { readonly to: string; readonly message: WireMessage }[] = [];
  /** Connections that are found gone when a MESSAGE is sent over them, and not before. */
  const gone = new Set<string>();
  const pushed: string[] = [];
  let now = Date.UTC(2026, 10, 23, 9);
  const settings = settingsOf(loadConfig({}));
  const app: Administration = {
    ...unattended(stores, { ...settings, mail: { ...settings.mail, ...mail } }, new Map(), SILENT),
    // A location can also be due, which none of these stories needs.
    locations: { ...stores.locations, ...watched("location", stores.locations, costs, before) },
    connections: watched("connection", stores.connections, costs, before),
    subscribers: watched("subscriber", stores.subscribers, costs, before),
    mailboxes: watched("mailbox", stores.mailboxes, costs, before),
    messages: watched("message", stores.messages, costs, before),
    edge: {
      send: async (to, message) => {
        if (gone.has(to) && message.startsWith("MESSAGE")) return "gone";
        sent.push({ to, message: wireMessage(message) });
        return "sent";
      },
      close: async () => "gone",
    },
    push: {
      send: async (_target, { kind }) => {
        pushed.push(kind);
        return { outcome: "accepted", id: "1" };
      },
    },
    clock: () => now++,
  };
  const handlers = gateway(app);
  const say = async (connectionId: string, lines: readonly string[], body = "") => {
    const at = sent.length;
    costs.length = 0;
    await handlers.message({
      requestContext: { connectionId },
      body: `${lines.join("\r\n")}\r\n\r\n${body}`,
      isBase64Encoded: false,
    });
    return sent.slice(at);
  };
  const head = (method: string, user: string, cseq: number, uri: string, to: string) => [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/WS ${user}.invalid;branch=z9hG4bK${token()}`,
    `From: <sip:${user}@localhost>;tag=1`,
    `To: <sip:${to}@localhost>`,
    `Call-ID: ${token()}`,
    `CSeq: ${cseq} ${method}`,
    "Max-Forwards: 70",
  ];
  /** Registers over a connection; answers what was sent then, the 200 first. */
  const register = async (
    connection: string,
    user: string,
    contacts: readonly string[],
    password = "sipwake",
  ) => {
    const lines = (more: readonly string[]) => [
      ...head("REGISTER", user, 1, "sip:localhost", user),
      "Supported: path, outbound",
      ...contacts.map((each) => `Contact: ${each}`),
      ...more,
      "Content-Length: 0",
    ];
    const [challenge] = await say(connection, lines([]));
    const challenges = challenge?.message.all("WWW-Authenticate") ?? [];
    return say(
      connection,
      lines([`Authorization: ${answerTo(challenges, user, password, "REGISTER", "sip:localhost")}`]),
    );
  };
  const message = (body: string, to = "bob") =>
    say(
      "a",
      [
        ...head("MESSAGE", "alice", 1, `sip:${to}@localhost`, to),
        "Content-Type: text/plain",
        `Content-Length: ${body.length}`,
      ],
      body,
    );
  const answer = (connection: string, request: WireMessage | undefined, status: number) => {
    if (request === undefined) throw new Error("there is nothing to answer");
    const copied = ["Via", "From", "To", "Call-ID", "CSeq"].map((name) => `${name}: ${request.one(name)}`);
    return say(connection, [`SIP/2.0 ${status} Whatever`, ...copied, "Content-Length: 0"]);
  };
  const sleep = (connection: string) =>
    handlers.disconnect({ requestContext: { connectionId: connection }, isBase64Encoded: false });
  for (const user of ["alice", "bob"]) await addUser(app, aor(user, "localhost"), "sipwake");
  await register("a", "alice", ["<sip:alice@a.invalid>"]);
  return {
    ...{ app, stores, costs, before, gone, pushed, register, message, answer, sleep },
    /** Connection and text of the MESSAGEs among what was sent. */
    mail: (heard: readonly { readonly to: string; readonly message: WireMessage }[]) =>
      heard
        .filter(({ message: { status, method } }) => status === undefined && method === "MESSAGE")
        .map(({ to, message: { body } }) => [to, body]),
  };
}

/** The status of what was answered to Alice. */
function statusOf(heard: readonly { readonly to: string; readonly message: WireMessage }[]): unknown {
  return heard.find(({ to, message }) => to === "a" && message.status !== undefined)?.message.status;
}

test.each(["message", "mailbox", "location"])(
  "a phone that registers just before the %s record is written gets the MESSAGE at once, once, and no push",
  async (kind) => {
    const { register, message, sleep, before, pushed, mail } = await world();
    await register("b1", "bob", [PHONE]);
    await sleep("b1");
    const meanwhile: (readonly string[])[] = [];
    before.set(kind, async () => {
      meanwhile.push(...mail(await register("b2", "bob", [PHONE])));
    });
    const heard = await message("hello");
    expect(statusOf(heard)).toBe(202);
    // What happened meanwhile is part of what was heard.
    expect([...new Set([...meanwhile, ...mail(heard)].map(String))]).toEqual(["b2,hello"]);
    expect(mail(heard)).toHaveLength(1);
    expect(pushed).toEqual([]);
    expect(mail(await register("b2", "bob", [PHONE]))).toEqual([]);
  },
);

test("a MESSAGE whose only flow is found gone is stored, and the phone pushed", async () => {
  const { register, message, gone, pushed, mail } = await world();
  await register("b1", "bob", [PHONE]);
  gone.add("b1");
  expect(statusOf(await message("hello"))).toBe(202);
  expect(pushed).toEqual(["message"]);
  expect(mail(await register("b2", "bob", [PHONE]))).toEqual([["b2", "hello"]]);
});

test("a MESSAGE to several devices that are all found gone is stored, and each gets it when it comes back", async () => {
  const { register, message, gone, pushed, mail } = await world();
  await register("b1", "bob", [PHONE]);
  await register("t1", "bob", [TABLET]);
  gone.add("b1").add("t1");
  const heard = await message("hello");
  expect(statusOf(heard)).toBe(202);
  expect(pushed).toEqual(["message", "message"]);
  expect(mail(await register("b2", "bob", [PHONE]))).toEqual([["b2", "hello"]]);
  expect(mail(await register("t2", "bob", [TABLET]))).toEqual([["t2", "hello"]]);
});

test("a MESSAGE to several devices that are all found gone is 480 if none is to be stored", async () => {
  const { register, message, gone, pushed } = await world({ isOn: false });
  await register("b1", "bob", [PHONE]);
  await register("t1", "bob", [TABLET]);
  gone.add("b1").add("t1");
  expect(statusOf(await message("hello"))).toBe(480);
  expect(pushed).toEqual([]);
});

test("a phone that goes while its mail is sent has not had it, and gets it when it comes back", async () => {
  const { register, message, gone, mail } = await world();
  await message("one");
  await message("two");
  gone.add("b1");
  expect(mail(await register("b1", "bob", [PHONE]))).toEqual([]);
  const heard = await register("b2", "bob", [PHONE]);
  expect(mail(heard)).toEqual([["b2", "one"]]);
});

test("a proxy before the phone that says 430 has not delivered it: the phone gets it when it registers again (RFC 5626 §5.3.1)", async () => {
  const { register, message, answer, mail } = await world();
  await message("hello");
  const heard = await register("b1", "bob", [PHONE]);
  expect(mail(await answer("b1", heard.at(-1)?.message, 430))).toEqual([]);
  expect(mail(await register("b1", "bob", [PHONE]))).toEqual([["b1", "hello"]]);
});

test.each([
  [200, []],
  [202, []],
  // RFC 3428 §7: it was delivered, and refused.
  [603, []],
  [404, [["b2", "hello"]]],
  [500, [["b2", "hello"]]],
])("after %i from one device another that comes later hears %j", async (status, expected) => {
  const { register, message, answer, mail } = await world();
  await message("hello");
  const heard = await register("b1", "bob", [PHONE]);
  await answer("b1", heard.at(-1)?.message, status);
  expect(mail(await register("b2", "bob", [contact("tablet")]))).toEqual(expected);
});

test("a device whose MESSAGE is refused by another's 6xx still gets it if it slept when that came", async () => {
  const { register, message, answer, sleep, mail } = await world();
  await register("b1", "bob", [PHONE]);
  await sleep("b1");
  await message("hello");
  const heard = await register("b2", "bob", [contact("tablet")]);
  await answer("b2", heard.at(-1)?.message, 600);
  expect(mail(await register("b1b", "bob", [PHONE]))).toEqual([["b1b", "hello"]]);
});

test("when the mailbox is full, what a device has accepted makes room; what none has does not", async () => {
  const { register, message, answer, sleep, stores, mail } = await world({ limit: 2 });
  for (const [connection, device] of [
    ["b1", PHONE],
    ["b2", contact("tablet", ";pn-provider=fcm;pn-param=app;pn-prid=t2")],
  ] as const) {
    await register(connection, "bob", [device]);
    await sleep(connection);
  }
  await message("one");
  await message("two");
  expect(statusOf(await message("three"))).toBe(480);
  const heard = await register("b3", "bob", [PHONE]);
  await answer("b3", heard.at(-1)?.message, 200);
  await sleep("b3");
  expect(statusOf(await message("four"))).toBe(202);
  expect(statusOf(await message("five"))).toBe(480);
  expect((await stores.mailboxes.read(BOB)).value?.messages).toHaveLength(2);
  expect(mail(await register("b4", "bob", [contact("tablet")]))).toEqual([["b4", "two"]]);
});

test("what every device has had leaves nothing it said behind, and once that is noticed a REGISTER costs what it did", async () => {
  const { register, message, answer, costs, stores } = await world();
  const keys: string[] = [];
  const { swap } = stores.messages;
  Object.assign(stores.messages, {
    swap: (...change: Parameters<typeof swap>) => {
      keys.push(change[0]);
      return swap(...change);
    },
  });
  await message("hello");
  const heard = await register("b1", "bob", [PHONE]);
  expect((await stores.messages.read(keys[0] ?? "")).value?.body).toBe("hello");
  await answer("b1", heard.at(-1)?.message, 200);
  expect((await stores.messages.read(keys[0] ?? "")).value).toBeUndefined();
  await register("b1", "bob", [PHONE]);
  expect(costs.filter((cost) => cost.includes("mailbox"))).toEqual(["read mailbox", "read mailbox"]);
  await register("b1", "bob", [PHONE]);
  expect(costs).toEqual(["read subscriber", "read location", "write location"]);
});

test("a MESSAGE to a phone that is online costs two reads and no write, and nothing of the mailbox", async () => {
  const { register, message, costs, mail } = await world();
  await register("b1", "bob", [PHONE]);
  expect(mail(await message("hello"))).toEqual([["b1", "hello"]]);
  expect(costs).toEqual(["read connection", "read location"]);
});

test("a user who is removed takes the mail along: one of the same name gets none of it, also of what is just being stored", async () => {
  const { app, register, message, before, stores, mail } = await world();
  await message("for the old Bob");
  before.set("mailbox", async () => {
    await removeUser(app, BOB);
  });
  expect(statusOf(await message("for him, too"))).toBe(404);
  expect((await stores.mailboxes.read(BOB)).value?.messages ?? []).toEqual([]);
  await addUser(app, BOB, "sipwake");
  expect(mail(await register("b1", "bob", [PHONE]))).toEqual([]);
});

test("a push that rejects is no fault of the MESSAGE's, which is stored and answered once", async () => {
  const { app, register, message, sleep, mail } = await world();
  await register("b1", "bob", [PHONE]);
  await sleep("b1");
  Object.assign(app.push, { send: () => Promise.reject(new Error("no network")) });
  const heard = await message("hello");
  expect(heard.map(({ message: { status } }) => status)).toEqual([202]);
  expect(mail(await register("b2", "bob", [PHONE]))).toEqual([["b2", "hello"]]);
});

import { expect, onTestFinished, test } from "vitest";
import { contactsOf } from "../../functions/app/administer-contacts.ts";
import {
  addUser,
  listUsers,
  putUser,
  removeUser,
  setPassword,
  setRights,
} from "../../functions/app/administer-users.ts";
import type { Administration } from "../../functions/app/administration.ts";
import { ha1s } from "../../functions/auth/digest.ts";
import { rightsOf } from "../../functions/auth/rights.ts";
import { gateway } from "../../functions/gateway/gateway.ts";
import type { Subscriber } from "../../functions/ports.ts";
import { aor } from "../../functions/sip/aor.ts";
import { OwnEdge } from "../../infra/edge/own-edge.ts";
import { WirePhone } from "../support/wire-phone.ts";
import { ALICE, anAdministration, binding, DAVE, locate } from "./an-administration.ts";

const CALLS = rightsOf(["calls"]);

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

test("a user is kept as digests, for good", async () => {
  const { app, stores } = anAdministration();
  expect(await addUser(app, DAVE, "first")).toBe("added");
  expect((await app.subscribers.read(DAVE)).value).toEqual({ ha1s: ha1s("dave", "localhost", "first") });
  await stores.sweep(Number.MAX_SAFE_INTEGER);
  expect((await app.subscribers.read(DAVE)).value).toBeDefined();
});

test("a user who exists is not added, and keeps the password", async () => {
  const { app } = anAdministration();
  await addUser(app, DAVE, "first");
  expect(await addUser(app, DAVE, "second")).toBe("exists");
  expect((await app.subscribers.read(DAVE)).value).toEqual({ ha1s: ha1s("dave", "localhost", "first") });
});

test("a user who does not exist is given no password, and is not removed", async () => {
  const { app } = anAdministration();
  expect(await setPassword(app, DAVE, "first")).toBe("unknown");
  expect(await removeUser(app, DAVE)).toBe("unknown");
  expect((await app.subscribers.read(DAVE)).value).toBeUndefined();
});

test("a user who is put is there with that password, whatever was before, and is not written again for nothing", async () => {
  const { app } = anAdministration();
  expect(await putUser(app, DAVE, "first")).toBe("added");
  const { version } = await app.subscribers.read(DAVE);
  expect(await putUser(app, DAVE, "first")).toBe("unchanged");
  expect((await app.subscribers.read(DAVE)).version).toBe(version);
  expect(await putUser(app, DAVE, "second")).toBe("changed");
  expect((await app.subscribers.read(DAVE)).value).toEqual({ ha1s: ha1s("dave", "localhost", "second") });
});

test("a user who is declared elsewhere is not touched", async () => {
  const { app } = anAdministration();
  for (const outcome of [
    await addUser(app, ALICE, "x"),
    await setPassword(app, ALICE, "x"),
    await putUser(app, ALICE, "x"),
    await removeUser(app, ALICE),
  ]) {
    expect(outcome).toBe("declared");
  }
  expect(await all(app.users() as AsyncIterable<string>)).toEqual([]);
});

test("of many who add one user at once exactly one does", async () => {
  const { app } = anAdministration();
  const outcomes = await Promise.all(["a", "b", "c", "d"].map((password) => addUser(app, DAVE, password)));
  expect(outcomes.toSorted()).toEqual(["added", "exists", "exists", "exists"]);
  const winner = ["a", "b", "c", "d"][outcomes.indexOf("added")] ?? "";
  expect((await app.subscribers.read(DAVE)).value).toEqual({ ha1s: ha1s("dave", "localhost", winner) });
});

test("all users are listed once, those that are declared with where, and none with what proves a password", async () => {
  const { app, stores } = anAdministration();
  await addUser(app, DAVE, "first");
  // From a time when she was not declared.
  await stores.subscribers.swap(
    ALICE,
    0,
    { ha1s: ha1s("alice", "localhost", "x") },
    Number.POSITIVE_INFINITY,
  );
  expect(await all(listUsers(app))).toEqual([
    { aor: ALICE, declaredBy: "SIP_USERS" },
    { aor: DAVE, declaredBy: undefined },
  ]);
});

test("more users than are read at a time are all listed, with their rights", async () => {
  const { app } = anAdministration();
  const many = Array.from({ length: 250 }, (_, n) => aor(`user${n}`, "localhost"));
  for (const user of many) await addUser(app, user, "x");
  await setRights(app, aor("user249", "localhost"), CALLS);
  const found = (await all(listUsers(app))).filter(({ declaredBy }) => declaredBy === undefined);
  expect(found.map((user) => user.aor).sort()).toEqual([...many].sort());
  expect(found.filter(({ rights }) => rights !== undefined)).toEqual([
    { aor: "sip:user249@localhost", declaredBy: undefined, rights: CALLS },
  ]);
});

test("rights are set, kept when the password changes, and not set for who is unknown or declared", async () => {
  const { app } = anAdministration();
  expect(await setRights(app, DAVE, CALLS)).toBe("unknown");
  expect(await setRights(app, ALICE, CALLS)).toBe("declared");
  await addUser(app, DAVE, "first");
  expect(await setRights(app, DAVE, CALLS)).toBe("changed");
  expect(await setRights(app, DAVE, CALLS)).toBe("unchanged");
  await setPassword(app, DAVE, "second");
  expect(await putUser(app, DAVE, "second")).toBe("unchanged");
  expect(await putUser(app, DAVE, "third")).toBe("changed");
  expect((await app.subscribers.read(DAVE)).value?.rights).toEqual(CALLS);
  expect(await setRights(app, DAVE, undefined)).toBe("changed");
  expect((await app.subscribers.read(DAVE)).value?.rights).toBeUndefined();
});

test("rights that change hold at once over every connection that the user registered by password, and nobody else's", async () => {
  const { app } = anAdministration();
  await addUser(app, DAVE, "first");
  await locate(app, [binding("ws-1"), binding("ws-2"), binding("asleep", { connection: undefined })]);
  const { value, version } = await app.connections.read("ws-2");
  const byToken = (value?.registered ?? []).map((entry) => ({ ...entry, until: app.clock() + 60_000 }));
  await app.connections.swap("ws-2", version, { registered: byToken, closed: false }, app.clock() + 60_000);
  const proved = { aor: ALICE, until: app.clock() + 1, nonce: { id: "n", count: 1 }, rights: undefined };
  const { value: first, version: at } = await app.connections.read("ws-1");
  await app.connections.swap(
    "ws-1",
    at,
    { registered: first?.registered ?? [], proved: [proved], closed: false },
    app.clock() + 60_000,
  );
  await setRights(app, DAVE, CALLS);
  expect((await app.connections.read("ws-1")).value).toEqual({
    registered: [{ aor: DAVE, key: "ws-1", rights: CALLS }],
    proved: [proved],
    closed: false,
  });
  expect((await app.connections.read("ws-2")).value?.registered).toEqual(byToken);
});

test("rights that change while a REGISTER is handled hold for it, too", async () => {
  const { app: records } = anAdministration();
  const edge = new OwnEdge();
  const app: Administration = { ...records, edge, clock: Date.now };
  await addUser(app, DAVE, "sipwake");
  let isRead = false;
  // They change after the REGISTER has seen them, and before it makes its contact.
  const subscribers = {
    ...app.subscribers,
    read: async (user: string) => {
      const found: { value: Subscriber | undefined; version: number } = await app.subscribers.read(user);
      if (!isRead && found.value !== undefined) {
        isRead = true;
        await setRights(app, DAVE, CALLS);
      }
      return found;
    },
  };
  const port = await edge.listen(gateway({ ...app, subscribers }), "127.0.0.1", 0);
  onTestFinished(() => edge.stop());
  const phone = await WirePhone.registered(port, "dave");
  phone.send("MESSAGE", "nobody", "hi");
  expect((await phone.final("MESSAGE")).status).toBe(403);
});

test("a user who is removed leaves nothing behind: contacts, connections, and calls that wait", async () => {
  const { app, closed, givenUp } = anAdministration(["ws-1", "ws-2"]);
  await addUser(app, DAVE, "first");
  const push = { provider: "fcm", param: "app", prid: "token" };
  await locate(
    app,
    [binding("ws-1"), binding("asleep", { connection: undefined, push }), binding("ws-2"), binding("ws-3")],
    {
      waiting: [
        { fork: "fork-1" as never, key: "asleep" as never, device: "asleep", until: app.clock() + 1 },
      ],
    },
  );
  expect(await removeUser(app, DAVE)).toEqual({ removed: 4, closed: ["ws-1", "ws-2"], gone: ["ws-3"] });
  expect(closed).toEqual(["ws-1", "ws-2"]);
  expect(givenUp).toEqual([["fork-1", "asleep"]]);
  expect((await app.locations.read(DAVE)).value).toBeUndefined();
  expect(await contactsOf(app, DAVE)).toBe("unknown");
  // Over a connection that could not be closed from here nobody calls in Dave's name.
  expect((await app.connections.read("ws-3")).value).toEqual({ registered: [], closed: false });
});

test("a REGISTER that was let in just before its user was removed leaves nothing behind", async () => {
  const { app: records } = anAdministration();
  const edge = new OwnEdge();
  const app: Administration = { ...records, edge, clock: Date.now };
  await addUser(app, DAVE, "sipwake");
  let isRead = false;
  // The user is removed, with all contacts, after the REGISTER has seen the user and before it makes its contact.
  const subscribers = {
    ...app.subscribers,
    read: async (aor: string) => {
      const found: { value: Subscriber | undefined; version: number } = await app.subscribers.read(aor);
      if (!isRead && found.value !== undefined) {
        isRead = true;
        expect(await removeUser(app, DAVE)).toMatchObject({ removed: 0 });
      }
      return found;
    },
  };
  const port = await edge.listen(gateway({ ...app, subscribers }), "127.0.0.1", 0);
  onTestFinished(() => edge.stop());
  const phone = await WirePhone.connect(port, "dave");
  const ended = new Promise((resolve) => phone.socket.once("close", resolve));
  void phone.register().catch(() => {});
  await ended;
  await expect.poll(() => edge.connections, { interval: 5 }).toBe(0);
  expect(isRead).toBe(true);
  expect((await app.locations.read(DAVE)).value).toBeUndefined();
});

test("a removal that died after the user and before the contacts is finished by the next", async () => {
  const { app, closed } = anAdministration(["ws-1"]);
  await locate(app, [binding("ws-1")]);
  expect(await removeUser(app, DAVE)).toEqual({ removed: 1, closed: ["ws-1"], gone: [] });
  expect(closed).toEqual(["ws-1"]);
  expect(await removeUser(app, DAVE)).toBe("unknown");
});

import { expect, test } from "vitest";
import { contactsOf, removeContact } from "../../functions/app/administer-contacts.ts";
import { addUser } from "../../functions/app/administer-users.ts";
import { disconnect } from "../../functions/app/disconnect.ts";
import type { BindingKey, ConnectionId } from "../../functions/location/ids.ts";
import { NOWHERE } from "../../functions/location/location.ts";
import { ALICE, anAdministration, binding, DAVE, locate, NOW } from "./an-administration.ts";

const PUSH = { provider: "apns", param: "TEAM123456.com.example.phone.voip", prid: "secret-token" };
const WS_1 = "ws-1" as ConnectionId;
const KEY = "ws-1" as BindingKey;

test("contacts are told with all that is known of them but their tokens", async () => {
  const { app } = anAdministration();
  const uri = "sip:dave@dave.invalid;transport=ws;pn-provider=apns;pn-param=x;pn-prid=secret-token";
  const params = ';reg-id=1;+sip.instance="<urn:x>";pn-prid="secret-token";app-id=secret-app';
  await locate(app, [
    binding("ws-1", { uri, params, push: PUSH }),
    binding("asleep", { connection: undefined, push: PUSH, cseq: 7 }),
  ]);
  const contacts = await contactsOf(app, DAVE);
  expect(contacts).toEqual([
    {
      key: "ws-1",
      uri: "sip:dave@dave.invalid;transport=ws",
      params: ';reg-id=1;+sip.instance="<urn:x>"',
      state: "online",
      push: { provider: "apns", app: PUSH.param },
      callId: "call-1",
      cseq: 1,
      expiresAt: NOW + 600_000,
      connection: "ws-1",
    },
    expect.objectContaining({ key: "asleep", state: "dormant", connection: undefined, cseq: 7 }),
  ]);
  expect(JSON.stringify(contacts)).not.toContain("secret");
});

test("contacts that have run out are not told", async () => {
  const { app } = anAdministration();
  await locate(app, [binding("ws-1", { expiresAt: NOW - 60_000 }), binding("ws-2")]);
  expect(await contactsOf(app, DAVE)).toEqual([expect.objectContaining({ key: "ws-2" })]);
});

test("a user without contacts is told from nobody, also one who is declared", async () => {
  const { app } = anAdministration();
  expect(await contactsOf(app, DAVE)).toBe("unknown");
  expect(await contactsOf(app, ALICE)).toEqual([]);
  await addUser(app, DAVE, "x");
  expect(await contactsOf(app, DAVE)).toEqual([]);
});

test("a contact that is removed takes its connection with it, and leaves the user's others alone", async () => {
  const { app, closed } = anAdministration(["ws-1", "ws-2"]);
  await locate(app, [binding("ws-1", { push: PUSH }), binding("ws-2")]);
  expect(await removeContact(app, DAVE, KEY)).toEqual({ removed: 1, closed: ["ws-1"], gone: [] });
  expect(closed).toEqual(["ws-1"]);
  // Its end, as the edge tells it, does not put the contact to sleep: it is gone.
  await disconnect(app, WS_1);
  expect(await contactsOf(app, DAVE)).toEqual([expect.objectContaining({ key: "ws-2", state: "online" })]);
});

test("a contact that does not exist is not removed, and nothing is closed", async () => {
  const { app, closed } = anAdministration(["ws-2"]);
  await locate(app, [binding("ws-2")]);
  const { version } = await app.locations.read(DAVE);
  expect(await removeContact(app, DAVE, KEY)).toBe("unknown");
  expect(closed).toEqual([]);
  expect((await app.locations.read(DAVE)).version).toBe(version);
});

test("a contact that is refreshed while it is removed is removed, over the connection that it is on by then", async () => {
  const { app, closed } = anAdministration(["ws-1", "ws-9"]);
  await locate(app, [binding("ws-1")]);
  let isMoved = false;
  const locations = {
    ...app.locations,
    read: async (aor: string) => {
      const found = await app.locations.read(aor);
      if (!isMoved) {
        isMoved = true;
        const moved = binding("ws-1", { connection: "ws-9" as ConnectionId, cseq: 2 });
        await app.locations.swap(DAVE, found.version, { ...NOWHERE, bindings: [moved] }, NOW + 1);
      }
      return found;
    },
  };
  expect(await removeContact({ ...app, locations }, DAVE, KEY)).toMatchObject({
    removed: 1,
    closed: ["ws-9"],
  });
  expect(closed).toEqual(["ws-9"]);
  expect((await app.locations.read(DAVE)).value).toBeUndefined();
});

test("of two contacts on one connection both end when it does", async () => {
  const { app, closed } = anAdministration(["ws-1"]);
  await locate(app, [binding("ws-1"), binding("other", { connection: WS_1, push: PUSH })]);
  await removeContact(app, DAVE, KEY);
  expect(closed).toEqual(["ws-1"]);
  await disconnect(app, WS_1);
  expect(await contactsOf(app, DAVE)).toEqual([expect.objectContaining({ key: "other", state: "dormant" })]);
});

test("calls that wait for a contact that is removed are told, and no others", async () => {
  const { app, givenUp } = anAdministration();
  const waiting = ["ws-1", "asleep"].map((key, index) => ({
    fork: `fork-${index}` as never,
    key: key as BindingKey,
    device: key,
    until: NOW + 1_000,
  }));
  await locate(app, [binding("ws-1"), binding("asleep", { connection: undefined, push: PUSH })], { waiting });
  await removeContact(app, DAVE, "asleep" as BindingKey);
  expect(givenUp).toEqual([["fork-1", "asleep"]]);
  expect((await app.locations.read(DAVE)).value?.waiting).toEqual([waiting[0]]);
});

test("a contact that leaves by itself just before it is removed takes no call with it", async () => {
  const { app, givenUp } = anAdministration();
  const waiting = [{ fork: "fork-1" as never, key: KEY, device: "ws-1", until: NOW + 1_000 }];
  await locate(app, [binding("ws-1")], { waiting });
  let hasLeft = false;
  const locations: typeof app.locations = {
    ...app.locations,
    read: async (aor) => {
      const found = await app.locations.read(aor);
      if (!hasLeft) {
        hasLeft = true;
        await app.locations.swap(DAVE, found.version, { ...NOWHERE, waiting }, NOW + 1_000);
      }
      return found;
    },
  };
  expect(await removeContact({ ...app, locations }, DAVE, KEY)).toBe("unknown");
  expect(givenUp).toEqual([]);
});

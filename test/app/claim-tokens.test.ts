import { expect, test } from "vitest";
import type { Administration } from "../../functions/app/administration.ts";
import { claimTokens } from "../../functions/app/claim-tokens.ts";
import { tokenDied } from "../../functions/app/token-died.ts";
import { fingerprint } from "../../functions/keyring/fingerprint.ts";
import type { PushTarget } from "../../functions/location/location.ts";
import { ALICE, anAdministration, binding, DAVE, locate } from "./an-administration.ts";

const TARGET: PushTarget = { provider: "fcm", param: "app", prid: "token-1" };
const NEWER: PushTarget = { ...TARGET, prid: "token-2" };
const EVE = "sip:eve@localhost" as typeof DAVE;

const nobody = async () => {};

async function world() {
  const { app } = anAdministration();
  const targetOf = async () => (await app.locations.read(DAVE)).value?.bindings[0]?.push?.prid;
  const ownerOf = async () => (await app.tokens.read(fingerprint("token-1"))).value;
  return { app, targetOf, ownerOf };
}

/** Alice claims the token, and the process dies before it is taken from who had it. */
async function claimCutShort(app: Administration): Promise<void> {
  const swap = () => Promise.reject(new Error("the process died"));
  const dying = { ...app, locations: { ...app.locations, swap } };
  await expect(claimTokens(dying, ALICE, [TARGET], nobody)).rejects.toThrow("died");
}

test("a token is claimed by whoever registers it, and taken from who had it", async () => {
  const { app, targetOf, ownerOf } = await world();
  await claimTokens(app, DAVE, [TARGET], nobody);
  await locate(app, [binding("phone", { push: TARGET })]);
  await claimTokens(app, ALICE, [TARGET], nobody);
  expect(await targetOf()).toBeUndefined();
  expect(await ownerOf()).toEqual({ owner: ALICE, formers: [] });
});

test("who dies between the claim and the removal is finished by the REGISTER that the phone repeats", async () => {
  const { app, targetOf, ownerOf } = await world();
  await claimTokens(app, DAVE, [TARGET], nobody);
  await locate(app, [binding("phone", { push: TARGET })]);
  await claimCutShort(app);
  expect(await targetOf()).toBe("token-1");
  await claimTokens(app, ALICE, [TARGET], nobody);
  expect(await targetOf()).toBeUndefined();
  expect(await ownerOf()).toEqual({ owner: ALICE, formers: [] });
});

test("and if a third user comes before that, nobody who ever had it keeps it", async () => {
  const { app, targetOf, ownerOf } = await world();
  await claimTokens(app, DAVE, [TARGET], nobody);
  await locate(app, [binding("phone", { push: TARGET })]);
  await claimCutShort(app);
  await claimTokens(app, EVE, [TARGET], nobody);
  expect(await targetOf()).toBeUndefined();
  expect(await ownerOf()).toEqual({ owner: EVE, formers: [] });
});

test("two users who claim at once: one of them owns it, and it is remembered to take it from the other", async () => {
  const { app, ownerOf } = await world();
  await Promise.all([ALICE, EVE].map((user) => claimTokens(app, user, [TARGET], nobody)));
  expect([ALICE, EVE]).toContain((await ownerOf())?.owner);
});

test("a token that died is dropped from its owner if it is still his, days later; a newer one stays (race o)", async () => {
  const { app, targetOf } = await world();
  await claimTokens(app, DAVE, [TARGET], nobody);
  await locate(app, [binding("phone", { push: NEWER })]);
  await tokenDied(app, "token-1", "Unregistered");
  expect(await targetOf()).toBe("token-2");
  await claimTokens(app, DAVE, [NEWER], nobody);
  await tokenDied(app, "token-2", "Unregistered");
  expect(await targetOf()).toBeUndefined();
});

test("a token that died and is nobody's changes nothing", async () => {
  const { app, targetOf } = await world();
  await locate(app, [binding("phone", { push: TARGET })]);
  await tokenDied(app, "token-9", "Unregistered");
  expect(await targetOf()).toBe("token-1");
});

test("the alert token of a pair that died leaves the device, which calls reach by the other", async () => {
  const { app, targetOf } = await world();
  const pair: PushTarget = { provider: "apns", param: "T.b.voip&remote", prid: "aa:voip&bb:remote" };
  await claimTokens(app, DAVE, [pair], nobody);
  await locate(app, [binding("phone", { push: pair })]);
  await tokenDied(app, "bb", "Unregistered");
  expect(await targetOf()).toBe("aa:voip&bb:remote");
  await tokenDied(app, "aa", "Unregistered");
  expect(await targetOf()).toBeUndefined();
});

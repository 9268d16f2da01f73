import { expect, test } from "vitest";
import { callOf, recentCalls } from "../../functions/app/administer-calls.ts";
import type { Administration } from "../../functions/app/administration.ts";
import { recordCall } from "../../functions/app/record-call.ts";
import type { ForkId } from "../../functions/location/ids.ts";
import { ABSENT } from "../../functions/ports.ts";
import type { Fork } from "../../functions/proxy/fork.ts";
import { happening } from "../../functions/proxy/happening.ts";
import type { Aor } from "../../functions/sip/aor.ts";
import { inviting, messaging, online } from "../proxy/a-fork.ts";
import { ALICE, anAdministration, DAVE, NOW } from "./an-administration.ts";

const ERIN = "sip:erin@localhost" as Aor;

/** A fork of an INVITE of this Call-ID from Dave to Erin, `after` ms later than others. */
function invited(callId: string, after: number, more: Partial<Fork> = {}): Fork {
  return {
    ...inviting(online("a")),
    id: `fork-${callId}-${after}` as ForkId,
    head: `INVITE sip:erin@localhost SIP/2.0\r\nCall-ID: ${callId}\r\n\r\n`,
    caller: { aor: DAVE, key: undefined, connection: undefined },
    callee: ERIN,
    history: [happening(NOW + after, "called", undefined)],
    ...more,
  };
}

/** Calls of the last day, and one that is going on. */
async function calls() {
  const { app, stores } = anAdministration();
  for (const [callId, after] of [
    ["ab1", 2],
    ["ab2", 1],
    ["c", 3],
  ] as const) {
    await recordCall(app, invited(callId, after, { final: 480 }));
  }
  await recordCall(app, invited("alices", 0, { final: 200, callee: ALICE }));
  const going = invited("going", 4);
  await stores.forks.swap(going.id, ABSENT, going, NOW + 60_000);
  const message = { ...messaging(online("a")), id: "m" as ForkId };
  await stores.forks.swap(message.id, ABSENT, message, NOW + 60_000);
  return { app, stores };
}

async function listed(app: Administration, limit: number, user?: Aor): Promise<readonly string[]> {
  return (await recentCalls(app, { limit, user })).map(({ callId }) => callId);
}

test("calls are listed from the newest on, those that are going on too, and no more than are wanted", async () => {
  const { app } = await calls();
  expect(await listed(app, 50)).toEqual(["going", "c", "ab1", "ab2", "alices"]);
  expect(await listed(app, 2)).toEqual(["going", "c"]);
  expect(await listed(app, 1)).toEqual(["going"]);
});

test("the calls that a user made and those that they got are listed, and nobody else's", async () => {
  const { app } = await calls();
  expect(await listed(app, 50, ALICE)).toEqual(["alices"]);
  expect(await listed(app, 50, ERIN)).toEqual(["going", "c", "ab1", "ab2"]);
  expect(await listed(app, 50, DAVE)).toHaveLength(5);
  expect(await listed(app, 50, "sip:nobody@localhost" as Aor)).toEqual([]);
});

test("a call is found by its Call-ID, or by the beginning of it if no other begins so", async () => {
  const { app } = await calls();
  for (const text of ["ab1", "c", "al", "alices", "going", "g"]) {
    expect(await callOf(app, text)).toMatchObject({ callId: expect.stringMatching(new RegExp(`^${text}`)) });
  }
  expect(await callOf(app, "x")).toBe("unknown");
  expect(await callOf(app, "ab1 ")).toBe("unknown");
});

test("several calls that begin alike are named", async () => {
  const { app } = await calls();
  const alike = await callOf(app, "ab");
  expect("callIds" in (alike as object) ? (alike as { callIds: string[] }).callIds.sort() : alike).toEqual([
    "ab1",
    "ab2",
  ]);
});

test("a call whose next attempt is going on is one call, and found whole", async () => {
  const { app, stores } = await calls();
  const again = invited("c", 9);
  await stores.forks.swap(again.id, ABSENT, again, NOW + 60_000);
  expect(await callOf(app, "c")).toMatchObject({ attempts: [{ final: 480 }, { final: undefined }] });
  expect(await listed(app, 50)).toEqual(["c", "going", "ab1", "ab2", "alices"]);
});

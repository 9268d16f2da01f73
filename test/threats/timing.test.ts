import { randomInt } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { ha1s } from "../../functions/auth/digest.ts";
import { gateway } from "../../functions/gateway/gateway.ts";
import { ABSENT, type RecordStore, type Subscriber } from "../../functions/ports.ts";
import { aor } from "../../functions/sip/aor.ts";
import { OwnEdge } from "../../infra/edge/own-edge.ts";
import { loadConfig } from "../../infra/local/config.ts";
import { openStores } from "../../infra/local/records/open-stores.ts";
import { withDeclared } from "../../infra/local/users.ts";
import { answerTo } from "../support/digest.ts";
import { notedApp } from "../support/noted-app.ts";
import { passingFolder } from "../support/stack.ts";
import { wireMessage } from "../support/wire-message.ts";
import { WirePhone } from "../support/wire-phone.ts";
import { request } from "./guarded.ts";

// Nobody learns who is a user: a wrong password and an unknown user get the same octets, and take the same time. No time is asserted here, only that
// two distributions cannot be told apart: what the machine does besides delays both alike, since the two are asked in turn, in random order. Records
// are LMDB's, since where one is found counts, too. (In memory, a record that is found is copied; that is for trying things out.)

const SAMPLES = 1_000;
const WARMING = 300;

/**
 * Where chance alone has the two differ so much once in ten thousand times. Of two that are alike, both of two measurements do so once in a hundred
 * million times: the test is not flaky. Of two that differ by as little as two hashes (2 µs), next to none passes: a measurement finds it at 4 to 12.
 */
const ALPHA_Z = 3.89;

/** How far apart two samples of one size are by the Mann–Whitney U test, in standard deviations: 0 if they are alike. */
function apart(one: readonly number[], other: readonly number[]): number {
  const all = [...one.map((time) => ({ time, of: 1 })), ...other.map((time) => ({ time, of: 0 }))];
  all.sort((a, b) => a.time - b.time);
  let ranks = 0;
  // Times are in nanoseconds: ties are too few to matter.
  all.forEach(({ of }, at) => {
    if (of === 1) ranks += at + 1;
  });
  const n = one.length;
  const u = ranks - (n * (n + 1)) / 2;
  return Math.abs(u - (n * n) / 2) / Math.sqrt((n * n * (2 * n + 1)) / 12);
}

/** How far apart the times of two deeds are, done in turn. */
async function timesApart(deeds: readonly [() => Promise<number>, () => Promise<number>]): Promise<number> {
  const times: [number[], number[]] = [[], []];
  for (let n = 0; n < WARMING + SAMPLES; n++) {
    const first = randomInt(2);
    for (const which of [first, 1 - first] as const) {
      const time = await (deeds[which] as () => Promise<number>)();
      if (n >= WARMING) (times[which] as number[]).push(time);
    }
  }
  return apart(...times);
}

const RECORDED = "erika";
const DECLARED = "david";
const UNKNOWN = "nelly";

/** Subscribers as a stack has them: one declared, one in the records. */
async function subscribersOnDisk(log: Parameters<typeof openStores>[1]) {
  const stores = await openStores(loadConfig({ DATA_DIR: passingFolder() }), log);
  onTestFinished(() => stores.close());
  const known = (name: string): Subscriber => ({ ha1s: ha1s(name, "localhost", "sipwake") });
  await stores.subscribers.swap(
    aor(RECORDED, "localhost"),
    ABSENT,
    known(RECORDED),
    Number.POSITIVE_INFINITY,
  );
  return withDeclared(new Map([[aor(DECLARED, "localhost"), known(DECLARED)]]), stores.subscribers);
}

let branches = 1_000_000;

/** A REGISTER of a user with a wrong password, as the answer to a challenge. */
function wrong(user: string, challenges: readonly string[], via: string): string {
  const address = `<sip:${user}@localhost>`;
  const proof = answerTo(challenges, user, "wrong", "REGISTER", "sip:localhost");
  const lines = [`Authorization: ${proof}`];
  return request("REGISTER", { via, from: `${address};tag=1`, to: address, callId: "timed", lines });
}

const via = () => `SIP/2.0/WS x.invalid;branch=z9hG4bK${++branches}`;

/** The functions, called as an edge calls them; `change` gives them other subscribers. */
async function inProcess(
  change: (store: RecordStore<Subscriber>) => RecordStore<Subscriber> = (store) => store,
) {
  let sent = "";
  const { app, costs } = await notedApp({
    send: async (_, message) => {
      sent = message;
      return "sent";
    },
    close: async () => "gone",
  });
  const subscribers = change(await subscribersOnDisk(app.log));
  const { message } = gateway({ ...app, subscribers });
  const say = (body: string) =>
    message({ requestContext: { connectionId: "timed" }, body, isBase64Encoded: false });
  /** How long the answer to a wrong password takes, in ns. */
  return (user: string) => async () => {
    costs.length = 0;
    const line = via();
    const address = `<sip:${user}@localhost>`;
    await say(request("REGISTER", { via: line, from: `${address};tag=1`, to: address, callId: "timed" }));
    const guess = wrong(user, wireMessage(sent).all("WWW-Authenticate"), line);
    const begun = process.hrtime.bigint();
    await say(guess);
    return Number(process.hrtime.bigint() - begun);
  };
}

/** Measures once more if the first measurement is far out: see `ALPHA_Z`. */
async function cannotBeTold(measure: () => Promise<number>): Promise<void> {
  const first = await measure();
  if (first < ALPHA_Z) return;
  expect(await measure(), `after ${first}`).toBeLessThan(ALPHA_Z);
}

test.each([
  ["in the records", RECORDED],
  ["that is declared", DECLARED],
])(
  "in the functions, a wrong password of a user %s takes as long as an unknown user: 1,000 samples of each do not tell",
  async (_, user) => {
    const timeOf = await inProcess();
    await cannotBeTold(() => timesApart([timeOf(user), timeOf(UNKNOWN)]));
  },
);

test("and the measurement would tell: work that only a user who exists causes, as much as a few hashes, is found", async () => {
  const timeOf = await inProcess((store) => ({
    ...store,
    read: async (key) => {
      const found = await store.read(key);
      if (found.value !== undefined) for (let n = 0; n < 4; n++) ha1s(key, "localhost", `${n}`);
      return found;
    },
  }));
  let found = 0;
  for (let n = 0; n < 3 && found < ALPHA_Z; n++)
    found = Math.max(found, await timesApart([timeOf(RECORDED), timeOf(UNKNOWN)]));
  expect(found).toBeGreaterThan(ALPHA_Z);
});

test("over the real edge, on one connection: 1,000 samples of each do not tell a wrong password from an unknown user", async () => {
  const endless = { burst: Number.POSITIVE_INFINITY, perSecond: Number.POSITIVE_INFINITY };
  const limits = {
    requests: endless,
    maxWrongProofs: Number.POSITIVE_INFINITY,
    wrongProofsOfUser: endless,
    wrongProofsOfAddress: endless,
  };
  const edge = new OwnEdge({ limits });
  const { app, costs } = await notedApp(edge);
  const port = await edge.listen(
    gateway({ ...app, subscribers: await subscribersOnDisk(app.log) }),
    "127.0.0.1",
    0,
  );
  onTestFinished(() => edge.stop());
  const phone = await WirePhone.connect(port, "alice");
  const timeOf = (user: string) => async () => {
    costs.length = 0;
    const line = via();
    const address = `<sip:${user}@localhost>`;
    phone.say(request("REGISTER", { via: line, from: `${address};tag=1`, to: address, callId: "timed" }));
    const guess = wrong(user, (await phone.response(401)).all("WWW-Authenticate"), line);
    const begun = process.hrtime.bigint();
    phone.say(guess);
    await phone.response(401);
    return Number(process.hrtime.bigint() - begun);
  };
  await cannotBeTold(() => timesApart([timeOf(RECORDED), timeOf(UNKNOWN)]));
});

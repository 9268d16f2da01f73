import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { token } from "../support/token.ts";
import { answersTo, guarded, request, servesAsEver } from "./guarded.ts";

// No state for strangers: who has proved nothing writes no record, sends no push, sets no alarm, and leaves nothing that outlives the request.

/** Every method that there is, and two that there are not. */
const METHODS: readonly (readonly [method: string, answer: readonly number[]])[] = [
  ["REGISTER", [401]],
  ["INVITE", [407]],
  ["MESSAGE", [407]],
  ["SUBSCRIBE", [407]],
  ["OPTIONS", [407]],
  ["CANCEL", [481]],
  ["BYE", [407]],
  ["ACK", []],
  ["PUBLISH", [407]],
  ["REFER", [407]],
  ["NOTIFY", [407]],
  ["INFO", [407]],
  ["UPDATE", [407]],
  ["PRACK", [407]],
  ["FLUMMOX", [407]],
  ["__proto__", [407]],
];

const SLEEPS = { instance: "11111111-0000-4000-8000-000000000001", token: "bobs-token" };

/** Bob has a phone that is awake and one that sleeps; somebody comes who says he is Alice. */
async function aStranger() {
  const stack = await guarded();
  const asleep = await stack.registered("bob", SLEEPS);
  await asleep.vanish();
  await expect.poll(() => stack.edge.connections, { interval: 5 }).toBe(0);
  const bob = await stack.registered("bob", { instance: "11111111-0000-4000-8000-000000000002" });
  const stranger = await stack.connect("alice");
  return { stack, bob, stranger };
}

/** What a stranger may add to any request to get further. */
const hopes = (at: string): readonly (readonly string[])[] => [
  [],
  ["Event: reg", "Expires: 3600", `Contact: <sip:alice@${at}>`],
  [`Refer-To: <sip:carol@${at}>`, `Contact: <sip:alice@${at}>`],
  ["Route: <sip:localhost;lr>", `Record-Route: <sip:${at};lr>`],
  ["P-Asserted-Identity: <sip:alice@localhost>"],
  [
    'Proxy-Authorization: Digest realm="localhost", username="alice"',
    'Authorization: Digest realm="localhost"',
  ],
  [
    'Authorization: Digest username="alice", realm="localhost", nonce="0.1.2", uri="sip:bob@localhost", qop=auth, nc=00000001, cnonce="c", response="0"',
  ],
  ["Authorization: Bearer e30.e30.", "Proxy-Authorization: Bearer e30.e30."],
];

test.each(METHODS)(
  "%s: answered %j, whatever comes with it; nothing is written, nobody is pushed, no alarm is set",
  async (method, answer) => {
    const { stack, bob, stranger } = await aStranger();
    for (const lines of hopes(stack.at)) {
      const asked = await answersTo(stranger, request(method, { lines }));
      const statuses = asked.map(({ status }) => status);
      // A Route of ours without a token leads nowhere, and only a CANCEL looks there first.
      expect([answer, ...(method === "CANCEL" ? [[403]] : [])]).toContainEqual(statuses);
    }
    expect(stack.deeds()).toEqual([]);
    await bob.caughtUp();
    expect(bob.unasked.filter(({ status }) => status === undefined)).toEqual([]);
    stack.unharmed();
    await servesAsEver(stranger);
  },
);

test.each(["BYE", "INFO", "INVITE", "UPDATE", "REFER", "NOTIFY", "SUBSCRIBE", "ACK", "FLUMMOX"])(
  "%s within a dialog that never was: nothing is written, and nobody hears it",
  async (method) => {
    const { stack, bob, stranger } = await aStranger();
    const to = "<sip:bob@localhost>;tag=2";
    const routes = [[], [`Route: <sip:${stack.at};lr>`], ["Route: <sip:1.AAAA@localhost;lr>"]];
    for (const lines of routes) {
      const heard = await answersTo(stranger, request(method, { to, lines: [...lines, "Event: reg"] }));
      for (const { status } of heard) expect([403, 407, 481]).toContain(status);
      expect(heard).toHaveLength(method === "ACK" ? 0 : 1);
    }
    expect(stack.deeds()).toEqual([]);
    await bob.caughtUp();
    expect(bob.unasked.filter(({ status }) => status === undefined)).toEqual([]);
    stack.unharmed();
    await servesAsEver(stranger);
  },
);

test("twenty thousand requests of strangers, under as many names, leave nothing in memory", async () => {
  // Only the collector knows what is left; it is there for whoever asks.
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const endless = { burst: Number.POSITIVE_INFINITY, perSecond: Number.POSITIVE_INFINITY };
  const stack = await guarded({ requests: endless });
  const stranger = await stack.connect("alice");
  const flood = async (requests: number) => {
    for (let n = 0; n < requests; n += 100) {
      for (let k = 0; k < 100; k++) {
        const user = `<sip:u${token()}@localhost>`;
        stranger.say(
          request(k % 2 === 0 ? "REGISTER" : "INVITE", { from: `${user};tag=${token()}`, to: user }),
        );
      }
      for (let k = 0; k < 50; k++) {
        await stranger.response(401, "REGISTER");
        await stranger.response(100, "INVITE");
        await stranger.response(407, "INVITE");
      }
    }
    stack.deeds();
    collect();
    return process.memoryUsage().heapUsed;
  };
  // What is made once, and code that is compiled, is there by then.
  const before = await flood(2_000);
  const { remembered } = stack.edge;
  const grown = (await flood(20_000)) - before;
  // A hundred octets kept of each would be 2 MB.
  expect(grown).toBeLessThan(2_000_000);
  expect(stack.edge.remembered).toBeLessThanOrEqual(remembered);
  await servesAsEver(stranger);
});

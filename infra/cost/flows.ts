import { between, type Counts } from "./counts.ts";
import { EXPIRES, type Phone, phone } from "./phone.ts";
import { aWorld, type World } from "./world.ts";

/** What each thing that happens takes, counted by letting it happen; all users can be pushed. */
export interface Flows {
  /** An app is opened and closed: it connects, registers, and is gone again. */
  readonly session: Counts;
  /** A REGISTER over a connection that has one, challenged. */
  readonly refresh: Counts;
  /** A double CRLF and its answer. */
  readonly ping: Counts;
  /** Both are online: INVITE, 180, 200, ACK, BYE, 200, and the alarms that come later. */
  readonly call: Counts;
  /** The callee sleeps: with its push, and the session of the phone that it wakes. */
  readonly wakeUpCall: Counts;
  readonly message: Counts;
  /** Its phone sleeps: it is kept, with its push, and the session in which it is delivered. */
  readonly storedMessage: Counts;
  /** A registration is about to end: with its push, and the session in which it is renewed. */
  readonly reminder: Counts;
  /** Nothing is due. */
  readonly look: Counts;
  /** Octets of records that a user who is asleep has. */
  readonly octetsKept: number;
}

/** What an offer or an answer of WebRTC has, audio with a few candidates, in octets. */
const SDP = `v=0\r\n${"a".repeat(2_995)}`;
const TEXT = "See you at eight, in front of the cinema. Bring the tickets, please!";
const AN_HOUR = 3_600_000;

const SECOND = 1_000;
/** Some hours before registrations end, and some after phones are reminded of that. */
const A_MONTH = EXPIRES * SECOND - 18 * AN_HOUR;

export async function countFlows(): Promise<Flows> {
  const online = { alice: true, bob: true };
  const asleep = { alice: true, bob: false };
  return {
    session: await counted(asleep, async ({ bob }) => {
      await bob.come();
      await bob.leave();
    }),
    refresh: await counted(online, ({ bob }) => bob.refresh()),
    ping: await counted(online, ({ bob }) => bob.ping()),
    call: await counted(online, async ({ alice, bob }) => {
      await alice.request("INVITE", "bob", "application/sdp", SDP);
      await talk(alice, bob);
    }),
    wakeUpCall: await counted(asleep, async ({ alice, bob, world }) => {
      await alice.request("INVITE", "bob", "application/sdp", SDP);
      alice.heard("SIP/2.0 182");
      await world.pass(3 * SECOND);
      await bob.come();
      await talk(alice, bob);
      await bob.leave();
    }),
    message: await counted(online, async ({ alice, bob }) => {
      await alice.request("MESSAGE", "bob", "text/plain", TEXT);
      await bob.answer(bob.heard("MESSAGE "), "200 OK");
      alice.heard("SIP/2.0 200");
    }),
    storedMessage: await counted(asleep, async ({ alice, bob, world }) => {
      await alice.request("MESSAGE", "bob", "text/plain", TEXT);
      alice.heard("SIP/2.0 202");
      await world.pass(3 * SECOND);
      await bob.come();
      await bob.answer(bob.heard("MESSAGE "), "200 OK");
      await bob.leave();
    }),
    reminder: await counted(
      asleep,
      async ({ bob, world }) => {
        const before = world.counts().pushes;
        await world.look();
        if (world.counts().pushes !== before + 1) throw new Error("nobody was reminded");
        await world.pass(3 * SECOND);
        await bob.come();
        await bob.leave();
      },
      A_MONTH,
    ),
    look: await counted(asleep, ({ world }) => world.look()),
    octetsKept: await octetsOfOne(),
  };
}

interface Scene {
  readonly world: World;
  readonly alice: Phone;
  readonly bob: Phone;
}

/** What a story takes, and what comes of it in the hour after. `after`: how long, in ms, Bob has not been heard of before. */
async function counted(
  there: { readonly alice: boolean; readonly bob: boolean },
  story: (scene: Scene) => Promise<void>,
  after = 0,
): Promise<Counts> {
  const scene = await aScene(there);
  await scene.world.pass(after);
  const before = scene.world.counts();
  await story(scene);
  await scene.world.pass(AN_HOUR);
  return between(before, scene.world.counts());
}

/** Both have registered over another connection before. */
async function aScene(there: { readonly alice: boolean; readonly bob: boolean }): Promise<Scene> {
  const phones: Phone[] = [];
  const world = await aWorld(["alice", "bob"], (connection, text) => {
    for (const each of phones) each.hear(connection, text);
  });
  const [alice, bob] = [phone(() => world, "alice"), phone(() => world, "bob")];
  phones.push(alice, bob);
  for (const each of phones) {
    await each.come();
    await each.leave();
    if (there[each.user as keyof typeof there]) await each.come();
  }
  return { world, alice, bob };
}

async function talk(alice: Phone, bob: Phone): Promise<void> {
  const invite = bob.heard("INVITE ");
  await bob.answer(invite, "180 Ringing");
  await bob.answer(invite, "200 OK", SDP);
  const ok = alice.heard("SIP/2.0 200");
  await alice.within("ACK", ok);
  bob.heard("ACK ");
  await alice.within("BYE", ok);
  await bob.answer(bob.heard("BYE "), "200 OK");
}

async function octetsOfOne(): Promise<number> {
  const { world } = await aScene({ alice: false, bob: false });
  return Math.round(world.octets() / 2);
}

import { of } from "./caller.ts";
import type { Faults } from "./fault.ts";
import type { Cast, Scene } from "./scene.ts";
import type { WorldOptions } from "./world.ts";

/** A scene that is small enough to be played in every order. */
export interface SmallScene extends Scene {
  /** What goes wrong in it, always at the same call. */
  readonly options?: WorldOptions;
}

const SILENT = [{ answers: [] }, { answers: [] }];
const RINGING = [{ answers: [180] }, { answers: [180] }];

const registers = ({ phones: [one] }: Cast) => one.register();
const bothRegister = ({ phones }: Cast) => {
  for (const phone of phones) phone.register();
};
const sleeps = ({ phones: [one] }: Cast) => one.drop(true);
const invites = ({ caller }: Cast) => void caller.invite("bob");
const cancels = ({ caller }: Cast) => of(caller, caller.cancelBlindly);
const says =
  (status: number, who = 0) =>
  (cast: Cast) => {
    const phone = cast.phones[who];
    const [ringing] = phone?.ringing.values() ?? [];
    if (phone === undefined || ringing === undefined) throw new Error("nobody was called");
    phone.say(status, ringing);
  };
/** The connection that it has ends, and `$disconnect` comes at once. */
const disconnects = ({ world, phones: [one] }: Cast) => {
  const { connection = "" } = one.state;
  world.end(connection, false);
  world.disconnected(connection);
};
const registersAnew = ({ phones: [one] }: Cast) => {
  one.connect();
  one.register();
};

const atOnce =
  (...acts: readonly ((cast: Cast) => void)[]) =>
  (cast: Cast) =>
    acts.map((act) => [["acts", () => act(cast)] as const]);

/** The 200 to a REGISTER is refused by the edge (429). */
const refused200: Faults = ({ by, what }) =>
  by.startsWith("REGISTER") && what.includes(" 200 ") ? "refused" : undefined;

/** Whoever finds that the location is not as expected, says so. */
const bound =
  (where: "there" | "not") =>
  ({ phones: [one] }: Cast): readonly string[] => {
    const isThere = one.isBound();
    return isThere === (where === "there") ? [] : [`the phone is ${isThere ? "" : "not "}registered`];
  };

/**
 * Location, fork and connections; two devices, two connections, one call: each a few functions at once, in every order of
 * their calls of ports.
 */
export const SMALL: readonly [SmallScene, ...SmallScene[]] = [
  {
    name: "REGISTER on a new connection, $disconnect of the old one (a)",
    races: "a",
    before: [registers],
    race: (cast) => {
      const [one] = cast.phones;
      const { connection: former = "" } = one.state;
      const ends = ({ world }: Cast) => {
        world.end(former, false);
        world.disconnected(former);
      };
      return atOnce(registersAnew, ends)(cast);
    },
  },
  {
    name: "a first REGISTER, $disconnect of its connection (c)",
    races: "c",
    race: atOnce(registers, disconnects),
  },
  {
    name: "a first REGISTER whose 200 the edge refuses, $disconnect of its connection (c, i)",
    races: "ci",
    race: atOnce(registers, disconnects),
    options: { faults: refused200 },
  },
  {
    name: "a first REGISTER over a connection that another user has registered over, whose 200 the edge refuses, $disconnect (c, i)",
    races: "ci",
    phones: [{ user: "carol" }],
    before: [registers],
    race: atOnce(({ phones: [one] }) => {
      one.becomes("bob");
      one.register();
    }, disconnects),
    options: { faults: refused200 },
  },
  {
    name: "a refresh, $disconnect of its connection (c)",
    races: "c",
    before: [registers],
    race: atOnce(registers, disconnects),
  },
  {
    name: "two REGISTERs of one Call-ID, over two connections (d)",
    races: "d",
    before: [registers],
    race: atOnce(registers, registersAnew),
  },
  {
    name: "a refresh, REGISTER of the app that was started anew, under another Call-ID (d)",
    races: "d",
    before: [registers],
    race: atOnce(registers, ({ phones: [one] }) => one.restart()),
    expects: isWhereItIs,
  },
  {
    name: "a goodbye, REGISTER of the app that was started anew, under another Call-ID (d, q)",
    races: "dq",
    before: [registers],
    race: atOnce(({ phones: [one] }) => {
      one.register(0);
      one.restart();
    }),
    expects: isWhereItIs,
  },
  {
    name: "a first REGISTER, that of the app that was started anew, $disconnect of the first one's connection (a, d)",
    races: "ad",
    race: (cast) => {
      const [one] = cast.phones;
      const former = one.connect();
      const ends = ({ world }: Cast) => {
        world.end(former, false);
        world.disconnected(former);
      };
      return atOnce(registers, () => one.restart(), ends)(cast);
    },
    expects: isWhereItIs,
  },
  {
    name: "two devices register (d)",
    races: "d",
    race: atOnce(bothRegister),
  },
  {
    name: "REGISTER, and the unREGISTER behind it (d, q)",
    races: "dq",
    race: atOnce(registers, ({ phones: [one] }) => one.register(0)),
    expects: bound("not"),
  },
  {
    name: "a call that parks, REGISTER (e)",
    races: "e",
    phones: [{ wakes: false }],
    before: [registers, sleeps],
    race: atOnce(invites, registersAnew),
    expects: answered,
  },
  {
    name: "a call finds the connection gone, REGISTER (b)",
    races: "b",
    phones: [{ wakes: false, push: "none" }],
    before: [registers, ({ phones: [one] }) => one.drop(false)],
    race: atOnce(invites, registersAnew),
  },
  {
    name: "a call finds the connection of a phone gone that can be pushed (b)",
    races: "b",
    before: [registers, ({ phones: [one] }) => one.drop(false)],
    race: atOnce(invites),
    expects: answered,
  },
  {
    name: "a call finds the connection of a browser gone (b)",
    races: "b",
    phones: [{ push: "none" }],
    before: [registers, ({ phones: [one] }) => one.drop(false)],
    race: atOnce(invites),
    expects: ({ caller }) =>
      caller.calls.flatMap(({ finals, placedAt }) =>
        finals[0]?.status === 480 && finals[0].at === placedAt ? [] : ["its caller was not told at once"],
      ),
  },
  {
    name: "a call to a phone that sleeps, unREGISTER (q)",
    races: "q",
    before: [registers, sleeps],
    race: atOnce(invites, ({ phones: [one] }) => one.register(0)),
  },
  {
    name: "a call to a phone that is there, unREGISTER (q)",
    races: "q",
    before: [registers],
    race: atOnce(invites, ({ phones: [one] }) => one.register(0)),
  },
  {
    name: "INVITE, CANCEL (f)",
    races: "f",
    phones: RINGING,
    before: [registers],
    race: atOnce(invites, cancels),
    expects: cancelled,
  },
  {
    name: "CANCEL, 200 (f)",
    races: "f",
    phones: RINGING,
    before: [registers, invites],
    race: atOnce(cancels, says(200)),
  },
  {
    name: "CANCEL, 180 of a phone that was silent (f)",
    races: "f",
    phones: SILENT,
    before: [registers, invites],
    race: atOnce(cancels, says(180)),
  },
  {
    name: "CANCEL, the REGISTER of a phone that was pushed (f)",
    races: "f",
    phones: [{ wakes: false }],
    before: [registers, sleeps, invites],
    race: atOnce(cancels, registersAnew),
  },
  {
    name: "CANCEL, the REGISTER of an iPhone that was pushed and must be shown a call (f)",
    races: "f",
    phones: [{ push: "apns", wakes: false }],
    before: [registers, sleeps, invites],
    race: atOnce(cancels, registersAnew),
    expects: ({ phones: [one] }) =>
      one.invited.length > 0 ? [] : ["an iPhone was pushed and shown no call"],
  },
  {
    name: "200, 200 (g)",
    races: "g",
    phones: RINGING,
    before: [bothRegister, invites],
    race: atOnce(says(200, 0), says(200, 1)),
    expects: ({ caller }) => {
      const successes = new Set(caller.calls.flatMap(({ finals }) => finals.map(({ text }) => text)));
      return successes.size === 2 ? [] : ["a 200 did not reach the caller"];
    },
  },
  {
    name: "486, 486 (g)",
    races: "g",
    phones: RINGING,
    before: [bothRegister, invites],
    race: atOnce(says(486, 0), says(486, 1)),
  },
  {
    name: "200 of one device, 180 of the other (g)",
    races: "g",
    phones: SILENT,
    before: [bothRegister, invites],
    race: atOnce(says(200, 0), says(180, 1)),
  },
  {
    name: "the INVITE twice (h)",
    races: "h",
    phones: [{ wakes: false }],
    before: [registers, sleeps],
    race: atOnce(invites, ({ caller }) => of(caller, caller.again)),
    expects: ({ world }) => {
      const calls = world.pushes.filter(({ push }) => push.kind === "call");
      return calls.length === 1 ? [] : [`pushed ${calls.length} times`];
    },
  },
  {
    name: "an alarm that comes early, and again; REGISTER of the phone that was pushed (e, h)",
    races: "eh",
    phones: [{ wakes: false }],
    before: [registers, sleeps, invites],
    race: atOnce(alarms, alarms, registersAnew),
    expects: answered,
  },
  {
    name: "the alarm at the end of the bucket time, REGISTER of the phone that was pushed (e)",
    races: "e",
    phones: [{ wakes: false }],
    before: [registers, sleeps, invites],
    race: atOnce(alarms, registersAnew),
    options: { skews: [25_000] },
  },
  {
    name: "a phone is silent though its socket is open, and has another connection by then (b, e)",
    races: "be",
    phones: [{ answers: [180, 200] }],
    before: [registers, ({ phones: [one] }) => one.freeze(), invites],
    race: atOnce(alarms, ({ phones: [one] }) => one.restart()),
    options: { skews: [2_000] },
    expects: answered,
  },
  {
    name: "a frozen phone is called (b, e)",
    races: "be",
    before: [registers, ({ phones: [one] }) => one.freeze()],
    race: atOnce(invites),
    expects: answered,
  },
  {
    name: "a token is called dead, REGISTER with a newer one (o)",
    races: "o",
    phones: [{ wakes: false }],
    before: [registers],
    race: atOnce(
      ({ world, phones: [one] }) => world.tokenDied(one.token),
      ({ phones: [one] }) => {
        one.newToken();
        one.register();
      },
    ),
    expects: ({ phones: [one] }) =>
      one.boundToken() === one.state.token ? [] : ["the newer token was dropped"],
  },
  {
    name: "a call is parked for Bob's phone, Carol registers it (k, o)",
    races: "ko",
    phones: [{ wakes: false }],
    before: [registers, sleeps],
    race: atOnce(invites, ({ phones: [one] }) => {
      one.handOver("carol");
      one.register();
    }),
  },
  {
    name: "a 486 whose relay the edge refuses, and the alarm (i)",
    races: "i",
    phones: RINGING,
    before: [registers, invites],
    race: atOnce(says(486)),
    options: {
      faults: ({ what, by }) => (what.includes(" 486") && by.startsWith("486") ? "refused" : undefined),
    },
  },
  {
    name: "an INVITE whose function dies after the fork was made (h, j)",
    races: "hj",
    before: [registers, sleeps],
    race: atOnce(invites),
    options: {
      faults: ({ what, place, by }) =>
        by.startsWith("INVITE") && what === "swaps" && place.startsWith("forks") ? "dies after" : undefined,
    },
  },
  {
    name: "a MESSAGE is stored, REGISTER (r)",
    races: "r",
    phones: [{ wakes: false }],
    before: [registers, sleeps],
    race: atOnce(({ caller }) => void caller.message("bob"), registersAnew),
    expects: messageHadOnce,
  },
  {
    name: "two REGISTERs of a phone for which a MESSAGE is stored (r)",
    races: "r",
    phones: [{ wakes: false }],
    before: [registers, sleeps, ({ caller }) => void caller.message("bob")],
    race: atOnce(registersAnew, registers),
    expects: messageHadOnce,
  },
];

function alarms({ world }: Cast): void {
  for (const fork of world.shelves.forks.keys()) world.alarm(fork);
}

/** The phone is there, or comes, and accepts: its caller must hear of it. */
function answered({ caller }: Cast): readonly string[] {
  const isAnswered = caller.calls.every(({ finals }) => finals.some(({ status }) => status === 200));
  return isAnswered ? [] : ["the phone was there, or came, and was not called"];
}

/** A CANCEL that was taken ends the call, unless somebody had accepted it. */
function cancelled({ caller }: Cast): readonly string[] {
  return caller.calls
    .filter(
      ({ cancel, finals }) =>
        cancel === "accepted" && !finals.some(({ status }) => status === 487 || status === 200),
    )
    .map(
      ({ finals }) =>
        `a CANCEL was taken, and the call ended with ${finals.map(({ status }) => status).join(", ")}`,
    );
}

/** Whoever was started anew is bound to the connection that it has now. */
function isWhereItIs({ world, phones: [one] }: Cast): readonly string[] {
  const { connection = "" } = one.state;
  const isThere = world.lines.get(connection)?.isOpen && one.boundTo() === connection;
  return isThere ? [] : [`the phone is on ${connection}, and is taken to be on ${one.boundTo()}`];
}

function messageHadOnce({ phones: [one] }: Cast): readonly string[] {
  return one.messages.length === 1 ? [] : [`the MESSAGE came ${one.messages.length} times`];
}

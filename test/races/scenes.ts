import type { Fork } from "../../functions/proxy/fork.ts";
import { of } from "./caller.ts";
import { TIMERS } from "./ports-of.ts";
import type { Cast, Scene, Script } from "./scene.ts";
import { isHindered, isSkewed } from "./trouble.ts";
import { START } from "./world.ts";

// The races of the catalogue (threats §4.1, a to s) as scenes: how things stand, and what happens at once.

const registered = ({ phones: [one] }: Cast) => one.register();
const bothRegistered = ({ phones: [one, two] }: Cast) => {
  one.register();
  two.register();
};
const asleep = [registered, ({ phones: [one] }: Cast) => one.drop(true)];
const bothAsleep = [
  bothRegistered,
  ({ phones }: Cast) => {
    for (const phone of phones) phone.drop(true);
  },
];

const invites = ({ caller }: Cast): Script => [["invites", () => void caller.invite("bob")]];
const invitesAndCancels = ({ caller }: Cast): Script => {
  return [
    ["invites", () => void caller.invite("bob")],
    ["wants to cancel", () => of(caller, caller.cancel)],
  ];
};

export const CONNECTIONS: readonly [Scene, ...Scene[]] = [
  {
    name: "a phone registers over a new connection while its old one ends (a)",
    races: "a",
    before: [registered],
    race: ({ phones: [one] }) => [[["moves", () => one.move(true)]]],
  },
  {
    name: "a phone comes back under another Call-ID, and the end of its old connection comes late (a)",
    races: "a",
    before: [registered],
    race: ({ phones: [one] }) => [
      [
        ["loses its connection", () => one.drop(true)],
        ["starts anew", () => one.restart()],
      ],
    ],
  },
  {
    name: "a refresh is on its way while the phone is started anew, under another Call-ID or the same (a, d)",
    races: "ad",
    before: [registered],
    race: ({ phones: [one] }) => [
      [
        ["refreshes", () => one.register()],
        ["loses its connection", () => one.drop(true)],
        ["starts anew", () => one.restart()],
      ],
    ],
  },
  {
    name: "a connection ends while its first REGISTER is handled (c)",
    races: "c",
    race: ({ phones: [one] }) => [
      [
        ["registers", () => one.register()],
        ["loses its connection", () => one.drop(true)],
      ],
    ],
  },
  {
    name: "a connection ends while its refresh is handled (c)",
    races: "c",
    before: [registered],
    race: ({ phones: [one] }) => [
      [
        ["refreshes", () => one.register()],
        ["loses its connection", () => one.drop(true)],
      ],
    ],
  },
  {
    name: "two REGISTERs of one Call-ID, over two connections (d)",
    races: "d",
    before: [registered],
    race: ({ phones: [one] }) => [
      [
        ["refreshes", () => one.register()],
        ["moves", () => one.move(true)],
      ],
    ],
  },
  {
    name: "the 200 to a REGISTER is lost with its connection, and the phone tries again over another (p)",
    races: "p",
    race: ({ phones: [one] }) => [
      [
        ["registers", () => one.register()],
        ["loses its connection", () => one.drop(true)],
        ["registers over another", () => one.register()],
      ],
    ],
  },
  {
    name: "a removal overtakes the REGISTER that it undoes (d, q)",
    races: "dq",
    race: ({ phones: [one] }) => [
      [
        ["registers", () => one.register()],
        ["unregisters", () => one.register(0)],
      ],
    ],
    expects: ({ world, phones: [one] }) => {
      const isThere = one.state.leftAt !== undefined && world.lines.get(one.state.connection ?? "")?.isOpen;
      return isThere && one.isBound() ? ["it has left, and is registered"] : [];
    },
  },
  {
    name: "two devices register at once (d)",
    races: "d",
    race: ({ phones }) => phones.map((phone): Script => [["registers", () => phone.register()]]),
  },
  {
    name: "a call, while the phone unregisters (q)",
    races: "q",
    before: [registered],
    race: (cast) => [invites(cast), [["unregisters", () => cast.phones[0].register(0)]]],
  },
  {
    name: "a call to a phone that sleeps, while that comes to unregister (q)",
    races: "q",
    before: asleep,
    race: (cast) => [invites(cast), [["unregisters", () => cast.phones[0].register(0)]]],
  },
  {
    name: "nobody told of a connection's end: a call finds out while the phone registers anew (b)",
    races: "b",
    before: [registered, ({ phones: [one] }) => one.drop(false)],
    race: (cast) => [invites(cast), [["registers", () => cast.phones[0].register()]]],
  },
];

export const WAKING: readonly [Scene, ...Scene[]] = [
  {
    name: "a call parks while its phone registers (e)",
    races: "e",
    before: asleep,
    race: (cast) => [invites(cast), [["registers", () => cast.phones[0].register()]]],
  },
  {
    name: "a phone is woken, and its connection ends soon (b, e)",
    races: "be",
    before: asleep,
    race: (cast) => [invites(cast), [["loses what it has", () => cast.phones[0].drop(true)]]],
  },
  {
    name: "two devices wake at once (k)",
    races: "k",
    before: bothAsleep,
    race: (cast) => [invites(cast)],
  },
  {
    name: "one device is online, the other wakes, and the caller gives up (f, k)",
    races: "fk",
    before: [bothRegistered, ({ phones: [, two] }) => two.drop(true)],
    race: (cast) => [invitesAndCancels(cast)],
  },
  {
    name: "the caller gives up while the phone wakes (f)",
    races: "f",
    before: asleep,
    race: (cast) => [invitesAndCancels(cast)],
  },
  {
    name: "the caller gives up while an iPhone wakes, which must be shown the call (f)",
    races: "f",
    phones: [{ push: "apns" }],
    before: asleep,
    race: (cast) => [invitesAndCancels(cast)],
    expects: iPhoneShown,
  },
  {
    name: "the INVITE comes twice, and its alarm too (h)",
    races: "h",
    before: asleep,
    race: (cast) => {
      const { caller, world } = cast;
      return [
        [
          ["invites", () => void caller.invite("bob")],
          ["invites again", () => of(caller, caller.again)],
        ],
        [
          [
            "has alarms go off",
            () => {
              for (const fork of world.shelves.forks.keys()) world.alarm(fork);
            },
          ],
        ],
      ];
    },
    expects: ({ world }) =>
      world.pushes.filter(({ push }) => push.kind === "call").length > 1 ? ["pushed twice for one call"] : [],
  },
  {
    name: "a socket is open and its phone frozen, and is looked for (b, e)",
    races: "be",
    before: [registered, ({ phones: [one] }) => one.freeze()],
    race: (cast) => [invites(cast)],
    // Unless whoever looked came when Timer B was over already, by his own clock.
    expects: ({ world, phones: [one] }) => {
      const isLate = (world.shelves.forks.values() as Fork[]).some(({ final }) => final === 408);
      const isAsked = one.traits.push !== "none" && !isLate && !isHindered(world) && !isSkewed(world);
      return isAsked && world.pushes.length === 0 ? ["a frozen phone was not looked for"] : [];
    },
  },
  {
    name: "a token is called dead while the phone registers another (o)",
    races: "o",
    before: asleep,
    race: (cast) => {
      const [one] = cast.phones;
      const { token } = one;
      return [
        invites(cast),
        [["calls the token dead", () => cast.world.tokenDied(token)]],
        [
          ["gets another token", () => one.newToken()],
          ["registers", () => one.register()],
        ],
      ];
    },
    expects: ({ world, phones: [one] }) => {
      if (one.traits.push === "none" || world.pushes.some(({ outcome }) => outcome !== "accepted")) return [];
      return one.isBound() && one.boundToken() !== one.state.token ? ["the newer token was dropped"] : [];
    },
  },
  {
    name: "a call waits for a phone that another user registers (k)",
    races: "k",
    before: asleep,
    race: (cast) => [
      invites(cast),
      [
        [
          "is Carol's now",
          () => {
            const [one] = cast.phones;
            one.handOver("carol");
            one.register();
          },
        ],
      ],
    ],
  },
];

export const ANSWERS: readonly [Scene, ...Scene[]] = [
  {
    name: "CANCEL against 200 (f)",
    races: "f",
    before: [registered],
    race: (cast) => [invitesAndCancels(cast)],
  },
  {
    name: "CANCEL overtakes its INVITE (f)",
    races: "f",
    before: [registered],
    race: ({ caller }) => {
      return [
        [
          ["invites", () => void caller.invite("bob")],
          ["cancels blindly", () => of(caller, caller.cancelBlindly)],
        ],
      ];
    },
  },
  {
    name: "two devices answer (g)",
    races: "g",
    before: [bothRegistered],
    race: (cast) => [invites(cast)],
  },
  {
    name: "two devices answer while the caller gives up (f, g)",
    races: "fg",
    before: [bothRegistered],
    race: (cast) => [invitesAndCancels(cast)],
  },
  {
    name: "one device declines for all while the other answers (g)",
    races: "g",
    phones: [{ answers: [180, 603] }],
    before: [bothRegistered],
    race: (cast) => [invites(cast)],
  },
  {
    name: "one device is busy, the other's connection ends (b, i)",
    races: "bi",
    phones: [{ answers: [180, 486] }],
    before: [bothRegistered],
    race: (cast) => [invites(cast), [["loses its connection", () => cast.phones[1].drop(true)]]],
  },
  {
    name: "the phone moves to another connection while it rings (n)",
    races: "n",
    before: [registered],
    race: (cast) => [invites(cast), [["moves", () => cast.phones[0].move(true)]]],
  },
  {
    name: "the phone moves while the caller gives up (f, n)",
    races: "fn",
    before: [registered],
    race: (cast) => [invitesAndCancels(cast), [["moves", () => cast.phones[0].move(true)]]],
  },
];

export const MESSAGES: readonly [Scene, ...Scene[]] = [
  {
    name: "a MESSAGE is stored while its phone registers (r)",
    races: "r",
    before: asleep,
    race: (cast) => [messages(cast), [["registers", () => cast.phones[0].register()]]],
    expects: messageHad,
  },
  {
    name: "a MESSAGE finds its connection gone, and the phone comes back (b, r)",
    races: "br",
    before: [registered, ({ phones: [one] }) => one.drop(false)],
    race: (cast) => [messages(cast), [["registers", () => cast.phones[0].register()]]],
    expects: messageHad,
  },
  {
    name: "two MESSAGEs, two devices, one of which wakes (r)",
    races: "r",
    before: bothAsleep,
    race: (cast) => [messages(cast), messages(cast)],
  },
  {
    name: "a MESSAGE comes twice while its phone registers (h, r)",
    races: "hr",
    before: asleep,
    race: ({ caller, phones: [one] }) => {
      return [
        [
          ["sends a MESSAGE", () => void caller.message("bob")],
          ["sends it again", () => of(caller, caller.again)],
        ],
        [["registers", () => one.register()]],
      ];
    },
  },
];

function messages({ caller }: Cast): Script {
  return [["sends a MESSAGE", () => void caller.message("bob")]];
}

/** A MESSAGE that was accepted, and a phone that has come and stays: it has had it. */
function messageHad({ world, caller, phones: [one] }: Cast): readonly string[] {
  const { answered, connection } = one.state;
  const isThere =
    connection !== undefined && answered?.connection === connection && world.lines.get(connection)?.isOpen;
  const isEnded =
    [...world.lines.values()].filter(({ listener }) => listener.name === one.traits.name).length > 2;
  if (isHindered(world) || !isThere || isEnded) return [];
  const accepted = caller.calls.filter(({ finals }) => finals.some(({ status }) => status === 202));
  return accepted
    .filter(({ id }) => !one.messages.some(({ callId }) => callId === id))
    .map(({ id }) => `${id} was accepted, and its phone is there and has not got it`);
}

/** An iPhone that took a call's push and has come since has been shown a call. */
function iPhoneShown({ world, phones: [one] }: Cast): readonly string[] {
  const isPushed = world.pushes.some(({ push, outcome }) => push.kind === "call" && outcome === "accepted");
  const { answered, connection } = one.state;
  const isThere =
    connection !== undefined && answered?.connection === connection && world.lines.get(connection)?.isOpen;
  // It is waited for a transaction time longer than a call is.
  const isInTime = (answered?.at ?? 0) < START + TIMERS.bucket + TIMERS.transaction - 1_000;
  return isInTime && !isHindered(world) && !isSkewed(world) && isPushed && isThere && one.invited.length === 0
    ? ["an iPhone was pushed for a call, has come, and was shown none"]
    : [];
}

import { describe, expect, test } from "vitest";
import { aCaller, of } from "./caller.ts";
import type { Fault } from "./fault.ts";
import { type Cast, play, type Scene } from "./scene.ts";
import { inOrder } from "./schedule.ts";

// Every story is told again with a death before and after each of its calls of ports: that of the function (Lambda), or of the whole
// process with all its connections (our own edge). The records stay, alarms come again, phones come back and REGISTER. Then somebody calls:
// whatever has been lost, that call must reach the phone.

interface Tale extends Scene {
  /** What the caller of the story may hear in the end, "" for nothing; of a call, of a MESSAGE. */
  readonly allowed: readonly string[];
  /** What the next call may end with: 200 unless nobody is registered. */
  readonly next?: readonly string[];
}

const registers = ({ phones: [one] }: Cast) => one.register();
const sleeps = ({ phones: [one] }: Cast) => one.drop(true);
const invites = ({ caller }: Cast) => void caller.invite("bob");

const TALES: readonly Tale[] = [
  {
    name: "a phone registers (c, p)",
    races: "cp",
    race: ({ phones: [one] }) => [[["registers", () => one.register()]]],
    allowed: [""],
  },
  {
    name: "a phone refreshes (d, p)",
    races: "dp",
    before: [registers],
    race: ({ phones: [one] }) => [[["refreshes", () => one.register()]]],
    allowed: [""],
  },
  {
    name: "a phone falls asleep (a, b)",
    races: "ab",
    before: [registers],
    race: ({ phones: [one] }) => [[["sleeps", () => one.drop(true)]]],
    allowed: [""],
  },
  {
    name: "a phone is woken, rings and answers (e, h)",
    races: "eh",
    before: [registers, sleeps],
    race: (cast) => [[["invites", () => invites(cast)]]],
    // A push that was lost is not sent again: the alarm ends the call (480). A ring that was not heard, too (408).
    allowed: ["200", "480", "408", ""],
  },
  {
    name: "a phone is frozen, looked for, and answers (b, e, h)",
    races: "beh",
    before: [registers, ({ phones: [one] }) => one.freeze()],
    race: (cast) => [[["invites", () => invites(cast)]]],
    allowed: ["200", "480", "408", ""],
  },
  {
    name: "the caller gives up while a phone wakes (f)",
    races: "f",
    before: [registers, sleeps],
    race: ({ caller }) => {
      return [
        [
          ["invites", () => void caller.invite("bob")],
          ["wants to cancel", () => of(caller, caller.cancel)],
        ],
      ];
    },
    allowed: ["487", "200", "480", "408", "487 200", ""],
  },
  {
    name: "a phone declines (g, i)",
    races: "gi",
    phones: [{ answers: [180, 603] }],
    before: [registers],
    race: (cast) => [[["invites", () => invites(cast)]]],
    // A 603 that was lost is no more: the caller hears 408 when nobody waits any longer, or 480.
    allowed: ["603", "480", "408", ""],
    next: ["603"],
  },
  {
    name: "a MESSAGE is stored, and its phone comes for it (r)",
    races: "r",
    before: [registers, sleeps],
    race: ({ caller }) => [[["sends a MESSAGE", () => void caller.message("bob")]]],
    allowed: ["202", ""],
  },
  {
    name: "a phone unregisters (q)",
    races: "q",
    before: [registers],
    race: ({ phones: [one] }) => [[["unregisters", () => one.register(0)]]],
    allowed: [""],
    next: ["480", "200"],
  },
  {
    name: "a token dies while a call waits for its phone (o)",
    races: "o",
    phones: [{ wakes: false }],
    before: [registers, sleeps],
    race: (cast) => [
      [
        ["invites", () => invites(cast)],
        ["calls the token dead", () => cast.world.tokenDied(cast.phones[0].token)],
      ],
    ],
    allowed: ["480", ""],
    next: ["480"],
  },
];

const DEATHS: readonly Fault[] = ["dies before", "dies after"];

describe.each([
  ["the function dies", false],
  ["the process dies (l)", true],
] as const)("%s before or after any call of a port (libre's lesson)", (_, isOneProcess) => {
  test.each(TALES.map((tale) => [tale.name, tale] as const))("%s", async (_name, tale) => {
    const { cast: plain, wrongs } = await play(tale, inOrder);
    expect(wrongs).toEqual([]);
    const calls = plain.world.portCalls();
    expect(calls).toBeGreaterThan(0);
    for (let at = 0; at < calls; at++)
      for (const death of DEATHS) {
        const story = await dying(tale, at, death, isOneProcess);
        expect(story.wrong, story.told).toBe("");
      }
  });
});

/** Tells a tale with a death in it, and then calls. */
async function dying(tale: Tale, at: number, death: Fault, isOneProcess: boolean) {
  const faults = ({ number }: { readonly number: number }) => (number === at ? death : undefined);
  const { cast, wrongs } = await play(tale, inOrder, { faults, isOneProcess, isTold: true });
  const { world, caller } = cast;
  const heard = outcomeOf(caller.calls);
  world.tell(() => "— and the next call —");
  const next = aCaller(world, 2);
  next.invite("bob");
  await world.run(inOrder);
  const reached = outcomeOf(next.calls);
  const isAllowed = tale.allowed.includes(heard) && (tale.next ?? ["200"]).includes(reached);
  const wrong = [...wrongs, ...(isAllowed ? [] : [`heard "${heard}", then "${reached}"`])].join("; ");
  return { wrong, told: [`${death}, call ${at}`, ...world.story, wrong].join("\n") };
}

function outcomeOf(calls: Cast["caller"]["calls"]): string {
  const statuses = calls.flatMap(({ finals }) => finals.map(({ status }) => status));
  return [...new Set(statuses)].join(" ");
}

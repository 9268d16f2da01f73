import { expect, onTestFinished, test } from "vitest";
import { cancel } from "./cancel.ts";
import { type Plan, play, usersOf } from "./play.ts";
import { reconnect } from "./reconnect.ts";
import { storyOf } from "./report.ts";
import { startServer } from "./server.ts";
import { vanish } from "./vanish.ts";
import { wake } from "./wake.ts";

// Races as phones run them, over real sockets and with a server in a process of its own: the seed says what happens when, by the millisecond, and
// the machine what is first. `npm run races:sockets` plays more of them, also over TCP, and against several edges.

const SEED = Number(process.env["RACES_SEED"] ?? 20_261_123);
/** Slow machines take a while for them, in ms. */
const TIMEOUT = 600_000;
/** How many violations are told as stories. */
const STORIES = 5;

test.each([
  { race: reconnect, rounds: 2_000, promise: "a phone that connects anew is where it says, once" },
  { race: vanish, rounds: 200, promise: "a phone that is gone as it registers leaves no ghost" },
  { race: cancel, rounds: 200, promise: "a call that is given up has one end, and nothing rings on" },
  { race: wake, rounds: 200, promise: "a phone that wakes gets each call once, and none that is over" },
])(
  `$promise ($race.name, $rounds rounds over real sockets, seed ${SEED})`,
  async ({ race, rounds }) => {
    const plan: Plan = { race, rounds, seed: SEED, again: false, kind: "", atOnce: 10, transport: "ws" };
    const server = await startServer("ws", 1, usersOf(rounds));
    onTestFinished(() => server.stop());
    const played = await play(server, plan);
    const violations = played.filter(({ wrongs }) => wrongs.length > 0);
    expect(violations.slice(0, STORIES).map((violation) => storyOf(violation))).toEqual([]);
    expect(played).toHaveLength(rounds);
    expect(server.errors).toEqual([]);
  },
  TIMEOUT,
);

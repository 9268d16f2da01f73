import { type Gateway, gateway } from "../../functions/gateway/gateway.ts";
import type { ForkId } from "../../functions/location/ids.ts";
import { deadlineOf, type Fork } from "../../functions/proxy/fork.ts";
import { aor } from "../../functions/sip/aor.ts";
import type { Invocation } from "./invocation.ts";
import { PassingTime } from "./passing-time.ts";
import { portsOf } from "./ports-of.ts";
import { shelves } from "./records.ts";
import { atRest, type Choose } from "./schedule.ts";
import type { Workings } from "./workings.ts";
import { START, type World, type WorldOptions } from "./world.ts";

const DAY = 86_400_000;
/** No function runs longer on API Gateway, in ms. */
const LONGEST = 29_000;
/** An alarm that could not be handled comes again after this time, in ms. */
const AGAIN = 2_000;
/** More than any story takes. */
const MAX_STEPS = 5_000;

/** A world of phones, connections and functions in which nothing happens by itself. */
export function aWorld(options: WorldOptions = {}): World {
  const time = new PassingTime();
  const names = new Map<string, string>();
  let moves = 0;
  let frames = 0;
  const invoke = invoker(() => workings);

  const world: World = {
    now: () => time.now,
    shelves: shelves(),
    lines: new Map(),
    invocations: [],
    pushes: [],
    wrongs: [],
    story: [],
    phones: new Map(),
    portCalls: () => workings.portCalls,
    tell: (what) => {
      if (options.isTold)
        world.story.push(`${((time.now - START) / 1000).toFixed(1).padStart(6)} s  ${what()}`);
    },
    move: (who, what, run) => {
      const told = () => {
        world.tell(() => `${who} ${what}`);
        run();
      };
      workings.turns.push({
        id: `move ${moves++}`,
        what: () => `${who} ${what}`,
        touches: [who],
        changes: true,
        run: told,
        by: undefined,
      });
    },
    later: (delay, who, what, run) => time.in(delay, () => world.move(who, what, run)),
    connect: (id, user, listener) => {
      world.lines.set(id, { user, listener, isOpen: true, isKnown: false, isEndTold: false, finders: [] });
    },
    end: (id, isTold) => {
      const line = world.lines.get(id);
      if (!line?.isOpen) return;
      line.isOpen = false;
      world.tell(() => `${id} ends${isTold ? "" : ", and nobody is told"}`);
      if (isTold) world.move(id, "is told to have ended", () => world.disconnected(id));
    },
    disconnected: (id) => {
      const line = world.lines.get(id);
      if (line === undefined) return;
      const event = { requestContext: { connectionId: id }, isBase64Encoded: false };
      const subject = { kind: "disconnect", about: id, what: `$disconnect ${id}`, text: "" } as const;
      invoke(
        subject,
        (handlers) => handlers.disconnect(event),
        ({ hits }) => {
          line.isEndTold ||= hits.length === 0;
        },
      );
    },
    frame: (connection, text, user) => {
      const line = world.lines.get(connection);
      if (line === undefined) return;
      const authorizer = { aor: aor(user ?? line.user, "localhost"), expiresAt: String(START + DAY) };
      // No two frames are received at once, even if no time passes.
      const requestTimeEpoch = time.now + ++frames / 1000;
      const requestContext = { connectionId: connection, authorizer, requestTimeEpoch };
      const begins = text.startsWith("SIP") ? text.slice(8, 11) : text.slice(0, text.indexOf(" "));
      const subject = { kind: "frame", about: connection, what: `${begins} of ${connection}`, text } as const;
      invoke(subject, (handlers) => handlers.message({ requestContext, body: text, isBase64Encoded: false }));
    },
    tokenDied: (token) => {
      const subject = { kind: "token died", about: token, what: `death of ${token}`, text: "" } as const;
      invoke(subject, (handlers) => handlers.tokenDied(token, "unregistered"));
    },
    alarm: (fork) => {
      const what = `alarm of ${workings.nameOf(fork)}`;
      invoke(
        { kind: "alarm", about: fork, what, text: "" },
        (handlers) => handlers.alarm(fork as ForkId),
        (_, isDone) => {
          if (!isDone) time.in(AGAIN, () => world.alarm(fork), true);
        },
      );
    },
    isTwice: () => (options.twice?.size ?? 0) > 0,
    begin: () => {
      workings.hasBegun = true;
    },
    run: (choose, isForPorts = false, rest) => run(workings, choose, isForPorts, rest),
  };

  const workings: Workings = {
    world,
    options,
    time,
    turns: [],
    hasBegun: false,
    portCalls: 0,
    happened: 0,
    alarms: 0,
    // Records have long keys, people short memories.
    nameOf: (key) => {
      if (key.length < 22) return key;
      const known = names.get(key) ?? `${names.size + 1}`;
      names.set(key, known);
      return known;
    },
    die: (by) => (options.isOneProcess ? processDies(workings) : functionDies(workings, by)),
  };

  for (const user of ["alice", "bob", "carol"])
    world.shelves.subscribers.swap(aor(user, "localhost"), 0, { ha1s: {} }, Number.POSITIVE_INFINITY);
  return world;
}

/** Sets functions going: with a clock that may be off, and twice if the world says so. */
function invoker(workingsOf: () => Workings) {
  let begun = 0;
  return (
    subject: Pick<Invocation, "kind" | "about" | "what" | "text">,
    run: (handlers: Gateway) => Promise<unknown>,
    ended: (invocation: Invocation, isDone: boolean) => void = () => {},
  ): void => {
    const workings = workingsOf();
    const { world, options, time, hasBegun } = workings;
    const number = hasBegun ? begun++ : -1;
    for (let round = options.twice?.has(number) ? 2 : 1; round > 0; round--) {
      const invocation: Invocation = {
        ...subject,
        name: `#${world.invocations.length + 1} ${subject.what}`,
        startedAt: time.now,
        skew: hasBegun ? (options.skews?.[number] ?? 0) : 0,
        calls: 0,
        state: "running",
        diedAt: undefined,
        hits: [],
        lookedAt: 0,
      };
      world.invocations.push(invocation);
      const finished = (isDone: boolean) => {
        if (invocation.state === "dead") return;
        invocation.state = "done";
        ended(invocation, isDone);
      };
      run(gateway(portsOf(workings, invocation))).then(
        () => finished(true),
        () => finished(false),
      );
    }
  };
}

/** As on Lambda: nobody else notices, but for the queue, which tells its alarm again. */
function functionDies(workings: Workings, by: Invocation): void {
  const { world, time } = workings;
  bury(workings, [by]);
  world.tell(() => `${by.name} dies`);
  if (by.kind === "alarm") time.in(AGAIN, () => world.alarm(by.about), true);
}

/** As an edge of one's own: all connections end, and the process that is started then sets the alarms anew. */
function processDies(workings: Workings): void {
  const { world, time } = workings;
  bury(
    workings,
    world.invocations.filter(({ state }) => state === "running"),
  );
  world.tell(() => "the process dies");
  time.forgetAlarms();
  for (const [id, line] of world.lines) {
    if (!line.isOpen) continue;
    world.end(id, false);
    line.listener.lost(id);
  }
  for (const fork of world.shelves.forks.values() as Fork[]) {
    const at = deadlineOf(fork) ?? (fork.owed ? time.now : undefined);
    if (at !== undefined) time.in(Math.max(0, at - time.now), () => world.alarm(fork.id), true);
  }
}

function bury(workings: Workings, dying: readonly Invocation[]): void {
  for (const each of dying) {
    each.state = "dead";
    each.diedAt = workings.time.now;
  }
  workings.turns = workings.turns.filter(({ by }) => by?.state !== "dead");
}

async function run(
  workings: Workings,
  choose: Choose,
  isForPorts: boolean,
  rest: (() => void) | undefined,
): Promise<void> {
  const { world, time } = workings;
  for (let steps = 0; ; steps++) {
    if (steps > MAX_STEPS) return void world.wrongs.push("it does not end");
    await atRest();
    const open = isForPorts ? workings.turns.filter(({ by }) => by !== undefined) : workings.turns;
    if (open.length === 0) {
      if (isForPorts) return;
      rest?.();
      if (time.next === undefined || !workings.hasBegun) return;
      time.pass();
      continue;
    }
    const chosen = choose(open, mayWait(workings));
    if (chosen === "enough") return;
    if (chosen === "time passes") {
      time.pass();
      continue;
    }
    const turn = open[chosen];
    if (turn === undefined) throw new Error(`there is no turn ${chosen}`);
    workings.turns.splice(workings.turns.indexOf(turn), 1);
    turn.run();
  }
}

/** Whether time may pass: no function runs longer than it may. */
function mayWait({ world, time: { next } }: Workings): boolean {
  return (
    next !== undefined &&
    world.invocations.every(({ state, startedAt }) => state !== "running" || next - startedAt <= LONGEST)
  );
}

import type { App } from "../../functions/app/app.ts";
import { type Gateway, gateway } from "../../functions/gateway/gateway.ts";
import { keyring } from "../../functions/keyring/keyring.ts";
import type { ConnectionId, ForkId } from "../../functions/location/ids.ts";
import type { PushTarget } from "../../functions/location/location.ts";
import type { PushOutcome, Records } from "../../functions/ports.ts";
import { deadlineOf, type Fork } from "../../functions/proxy/fork.ts";
import type { PhonePush } from "../../functions/push/phone-push.ts";
import { aor } from "../../functions/sip/aor.ts";
import { DEFAULT_SETTINGS } from "../support/default-settings.ts";
import { type Fault, type Faults, isOrdinary, PortFault } from "./fault.ts";
import { type Shelves, shelves } from "./records.ts";
import { atRest, type Choose, type Task } from "./schedule.ts";

/** One run of a function: what an event, an alarm or somebody with news has set going. */
export interface Invocation {
  readonly name: string;
  readonly kind: "frame" | "disconnect" | "alarm" | "token died";
  /** What it is about: a connection, a fork, a token. */
  readonly about: string;
  /** The frame's first words: "REGISTER", "200". */
  readonly what: string;
  /** The whole of it. */
  readonly text: string;
  readonly startedAt: number;
  /** How far its clock is off, in ms. */
  readonly skew: number;
  calls: number;
  state: "running" | "done" | "dead";
  diedAt: number | undefined;
  /** The calls of ports at which a fault met it. */
  hits: string[];
  /** When it called the locations last, as a count of what has happened. */
  lookedAt: number;
}

/** Who is at the other end of a connection. */
interface Listener {
  /** What is sent there, at the moment when it is. */
  readonly sent: (text: string, connection: string, by: Invocation) => void;
  /** What has come there, some time later. */
  readonly heard: (text: string, connection: string) => void;
  /** It has ended because the process died that held it. */
  readonly lost: (connection: string) => void;
  readonly isFrozen: () => boolean;
  readonly name: string;
}

interface Line {
  readonly user: string;
  readonly listener: Listener;
  isOpen: boolean;
  /** Something was known of it when `$disconnect` looked: there is a tombstone then. */
  isKnown: boolean;
  /** Its `$disconnect` was handled, and nothing went wrong with that. */
  isEndTold: boolean;
  /** A send has found it gone, and whoever sent was not hindered. */
  finders: Invocation[];
}

/** Changes the ports of an invocation: a rule that is broken on purpose. */
export type Mutation = (app: App, invocation: Invocation, world: World) => App;

export interface WorldOptions {
  readonly faults?: Faults | undefined;
  /** How far the clocks of invocations are off, one after the other, in ms. */
  readonly skews?: readonly number[];
  /** Which invocations run twice, counted from when the race begins. */
  readonly twice?: ReadonlySet<number>;
  /** By how much each alarm is late, one after the other, in ms. */
  readonly lateness?: readonly number[];
  readonly mutation?: Mutation | undefined;
  readonly isTold?: boolean;
  /** The whole process dies with a function, and takes all connections with it: our own edge, not Lambda. */
  readonly isOneProcess?: boolean;
}

/** A push that went out. */
interface Sent {
  readonly target: PushTarget;
  readonly push: PhonePush;
  readonly at: number;
  readonly outcome: PushOutcome["outcome"];
  /** When whoever asked for it had looked at the locations last. */
  readonly lookedAt: number;
}

interface Timer {
  readonly at: number;
  readonly what: () => string;
  readonly run: () => void;
  readonly isAlarm: boolean;
}

export interface World {
  readonly now: () => number;
  readonly shelves: Shelves;
  readonly lines: Map<string, Line>;
  readonly invocations: Invocation[];
  readonly pushes: Sent[];
  /** What must not be, as it was noticed. */
  readonly wrongs: string[];
  /** What happened, for people; only if `isTold`. */
  readonly story: string[];
  /** How many calls of ports there were since the race began. */
  readonly portCalls: () => number;
  /** Something that a phone, or the world, may do when its turn comes. */
  move(who: string, what: string, run: () => void): void;
  later(delay: number, who: string, what: string, run: () => void): void;
  connect(id: string, user: string, listener: Listener): void;
  /** The connection ends; whether, and when, `$disconnect` comes is another matter. */
  end(id: string, isTold: boolean): void;
  /** `$disconnect` comes. */
  disconnected(id: string): void;
  /** A frame comes, from whom is proved to be that user, or the connection's. */
  frame(connection: string, text: string, user?: string): void;
  tokenDied(token: string): void;
  alarm(fork: string): void;
  /** Whom a push goes to. */
  readonly phones: Map<string, (push: PhonePush) => void>;
  /** Whether any invocation ran twice. */
  isTwice(): boolean;
  /** Faults, doubles and clocks that are off begin now. */
  begin(): void;
  /** Until nothing is left to do; time passes if it may. Calls `rest` whenever only time can go on. */
  run(choose: Choose, isForPorts?: boolean, rest?: () => void): Promise<void>;
  tell(what: () => string): void;
}

export const START = Date.UTC(2026, 10, 23, 9);
const DAY = 86_400_000;
/** No function runs longer on API Gateway, in ms. */
const LONGEST = 29_000;
/** An alarm that could not be handled comes again after this time, in ms. */
const AGAIN = 2_000;
const KEYS = keyring([{ id: "1", key: new Uint8Array(32) }]);
const SETTINGS: App["settings"] = {
  ...DEFAULT_SETTINGS,
  wakes: {
    ...DEFAULT_SETTINGS.wakes,
    perPair: { ...DEFAULT_SETTINGS.wakes.perPair, pushes: Number.POSITIVE_INFINITY },
    perCaller: { ...DEFAULT_SETTINGS.wakes.perCaller, pushes: Number.POSITIVE_INFINITY },
  },
};
export const TIMERS = SETTINGS.timers;

/** A world of phones, connections and functions in which nothing happens by itself. */
export function aWorld(options: WorldOptions = {}): World {
  const { faults, skews = [], twice, lateness = [], mutation } = options;
  let now = START;
  let tasks: (Task & { readonly by?: Invocation; readonly isMove: boolean })[] = [];
  let timers: Timer[] = [];
  let hasBegun = false;
  let portCalls = 0;
  let happened = 0;
  let begun = 0;
  let moves = 0;
  let alarms = 0;
  let frames = 0;
  const records = shelves();
  for (const user of ["alice", "bob", "carol"])
    records.subscribers.swap(aor(user, "localhost"), 0, { ha1s: {} }, Number.POSITIVE_INFINITY);

  const tell = (what: () => string) => {
    if (options.isTold) world.story.push(`${((now - START) / 1000).toFixed(1).padStart(6)} s  ${what()}`);
  };

  const die = (invocation: Invocation) => {
    const dying = options.isOneProcess
      ? world.invocations.filter(({ state }) => state === "running")
      : [invocation];
    for (const each of dying) {
      each.state = "dead";
      each.diedAt = now;
    }
    tell(() => (options.isOneProcess ? "the process dies" : `${invocation.name} dies`));
    tasks = tasks.filter(({ by }) => by?.state !== "dead");
    if (!options.isOneProcess) {
      if (invocation.kind === "alarm")
        timer(
          AGAIN,
          true,
          () => "",
          () => world.alarm(invocation.about),
        );
      return;
    }
    timers = timers.filter(({ isAlarm }) => !isAlarm);
    for (const [id, line] of world.lines) {
      if (!line.isOpen) continue;
      world.end(id, false);
      line.listener.lost(id);
    }
    for (const fork of records.forks.values() as Fork[]) {
      const at = deadlineOf(fork) ?? (fork.owed ? now : undefined);
      if (at !== undefined)
        timer(
          Math.max(0, at - now),
          true,
          () => "",
          () => world.alarm(fork.id),
        );
    }
  };

  const timer = (delay: number, isAlarm: boolean, what: () => string, run: () => void) => {
    timers.push({ at: now + delay, isAlarm, what, run });
  };

  /** One call of a port: it happens when it is chosen. */
  const call = <Answer>(
    by: Invocation,
    what: string,
    kind: string,
    key: string,
    changes: boolean,
    effect: (fault: Fault | undefined) => Answer,
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      if (by.state === "dead") return;
      const number = by.calls++;
      const place = kind === "" ? nameOf(key) : `${kind} ${nameOf(key)}`;
      const run = () => {
        const fault = hasBegun ? faults?.({ number: portCalls, by: by.what, what, place }) : undefined;
        if (hasBegun) portCalls++;
        happened++;
        if (kind === "locations") by.lookedAt = happened;
        if (fault !== undefined && !isOrdinary(fault)) by.hits.push(what);
        if (fault === "dies before") {
          tell(() => `${by.name} is about to ${what} ${place}`);
          return die(by);
        }
        if (fault === "refused") {
          tell(() => `${by.name}: ${what} ${place} → refused`);
          return reject(new PortFault("a fault of the world"));
        }
        const answer = effect(fault);
        tell(() => `${by.name}: ${what} ${place}${toldOf(answer)}`);
        if (fault === "dies after") return die(by);
        if (fault === "unanswered") return reject(new PortFault("a fault of the world"));
        resolve(answer);
      };
      const id = `${by.name}.${number}`;
      tasks.push({
        id,
        what: () => `${by.name}: ${what} ${place}`,
        touches: [`${kind} ${key}`],
        changes,
        run,
        by,
        isMove: false,
      });
    });

  const store = (by: Invocation, kind: keyof Records) => {
    const shelf = records[kind];
    return {
      read: (key: string) =>
        call(by, "reads", kind, key, false, () => {
          const found = shelf.read(key);
          const line = kind === "connections" && by.kind === "disconnect" ? world.lines.get(key) : undefined;
          if (line !== undefined) line.isKnown ||= found.value !== undefined;
          return found;
        }),
      swap: (key: string, ...rest: [number, unknown, number, number?]) =>
        call(by, "swaps", kind, key, true, () => shelf.swap(key, ...rest)),
      due: async (at: number, limit: number) => shelf.due(at, limit),
    };
  };

  const names = new Map<string, string>();
  /** Records have long keys, people short memories. */
  const nameOf = (key: string): string => {
    if (key.length < 22) return key;
    const known = names.get(key) ?? `${names.size + 1}`;
    names.set(key, known);
    return known;
  };

  const send = (by: Invocation, to: string, text: string, fault: Fault | undefined): "sent" | "gone" => {
    const line = world.lines.get(to);
    if (line?.isOpen && (fault === "gone" || fault === "gone untold")) world.end(to, fault === "gone");
    if (line === undefined || !line.isOpen) {
      line?.finders.push(by);
      return "gone";
    }
    line.listener.sent(text, to, by);
    if (!line.listener.isFrozen())
      world.move(line.listener.name, `hears ${text.slice(0, text.indexOf("\r\n"))} over ${to}`, () => {
        if (line.isOpen && !line.listener.isFrozen()) line.listener.heard(text, to);
      });
    return "sent";
  };

  const push = (
    by: Invocation,
    target: PushTarget,
    what: PhonePush,
    fault: Fault | undefined,
  ): PushOutcome => {
    const outcome: PushOutcome =
      fault === "push failed"
        ? { outcome: "failed", reason: "no" }
        : fault === "token dead" || target.prid.includes("dead")
          ? { outcome: "dead", reason: "unregistered" }
          : { outcome: "accepted", id: "1" };
    world.pushes.push({ target, push: what, at: now, outcome: outcome.outcome, lookedAt: by.lookedAt });
    if (outcome.outcome === "accepted") world.phones.get(target.prid)?.(what);
    return outcome;
  };

  const appOf = (by: Invocation): App => {
    const app = {
      locations: store(by, "locations"),
      forks: store(by, "forks"),
      connections: store(by, "connections"),
      subscribers: store(by, "subscribers"),
      calls: store(by, "calls"),
      mailboxes: store(by, "mailboxes"),
      messages: store(by, "messages"),
      tokens: store(by, "tokens"),
      budgets: store(by, "budgets"),
      edge: {
        send: (to: ConnectionId, text: string) =>
          call(by, `sends ${text.slice(0, text.indexOf("\r\n"))} to`, "", to, true, (fault) =>
            send(by, to, text, fault),
          ),
        close: (to: ConnectionId) =>
          call(by, "closes", "", to, true, () => {
            const wasOpen = world.lines.get(to)?.isOpen === true;
            if (wasOpen) world.end(to, true);
            return wasOpen ? "closed" : "gone";
          }),
      },
      push: {
        send: (target: PushTarget, what: PhonePush) =>
          call(by, `pushes (${what.kind}) to`, "", target.prid, true, (fault) =>
            push(by, target, what, fault),
          ),
      },
      alarms: {
        set: (fork: ForkId, at: number) =>
          call(
            by,
            `sets an alarm in ${((at - now - by.skew) / 1000).toFixed(1)} s for`,
            "alarm",
            fork,
            false,
            () => {
              const late = hasBegun ? (lateness[alarms++] ?? 0) : 0;
              timer(
                Math.max(0, at - now - by.skew) + late,
                true,
                () => "",
                () => world.alarm(fork),
              );
            },
          ),
      },
      clock: () => now + by.skew,
      log: {
        debug: () => {},
        info: () => {},
        warn: () => {},
        error: (_: string, fields?: { readonly error?: unknown }) => {
          const text = String(fields?.error);
          if (!text.includes("a fault of the world")) world.wrongs.push(`an error: ${text}`);
        },
      },
      meter: { count: () => {}, time: () => {} },
      keyring: KEYS,
      settings: SETTINGS,
    } as unknown as App;
    return mutation === undefined ? app : mutation(app, by, world);
  };

  const invoke = (
    kind: Invocation["kind"],
    about: string,
    what: string,
    run: (handlers: Gateway) => Promise<unknown>,
    text = "",
    ended: (invocation: Invocation, isDone: boolean) => void = () => {},
  ) => {
    const number = hasBegun ? begun++ : -1;
    for (let round = twice?.has(number) ? 2 : 1; round > 0; round--) {
      const invocation: Invocation = {
        name: `#${world.invocations.length + 1} ${what}`,
        kind,
        about,
        what,
        text,
        startedAt: now,
        skew: hasBegun ? (skews[number] ?? 0) : 0,
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
      run(gateway(appOf(invocation))).then(
        () => finished(true),
        () => finished(false),
      );
    }
  };

  const mayWait = (): boolean => {
    if (timers.length === 0) return false;
    const next = timers.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
    return world.invocations.every(
      ({ state, startedAt }) => state !== "running" || next - startedAt <= LONGEST,
    );
  };

  const pass = () => {
    now = timers.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
    const due = timers.filter(({ at }) => at <= now);
    timers = timers.filter(({ at }) => at > now);
    for (const each of due) each.run();
  };

  const world: World = {
    now: () => now,
    shelves: records,
    lines: new Map(),
    invocations: [],
    pushes: [],
    wrongs: [],
    story: [],
    phones: new Map(),
    portCalls: () => portCalls,
    tell,
    move: (who, what, run) => {
      const id = `move ${moves++}`;
      const told = () => {
        tell(() => `${who} ${what}`);
        run();
      };
      tasks.push({
        id,
        what: () => `${who} ${what}`,
        touches: [who],
        changes: true,
        run: told,
        isMove: true,
      });
    },
    later: (delay, who, what, run) =>
      timer(
        delay,
        false,
        () => what,
        () => world.move(who, what, run),
      ),
    connect: (id, user, listener) => {
      world.lines.set(id, { user, listener, isOpen: true, isKnown: false, isEndTold: false, finders: [] });
    },
    end: (id, isTold) => {
      const line = world.lines.get(id);
      if (!line?.isOpen) return;
      line.isOpen = false;
      tell(() => `${id} ends${isTold ? "" : ", and nobody is told"}`);
      if (isTold) world.move(id, "is told to have ended", () => world.disconnected(id));
    },
    disconnected: (id) => {
      const line = world.lines.get(id);
      if (line === undefined) return;
      const event = { requestContext: { connectionId: id }, isBase64Encoded: false };
      invoke(
        "disconnect",
        id,
        `$disconnect ${id}`,
        (handlers) => handlers.disconnect(event),
        "",
        ({ hits }) => {
          line.isEndTold ||= hits.length === 0;
        },
      );
    },
    frame: (connection, text, user) => {
      const line = world.lines.get(connection);
      if (line === undefined) return;
      const authorizer = { aor: aor(user ?? line.user, "localhost"), expiresAt: String(START + DAY) };
      const event = {
        // Nothing is received at once, even if no time passes.
        requestContext: { connectionId: connection, authorizer, requestTimeEpoch: now + ++frames / 1000 },
        body: text,
        isBase64Encoded: false,
      };
      const what = text.startsWith("SIP") ? text.slice(8, 11) : text.slice(0, text.indexOf(" "));
      invoke("frame", connection, `${what} of ${connection}`, (handlers) => handlers.message(event), text);
    },
    tokenDied: (token) =>
      invoke("token died", token, `death of ${token}`, (handlers) =>
        handlers.tokenDied(token, "unregistered"),
      ),
    alarm: (fork) =>
      invoke(
        "alarm",
        fork,
        `alarm of ${nameOf(fork)}`,
        (handlers) => handlers.alarm(fork as ForkId),
        "",
        (_, isDone) => {
          if (!isDone)
            timer(
              AGAIN,
              true,
              () => "",
              () => world.alarm(fork),
            );
        },
      ),
    isTwice: () => (twice?.size ?? 0) > 0,
    begin: () => {
      hasBegun = true;
    },
    run: async (choose, isForPorts = false, rest) => {
      for (let steps = 0; ; steps++) {
        if (steps > MAX_STEPS) return void world.wrongs.push("it does not end");
        await atRest();
        const open = isForPorts ? tasks.filter(({ isMove }) => !isMove) : tasks;
        if (open.length === 0) {
          if (isForPorts) return;
          rest?.();
          if (timers.length === 0 || !hasBegun) return;
          pass();
          continue;
        }
        const chosen = choose(open, mayWait());
        if (chosen === "enough") return;
        if (chosen === "time passes") {
          pass();
          continue;
        }
        const task = open[chosen];
        if (task === undefined) throw new Error(`there is no task ${chosen}`);
        tasks.splice(tasks.indexOf(task), 1);
        task.run();
      }
    },
  };
  return world;
}

/** More than any story takes. */
const MAX_STEPS = 5_000;

function toldOf(answer: unknown): string {
  if (typeof answer === "string") return ` → ${answer}`;
  if (typeof answer === "object" && answer !== null && "outcome" in answer)
    return ` → ${String(answer.outcome)}`;
  return "";
}

import type { App } from "../../functions/app/app.ts";
import type { PushTarget } from "../../functions/location/location.ts";
import type { PushOutcome } from "../../functions/ports.ts";
import type { PhonePush } from "../../functions/push/phone-push.ts";
import type { Faults } from "./fault.ts";
import type { Invocation } from "./invocation.ts";
import type { Shelves } from "./records.ts";
import type { Choose } from "./schedule.ts";

/** When every story begins, in ms since 1970. */
export const START = Date.UTC(2026, 10, 23, 9);

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

/** Phones, connections and functions among which nothing happens by itself. */
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

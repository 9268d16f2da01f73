import type { Dispatcher } from "undici";
import type { DeadToken } from "../../functions/aws/sns-feedback.ts";
import type { Alarms, Log } from "../../functions/ports.ts";
import { deadlineOf } from "../../functions/proxy/fork.ts";
import { octetsOf } from "../../functions/sip/octets.ts";
import type { OwnEdge } from "../edge/own-edge.ts";
import type { Count } from "../watch/metrics.ts";
import { type OpsServer, openOpsServer } from "../watch/ops-server.ts";
import { openBacking } from "./backing.ts";
import { type Between, NOTHING_BETWEEN } from "./between.ts";
import { startChores } from "./chores.ts";
import type { LocalConfig } from "./config.ts";
import { frontOf } from "./front.ts";
import { readGiven } from "./given.ts";
import type { Ports } from "./listen.ts";
import { type Doors, openDoors } from "./open-doors.ts";
import type { Stores } from "./records/stores.ts";
import type { SnsDouble } from "./sns/sns-double.ts";
import { storiesOf } from "./stories.ts";

/** The whole of sipwake in this process: edge, functions, records, and push services, or a double of SNS in a demo. */
export interface LocalStack {
  /** Of HTTP and WebSocket. */
  readonly port: number;
  /** All of them. */
  readonly ports: Ports;
  readonly users: number;
  /** The push services that phones may name. */
  readonly providers: readonly string[];
  /** What stands for them, if none is configured. */
  readonly sns: SnsDouble | undefined;
  readonly edge: OwnEdge;
  /** Where `/metrics` is served; undefined if it is not. */
  readonly opsPort: number | undefined;
  /** What was counted since the start. */
  counts(): Promise<readonly Count[]>;
  /** Says from now on that no more clients should come; those who come are served. */
  drain(): void;
  /** Looks now at what is due, which else happens every few seconds. */
  look(): Promise<void>;
  /** Ends every connection, and answers when what that entails has been written. */
  close(): Promise<void>;
}

/**
 * `page` is the folder of the built page, undefined for none; `dispatcher` connects to browsers' push services; `between` is for tests alone. Rejects with `ConfigError`, or with
 * what the system says (a port in use, a directory that cannot be written).
 */
export async function startLocalStack(
  config: LocalConfig,
  page: URL | undefined,
  log: Log,
  clock: () => number = Date.now,
  dispatcher?: Dispatcher,
  between: Between = NOTHING_BETWEEN,
): Promise<LocalStack> {
  const given = { config, page, log, clock, dispatcher, between };
  const read = readGiven(given);
  const died = ({ token, reason }: DeadToken) => handlers.tokenDied(octetsOf(token), octetsOf(reason));
  const backing = await openBacking(given, died);
  const { stores, services } = backing;
  const front = frontOf(given, read, backing);
  const { edge, fleet, meter, ready, ops } = front;
  const stories = storiesOf(given, read, backing, front);
  const { handlers, alarms } = stories;
  const chores = startChores(given, stores, handlers);
  let opsServer: OpsServer | undefined;
  let doors: Doors | undefined;
  const close = async () => {
    ready.drain();
    await chores.stop();
    await doors?.close();
    await edge.stop();
    await alarms.close();
    await fleet?.leave();
    await backing.close();
    await opsServer?.close();
  };
  try {
    await resumeAlarms(stores, alarms, clock());
    await fleet?.join(alarms);
    if (config.ops !== undefined) opsServer = await openOpsServer(ops, config.ops.host, config.ops.port);
    doors = await openDoors(given, read, stores, edge, stories);
  } catch (error) {
    await close();
    throw error;
  }
  const { ports } = doors;
  return {
    port: ports.WS,
    ports,
    users: read.users.size,
    providers: services.providers,
    sns: services.double,
    edge,
    opsPort: opsServer?.port,
    counts: meter.counts,
    drain: ready.drain,
    look: () => handlers.look(),
    close,
  };
}

/** Timers died with the process that set them; the forks did not. */
async function resumeAlarms(stores: Stores, alarms: Alarms, now: number): Promise<void> {
  for await (const fork of stores.keptForks()) {
    const deadline = deadlineOf(fork) ?? (fork.owed ? now : undefined);
    if (deadline !== undefined) await alarms.set(fork.id, deadline);
  }
}

import type { Dispatcher } from "undici";
import type { Administration } from "../../functions/app/administration.ts";
import type { App } from "../../functions/app/app.ts";
import { giveUp } from "../../functions/app/give-up.ts";
import type { DeadToken } from "../../functions/aws/sns-feedback.ts";
import { settingsOf } from "../../functions/config/settings.ts";
import { logFault } from "../../functions/fault.ts";
import { admissionOptions } from "../../functions/gateway/admission.ts";
import { type Gateway, gateway } from "../../functions/gateway/gateway.ts";
import { keyring } from "../../functions/keyring/keyring.ts";
import { selfTest } from "../../functions/keyring/self-test.ts";
import type { Alarms, Log } from "../../functions/ports.ts";
import { deadlineOf } from "../../functions/proxy/fork.ts";
import { octetsOf } from "../../functions/sip/octets.ts";
import { tokenBearers } from "../../functions/tokens/token-bearers.ts";
import { OwnEdge } from "../edge/own-edge.ts";
import { type Fleet, fleet as fleetOf } from "../fleet/fleet.ts";
import { type Count, metrics } from "../watch/metrics.ts";
import { opsHttp } from "../watch/ops-http.ts";
import { type OpsServer, openOpsServer } from "../watch/ops-server.ts";
import { readiness } from "../watch/readiness.ts";
import { watchedEdge, watchedRecords } from "../watch/watched.ts";
import { administratorHttp } from "./admin/administrator-http.ts";
import { type Door, openDoor } from "./admin/door.ts";
import { recordsAdministrator } from "./admin/records-administrator.ts";
import { bareHttp } from "./bare-http.ts";
import type { LocalConfig } from "./config.ts";
import { every } from "./every.ts";
import { localHttp } from "./http.ts";
import { listen, type Places, type Ports } from "./listen.ts";
import { pageAssets } from "./page-assets.ts";
import { openPushServices } from "./push-services.ts";
import { openStores } from "./records/open-stores.ts";
import { recordsOf, type Stores } from "./records/stores.ts";
import { secretsOf } from "./secret.ts";
import type { SnsDouble } from "./sns/sns-double.ts";
import { timerAlarms } from "./timer-alarms.ts";
import { readTrunks } from "./trunks-file.ts";
import { declaredUsers, declaringVariables, fileUsers, withDeclared } from "./users.ts";

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

/** What a test puts between the stories and their world, to have something go wrong there. */
export interface Between {
  /** Other ports and times in the place of those that the stories would have. */
  ports(app: App, stores: Stores): App;
  /** Whatever the edge and alarms call in the place of the stories. */
  handlers(stories: Gateway): Gateway;
}

const NOTHING_BETWEEN: Between = { ports: (app) => app, handlers: (stories) => stories };

/** How often records are swept, in ms. */
const SWEEPING = 1_000;

/** How often what is due is looked for, in ms. */
const LOOKING = 5_000;

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
  const ring = keyring(secretsOf(config));
  selfTest(ring);
  const inFile = fileUsers(config);
  const declared = declaredUsers([...config.users, ...inFile], config.domains[0]);
  const { trunks, certified } = readTrunks(config);
  const assets = page && pageAssets(page);
  const died = ({ token, reason }: DeadToken) => handlers.tokenDied(octetsOf(token), octetsOf(reason));
  const services = await openPushServices(config, clock, log, died, dispatcher);
  const sns = services.double;
  const stores = await openStores(config, log).catch(async (error) => {
    await services.close();
    throw error;
  });
  const { providers: pushProviders, vapidKey } = services;
  const register = { ...config.register, pushProviders, vapidKey };
  let fleet: Fleet | undefined;
  const meter = metrics(() => edge.connections);
  const ready = readiness(
    stores.subscribers,
    () => config.fleet === undefined || fleet?.name() !== undefined,
  );
  const ops = { metrics: meter, unreadiness: ready.unreadiness };
  const edge = new OwnEdge({
    http: assets ? localHttp(assets, sns?.inbox, opsHttp(ops, false)) : bareHttp(opsHttp(ops, false)),
    limits: config.limits,
    trusts: config.listeners.trusts,
    certified,
    edgeName: config.fleet && (() => fleet?.name()),
  });
  const places: Places = {};
  if (config.fleet && stores.fleet)
    fleet = fleetOf(config.fleet, { own: edge, records: stores.fleet, ring, clock, log });
  const alarms = timerAlarms((fork) => handlers.alarm(fork), clock, log);
  const ours: App = {
    ...watchedRecords(
      { ...recordsOf(stores), subscribers: withDeclared(declared, stores.subscribers) },
      meter,
    ),
    edge: watchedEdge(fleet?.edge ?? edge, meter),
    push: services.push,
    bearers: config.tokens && tokenBearers(config.tokens, config.domains, clock, log),
    alarms,
    clock,
    log,
    meter,
    keyring: ring,
    settings: { ...settingsOf({ ...config, register }), places, trunks },
  };
  const app = between.ports(ours, stores);
  const stories = gateway(app, admissionOptions(config.origins, config.tokens?.cookie));
  const handlers: Gateway = between.handlers(stories);
  const sweeping = setInterval(
    () => void stores.sweep(clock()).catch((error: unknown) => logFault(log, "sweep", error)),
    SWEEPING,
  );
  const looks = every(LOOKING, () => handlers.look());
  let door: Door | undefined;
  let opsServer: OpsServer | undefined;
  let listening: Awaited<ReturnType<typeof listen>> | undefined;
  const close = async () => {
    ready.drain();
    clearInterval(sweeping);
    await looks.stop();
    await door?.close();
    await listening?.stop();
    await edge.stop();
    await alarms.close();
    await fleet?.leave();
    await services.close();
    await stores.close();
    await opsServer?.close();
  };
  try {
    await resumeAlarms(stores, alarms, clock());
    await fleet?.join(alarms);
    if (config.ops !== undefined) opsServer = await openOpsServer(ops, config.ops.host, config.ops.port);
    listening = await listen(edge, handlers, config, places, log);
    const { ports } = listening;
    const administrator = recordsAdministrator(
      administrationOf(app, stores, declaringVariables(config, inFile)),
      "stack",
    );
    door = await openDoor(config.dataDir, administratorHttp(administrator, log), log);
    return {
      port: ports.WS,
      ports,
      users: declared.size,
      providers: services.providers,
      sns,
      edge,
      opsPort: opsServer?.port,
      counts: meter.counts,
      drain: ready.drain,
      look: () => handlers.look(),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function administrationOf(
  app: App,
  { users, keptCalls, keptForks }: Stores,
  declared: Administration["declared"],
): Administration {
  return { ...app, users, keptCalls, keptForks, declared, giveUp: (fork, key) => giveUp(app, fork, key) };
}

/** Timers died with the process that set them; the forks did not. */
async function resumeAlarms(stores: Stores, alarms: Alarms, now: number): Promise<void> {
  for await (const fork of stores.keptForks()) {
    const deadline = deadlineOf(fork) ?? (fork.owed ? now : undefined);
    if (deadline !== undefined) await alarms.set(fork.id, deadline);
  }
}

import type { Dispatcher } from "undici";
import type { Administration } from "../../functions/app/administration.ts";
import type { App } from "../../functions/app/app.ts";
import { giveUp } from "../../functions/app/give-up.ts";
import type { DeadToken } from "../../functions/aws/sns-feedback.ts";
import { settingsOf } from "../../functions/config/settings.ts";
import { admissionOptions } from "../../functions/gateway/admission.ts";
import { type Gateway, gateway } from "../../functions/gateway/gateway.ts";
import { keyring } from "../../functions/keyring/keyring.ts";
import { selfTest } from "../../functions/keyring/self-test.ts";
import type { Alarms, Log } from "../../functions/ports.ts";
import { deadlineOf } from "../../functions/proxy/fork.ts";
import { octetsOf } from "../../functions/sip/octets.ts";
import { tokenBearers } from "../../functions/tokens/token-bearers.ts";
import { WebSocketEdge } from "../edge/websocket-edge.ts";
import { type Fleet, fleet as fleetOf } from "../fleet/fleet.ts";
import { administratorHttp } from "./admin/administrator-http.ts";
import { type Door, openDoor } from "./admin/door.ts";
import { recordsAdministrator } from "./admin/records-administrator.ts";
import type { LocalConfig } from "./config.ts";
import { every } from "./every.ts";
import { localHttp } from "./http.ts";
import { pageAssets } from "./page-assets.ts";
import { openPushServices } from "./push-services.ts";
import { openStores } from "./records/open-stores.ts";
import { recordsOf, type Stores } from "./records/stores.ts";
import { secretsOf } from "./secret.ts";
import type { SnsDouble } from "./sns/sns-double.ts";
import { type Count, tally } from "./tally.ts";
import { timerAlarms } from "./timer-alarms.ts";
import { declaredUsers, declaringVariables, fileUsers, withDeclared } from "./users.ts";

/** The whole of sipwake in this process: edge, functions, records, and push services or a double of SNS. */
export interface LocalStack {
  readonly port: number;
  readonly users: number;
  /** The push services that phones may name. */
  readonly providers: readonly string[];
  /** What stands for them, if none is configured. */
  readonly sns: SnsDouble | undefined;
  readonly edge: WebSocketEdge;
  /** What was counted since the start. */
  counts(): readonly Count[];
  /** Looks now at what is due, which else happens every few seconds. */
  look(): Promise<void>;
  /** Ends every connection, and answers when what that entails has been written. */
  close(): Promise<void>;
}

/** How often records are swept, in ms. */
const SWEEPING = 1_000;

/** How often what is due is looked for, in ms. */
const LOOKING = 5_000;

/**
 * `page` is the folder of the built page, `dispatcher` connects to browsers' push services. Rejects with `ConfigError`, or with
 * what the system says (a port in use, a directory that cannot be written).
 */
export async function startLocalStack(
  config: LocalConfig,
  page: URL,
  log: Log,
  clock: () => number = Date.now,
  dispatcher?: Dispatcher,
): Promise<LocalStack> {
  const ring = keyring(secretsOf(config));
  selfTest(ring);
  const inFile = fileUsers(config);
  const declared = declaredUsers([...config.users, ...inFile], config.domains[0]);
  const assets = pageAssets(page);
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
  const edge = new WebSocketEdge({
    http: localHttp(assets, sns?.inbox),
    limits: config.limits,
    edgeName: config.fleet && (() => fleet?.name()),
  });
  if (config.fleet && stores.fleet)
    fleet = fleetOf(config.fleet, { own: edge, records: stores.fleet, ring, clock, log });
  const alarms = timerAlarms((fork) => handlers.alarm(fork), clock, log);
  const meter = tally();
  const app: App = {
    ...recordsOf(stores),
    subscribers: withDeclared(declared, stores.subscribers),
    edge: fleet?.edge ?? edge,
    push: services.push,
    bearers: config.tokens && tokenBearers(config.tokens, config.domains, clock, log),
    alarms,
    clock,
    log,
    meter,
    keyring: ring,
    settings: settingsOf({ ...config, register }),
  };
  const handlers: Gateway = gateway(app, admissionOptions(config.origins, config.tokens?.cookie));
  const sweeping = setInterval(() => void stores.sweep(clock()).catch(fault(log, "sweep")), SWEEPING);
  const looks = every(LOOKING, () => handlers.look());
  let door: Door | undefined;
  const close = async () => {
    clearInterval(sweeping);
    await looks.stop();
    await door?.close();
    await edge.stop();
    await alarms.close();
    await fleet?.leave();
    await services.close();
    await stores.close();
  };
  try {
    await resumeAlarms(stores, alarms, clock());
    await fleet?.join(alarms);
    const port = await edge.listen(handlers, config.host, config.port);
    const administrator = recordsAdministrator(
      administrationOf(app, stores, declaringVariables(config, inFile)),
      "stack",
    );
    door = await openDoor(config.dataDir, administratorHttp(administrator, log), log);
    return {
      port,
      users: declared.size,
      providers: services.providers,
      sns,
      edge,
      counts: meter.counts,
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

function fault(log: Log, what: string): (error: unknown) => void {
  return (error) => log.error("fault", { what, error: error instanceof Error ? error.stack : String(error) });
}

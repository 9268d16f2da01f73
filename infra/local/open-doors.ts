import type { Administration } from "../../functions/app/administration.ts";
import type { App } from "../../functions/app/app.ts";
import { giveUp } from "../../functions/app/give-up.ts";
import type { OwnEdge } from "../edge/own-edge.ts";
import { administratorHttp } from "./admin/administrator-http.ts";
import { openDoor } from "./admin/door.ts";
import { recordsAdministrator } from "./admin/records-administrator.ts";
import type { Given, Read } from "./given.ts";
import { listen, type Ports } from "./listen.ts";
import type { Stores } from "./records/stores.ts";
import type { Stories } from "./stories.ts";

/** Clients may come, and the administrator. */
export interface Doors {
  readonly ports: Ports;
  /** No administrator comes any more. Clients are sent away by the edge. */
  close(): Promise<void>;
}

/** Rejects with `ConfigError`, or if a port is taken. */
export async function openDoors(
  { config, log }: Given,
  { declaring }: Read,
  stores: Stores,
  edge: OwnEdge,
  { app, handlers, places }: Stories,
): Promise<Doors> {
  const listening = await listen(edge, handlers, config, places, log);
  const administrator = recordsAdministrator(administrationOf(app, stores, declaring), "stack");
  const door = await openDoor(config.dataDir, administratorHttp(administrator, log), log);
  const close = async () => {
    await door?.close();
    await listening.stop();
  };
  return { ports: listening.ports, close };
}

function administrationOf(
  app: App,
  { users, keptCalls, keptForks }: Stores,
  declared: Administration["declared"],
): Administration {
  return { ...app, users, keptCalls, keptForks, declared, giveUp: (fork, key) => giveUp(app, fork, key) };
}

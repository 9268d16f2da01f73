import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { settingsOf } from "../../../functions/config/settings.ts";
import type { Log } from "../../../functions/ports.ts";
import type { LocalConfig } from "../config.ts";
import { memoryStores } from "../records/memory-stores.ts";
import { lmdbFolder, openStores } from "../records/open-stores.ts";
import { RecordsInUse } from "../records/records-in-use.ts";
import type { Stores } from "../records/stores.ts";
import { declaringVariables, fileUsers } from "../users.ts";
import { type Administrator, BadRequest } from "./administrator.ts";
import { isAnswered } from "./door.ts";
import { doorClient } from "./door-client.ts";
import { doorPlace } from "./door-place.ts";
import { recordsAdministrator } from "./records-administrator.ts";
import { unattended } from "./unattended.ts";

export interface ReachOptions {
  /** Whether records may be made where there are none yet. If not, there is nobody and nothing in them. */
  readonly mayMake: boolean;
  /** Is told what a person should know, in one line. */
  readonly note: (text: string) => void;
  readonly log: Log;
}

/**
 * An administrator for what this configuration describes: through the door of the stack that runs on it, or on its records
 * if none does. Rejects with `BadRequest` if neither can be had.
 */
export async function reach(
  config: LocalConfig,
  { mayMake, note, log }: ReachOptions,
): Promise<Administrator> {
  const place = doorPlace(config.dataDir);
  if ("path" in place && (await hasStack(place.path))) return doorClient(place.path);
  const unanswered = "path" in place ? `no stack answers at ${place.path}` : place.problem;
  if (config.records === "memory") {
    throw new BadRequest(`with RECORDS=memory the users are in the stack's memory, and ${unanswered}`);
  }
  const declared = declaringVariables(config, fileUsers(config));
  const stores = await storesOf(config, { mayMake, note, log }, unanswered);
  const administration = unattended(stores, settingsOf(config), declared, log);
  return { ...recordsAdministrator(administration, "records"), close: () => stores.close() };
}

async function hasStack(path: string): Promise<boolean> {
  try {
    return await isAnswered(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EACCES" && code !== "EPERM") throw error;
    throw new BadRequest(`${path} is somebody else's; be the user who runs the stack`);
  }
}

async function storesOf(
  config: LocalConfig,
  { mayMake, note, log }: ReachOptions,
  unanswered: string,
): Promise<Stores> {
  const isMissing = config.records === "lmdb" && !existsSync(lmdbFolder(config));
  if (isMissing && !mayMake) {
    note(`there are no records in ${resolve(lmdbFolder(config))} yet`);
    return memoryStores();
  }
  try {
    return await openStores(config, log);
  } catch (error) {
    if (!(error instanceof RecordsInUse)) throw error;
    throw new BadRequest(
      `process ${error.pid} has the records of ${resolve(config.dataDir)}, and ${unanswered}`,
    );
  }
}

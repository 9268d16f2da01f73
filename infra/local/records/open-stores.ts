import { join } from "node:path";
import type { Log } from "../../../functions/ports.ts";
import type { LocalConfig } from "../config.ts";
import { memoryStores } from "./memory-stores.ts";
import type { Stores } from "./stores.ts";

/** The folder of the data directory that LMDB records are in. */
export function lmdbFolder({ dataDir }: LocalConfig): string {
  return join(dataDir, "records");
}

/**
 * The records, wherever they are configured to be; what is not there yet is made. LMDB and the SDK are loaded when they are
 * needed: they are most of the time that a command of the administrator's takes.
 */
export async function openStores(config: LocalConfig, log: Log): Promise<Stores> {
  switch (config.records) {
    case "memory":
      return memoryStores();
    case "lmdb": {
      const { lmdbStores } = await import("./lmdb-stores.ts");
      return lmdbStores(lmdbFolder(config), { log });
    }
    case "dynamodb": {
      const { dynamoDbStores } = await import("./dynamodb-stores.ts");
      return dynamoDbStores(config.table ?? "", {
        isDouble: config.isDouble,
        isFleet: config.fleet !== undefined,
      });
    }
  }
}

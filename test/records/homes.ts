import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { jsonLog } from "../../functions/log.ts";
import { dynamoDbStores } from "../../infra/local/records/dynamodb-stores.ts";
import { lmdbStores } from "../../infra/local/records/lmdb-stores.ts";
import { memoryStores } from "../../infra/local/records/memory-stores.ts";
import type { Stores } from "../../infra/local/records/stores.ts";
import { startDynamoDbDouble } from "./dynamodb-double.ts";

/** Stores in one of the places where records can live, and what ends them and leaves nothing behind. */
export interface Home {
  readonly stores: Stores;
  leave(): Promise<void>;
}

/** For what has nothing to say that a test would want to hear. */
export const SILENT = jsonLog("silent", () => {}, Date.now);

/** Every home that records can have, by its name. */
export const HOMES: readonly (readonly [name: string, move: () => Promise<Home>])[] = [
  ["memory", inMemory],
  ["LMDB", inLmdb],
  ["DynamoDB", inDynamoDb],
];

async function inMemory(): Promise<Home> {
  const stores = memoryStores();
  return { stores, leave: () => stores.close() };
}

async function inLmdb(): Promise<Home> {
  const directory = temporaryDirectory();
  const stores = await lmdbStores(join(directory, "records"), { log: SILENT });
  const leave = async () => {
    await stores.close();
    rmSync(directory, { recursive: true });
  };
  return { stores, leave };
}

/** As `npm start` does it: the endpoint comes from the SDK's own environment variable. */
async function inDynamoDb(): Promise<Home> {
  const double = await startDynamoDbDouble();
  vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", double.url);
  const stores = await dynamoDbStores("sipwake", { isDouble: true });
  const leave = async () => {
    await stores.close();
    await double.close();
    vi.unstubAllEnvs();
  };
  return { stores, leave };
}

/** A new directory that nobody else uses; the caller removes it. */
export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), "sipwake-"));
}

import { join } from "node:path";
import { open } from "lmdb";

const KINDS = ["location", "fork", "connection", "call", "mailbox", "message", "token", "budget"] as const;

/** How many records of each kind there are, forgotten ones that are still to be swept included. */
export type RecordCounts = Readonly<Record<string, number>>;

/** Counts them beside the process that has them: LMDB lets others read. */
export async function recordCounts(dataDir: string): Promise<RecordCounts> {
  const root = open({ path: join(dataDir, "records", "live"), maxDbs: 16, readOnly: true });
  try {
    return Object.fromEntries(
      KINDS.map((name) => {
        const database = root.openDB({ name, useVersions: true });
        const { entryCount = 0 } = database.getStats() as { readonly entryCount?: number };
        return [name, entryCount];
      }),
    );
  } finally {
    await root.close();
  }
}

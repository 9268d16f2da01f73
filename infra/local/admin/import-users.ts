import { putUser } from "../../../functions/app/administer-users.ts";
import type { Administration } from "../../../functions/app/administration.ts";
import { octetsOf } from "../../../functions/sip/octets.ts";
import type { ImportedBatch, ImportRow } from "./administrator.ts";
import { BadRequest } from "./administrator.ts";
import { explanation, readUserName } from "./user-name.ts";

/** Enough for one commit to be shared by many, few enough not to hold up a call. */
const BATCH = 100;

/**
 * Puts users into the records, so many at a time: however many rows come, no more are in memory, and none is asked for
 * before those are written. Throws `BadRequest` at a row that names nobody of ours; the batches before it are written.
 */
export async function* importUsers(
  app: Administration,
  rows: AsyncIterable<ImportRow> | Iterable<ImportRow>,
): AsyncGenerator<ImportedBatch> {
  let batch: ImportRow[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < BATCH) continue;
    yield await importBatch(app, batch);
    batch = [];
  }
  if (batch.length > 0) yield await importBatch(app, batch);
}

async function importBatch(app: Administration, batch: readonly ImportRow[]): Promise<ImportedBatch> {
  const users = batch.map(({ row, user, password }) => {
    const aor = readUserName(user, app.settings.domains);
    if (typeof aor === "string") return { row, aor, password };
    throw new BadRequest(`row ${row} ${explanation(aor.problem, app.settings.domains)}`);
  });
  const declared: number[] = [];
  const counts = { added: 0, changed: 0, unchanged: 0 };
  await Promise.all(
    users.map(async ({ row, aor, password }) => {
      const outcome = await putUser(app, aor, octetsOf(password));
      if (outcome === "declared") declared.push(row);
      else counts[outcome]++;
    }),
  );
  return { ...counts, declared };
}

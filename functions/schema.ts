/**
 * How records are written. Raised when a record can no longer be read, or would be damaged, by those who know the last number only;
 * who raises it goes on reading what was written by the one before, so that both can run side by side while one replaces the
 * other. A field that may be missing, and that nothing breaks without, is added at the same number.
 */
export const SCHEMA = 1;

/** A record was written by a later sipwake: it is left alone, and so is what was to be done with it. */
export class LaterSchema extends Error {
  override readonly name = "LaterSchema";

  constructor(where: string, found: number) {
    super(`${where} was written by a later sipwake (schema ${found}; this one knows ${SCHEMA})`);
  }
}

import { PARTITION_KEY, prefixOf, TIME_TO_LIVE } from "../../functions/aws/dynamodb-store.ts";

// How DynamoDB meters what `functions/aws/dynamodb-store.ts` does.

const READ_UNIT = 4_096;
const WRITE_UNIT = 1_024;

/** Octets of a number: one for two digits, and one more. A version has 16 digits, a time 13 or 10. */
const VERSION = 9;
const DUE_AT = 8;
const EXPIRES = 6;
const SCHEMA = 2;
const WRITER = 36;

/** Octets of an item, names of its attributes included. */
export function itemOctets(kind: string, key: string, json: string, isDue: boolean): number {
  const value = Buffer.byteLength(json);
  const partitionKey = PARTITION_KEY.length + Buffer.byteLength(`${prefixOf(kind)}${key}`);
  const bookkeeping =
    "version".length +
    VERSION +
    "schema".length +
    SCHEMA +
    "value".length +
    "writer".length +
    WRITER +
    TIME_TO_LIVE.length +
    EXPIRES;
  const due = isDue ? `dueShard${kind}#0dueAt`.length + DUE_AT : 0;
  return partitionKey + bookkeeping + value + due;
}

/** Of one consistent read; 0 octets for what is not there, which is a unit, too. */
export function readUnits(octets: number): number {
  return Math.max(1, Math.ceil(octets / READ_UNIT));
}

/** Of one write of an item, or a condition that failed: by the larger of what was there and what is to be. */
export function writeUnits(before: number, after: number): number {
  return Math.max(1, Math.ceil(Math.max(before, after) / WRITE_UNIT));
}

/** Of the index, which holds keys only: an entry that goes, and one that comes; none if it stays as it is. */
export function indexUnits(before: number | undefined, after: number | undefined): number {
  if (before === after) return 0;
  return (before === undefined ? 0 : 1) + (after === undefined ? 0 : 1);
}

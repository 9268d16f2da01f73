import type { RecordStore } from "../../functions/ports.ts";

/** How long the records may take to answer, in ms. */
const READABLE = 2_000;

/** Whether a process should get clients. */
export interface Readiness {
  /** From now on it should get no more; those who are there are served. */
  drain(): void;
  /** Why it should get none now; undefined if it should. */
  unreadiness(): Promise<string | undefined>;
}

/** `mayServe`: whether it is who it should be, by what others in a fleet know. */
export function readiness(records: RecordStore<unknown>, mayServe: () => boolean): Readiness {
  let isDraining = false;
  return {
    drain: () => {
      isDraining = true;
    },
    unreadiness: async () => {
      if (isDraining) return "stopping";
      if (!mayServe()) return "no lease in the fleet";
      return unreadable(records);
    },
  };
}

/** Why the records are of no use now; undefined if they are. */
async function unreadable(records: RecordStore<unknown>): Promise<string | undefined> {
  const late = new Promise<string>((resolve) => setTimeout(resolve, READABLE, "records are late").unref());
  const read = records.read("readyz").then(
    () => undefined,
    () => "records cannot be read",
  );
  return Promise.race([read, late]);
}

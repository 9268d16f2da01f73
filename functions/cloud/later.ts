import type { Alarms, Bearers, Push } from "../ports.ts";

// What not every invocation needs is loaded by the first that does: a function that starts cold starts sooner without.

/** Pushes by what `load` answers, which is loaded with the first push. */
export function laterPush(load: () => Promise<Push>): Push {
  const loaded = once(load);
  return {
    send: async (target, push, endpoints) => (await loaded()).send(target, push, endpoints),
  };
}

/** Sets alarms by what `load` answers, which is loaded with the first alarm. */
export function laterAlarms(load: () => Promise<Alarms>): Alarms {
  const loaded = once(load);
  return {
    set: async (fork, at) => (await loaded()).set(fork, at),
  };
}

/** Verifies by what `load` answers, which is loaded with the first token. */
export function laterBearers(source: Omit<Bearers, "verify">, load: () => Promise<Bearers>): Bearers {
  const loaded = once(load);
  return { ...source, verify: async (token) => (await loaded()).verify(token) };
}

/** A load that failed is tried again. */
function once<Thing>(load: () => Promise<Thing>): () => Promise<Thing> {
  let loading: Promise<Thing> | undefined;
  return () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
}

import type { DueStore, Edge, Meter, RecordStore, Records } from "../../functions/ports.ts";

/** The same records; writes that came too late are counted. */
export function watchedRecords(records: Records, meter: Meter): Records {
  const { locations, forks, connections, subscribers, calls, mailboxes, messages, tokens, budgets } = records;
  return {
    locations: watchedStore(locations, "location", meter),
    forks: watchedStore(forks, "fork", meter),
    connections: watchedStore(connections, "connection", meter),
    subscribers: watchedStore(subscribers, "subscriber", meter),
    calls: watchedStore(calls, "call", meter),
    mailboxes: watchedStore(mailboxes, "mailbox", meter),
    messages: watchedStore(messages, "message", meter),
    tokens: watchedStore(tokens, "token", meter),
    budgets: watchedStore(budgets, "budget", meter),
  };
}

function watchedStore<Store extends RecordStore<unknown>>(store: Store, record: string, meter: Meter): Store {
  // Those that are never due take no notice of when they would be.
  const swap: DueStore<unknown>["swap"] = store.swap;
  return {
    ...store,
    swap: (...change: Parameters<typeof swap>) => {
      const swapping = swap(...change);
      swapping.then(
        (outcome) => {
          if (outcome === "stale") meter.count("stale swaps", { record });
        },
        () => {},
      );
      return swapping;
    },
  };
}

/** The same edge; what turns out gone is counted. */
export function watchedEdge(edge: Edge, meter: Meter): Edge {
  const noted = <Outcome>(outcome: Promise<Outcome | "gone">) => {
    outcome.then(
      (said) => {
        if (said === "gone") meter.count("gone", {});
      },
      () => {},
    );
    return outcome;
  };
  return {
    send: (to, message) => noted(edge.send(to, message)),
    close: (connection) => edge.close(connection),
    proof: (from, user, verdict) => edge.proof?.(from, user, verdict) ?? "heard",
  };
}

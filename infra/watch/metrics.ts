import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Counted, Labels, Meter, Timed } from "../../functions/ports.ts";

/** How often something has happened since the start, by its labels. */
export interface Count {
  readonly what: Counted;
  readonly labels: Labels;
  readonly times: number;
}

/** Counts in this process's memory, for Prometheus to fetch. */
export interface Metrics extends Meter {
  /** In Prometheus's text format. */
  text(): Promise<string>;
  readonly contentType: string;
  /** What was counted, in no order. */
  counts(): Promise<readonly Count[]>;
}

const COUNTERS: Readonly<Record<Counted, readonly [help: string, ...labels: string[]]>> = {
  requests: ["requests that came", "method"],
  refusals: ["requests that were refused", "method", "status"],
  calls: ["calls that were decided", "status"],
  pushes: ["pushes that a service was asked for", "provider", "kind", "outcome"],
  "pushes withheld": ["pushes that were not sent, as too many were", "kind", "budget"],
  "tokens dropped": ["push tokens that are used no more", "why"],
  gone: ["messages to connections that turned out gone"],
  "stale swaps": ["writes that had to be decided anew", "record"],
};

/** Upper bounds in seconds: a phone registers some 2 s after its push, and a call waits for 25. */
const TIMES: Readonly<Record<Timed, readonly [help: string, buckets: readonly number[]]>> = {
  wake: [
    "from the push for a call to the INVITE that its phone was sent",
    [0.5, 1, 1.5, 2, 3, 4, 5, 7, 10, 15, 20, 25],
  ],
};

/** `connections` says how many there are now. */
export function metrics(connections: () => number): Metrics {
  const register = new Registry();
  collectDefaultMetrics({ register });
  new Gauge({
    name: "sipwake_connections",
    help: "connections that the edge holds",
    registers: [register],
    collect() {
      this.set(connections());
    },
  });
  const counters = new Map(
    Object.entries(COUNTERS).map(([what, [help, ...labelNames]]) => {
      const name = `sipwake_${what.replaceAll(" ", "_")}_total`;
      return [what as Counted, new Counter({ name, help, labelNames, registers: [register] })];
    }),
  );
  const times = new Map(
    Object.entries(TIMES).map(([what, [help, buckets]]) => {
      const name = `sipwake_${what}_seconds`;
      return [what as Timed, new Histogram({ name, help, buckets: [...buckets], registers: [register] })];
    }),
  );
  return {
    count: (what, labels) => counters.get(what)?.inc(labels),
    time: (what, ms) => times.get(what)?.observe(ms / 1000),
    text: () => register.metrics(),
    contentType: register.contentType,
    counts: async () => {
      const all: Count[] = [];
      for (const [what, counter] of counters) {
        for (const { labels, value } of (await counter.get()).values) {
          if (value > 0) all.push({ what, labels: labels as Labels, times: value });
        }
      }
      return all;
    },
  };
}

// What the one who drives a soak and the server under test tell each other.

/** How the server under test is started. */
export interface ServerOptions {
  readonly folder: string;
  /** 0 for any. */
  readonly port: number;
  /** The chance of a fault at each call of a port, in %. */
  readonly faults: number;
  readonly seed: number;
  readonly users: readonly string[];
}

/** One event that the stories handled, and what went wrong with it. */
export interface Run {
  /** "INVITE", "200 INVITE", "$disconnect", "alarm". */
  readonly what: string;
  /** "" where there is none. */
  readonly callId: string;
  readonly connection: string;
  /** The calls of ports that met a fault, and which: "forks.swap unanswered". */
  readonly hits: readonly string[];
}

/** In octets, after the garbage was collected. */
export interface Memory {
  /** In ms since 1970. */
  readonly at: number;
  readonly rss: number;
  /** Of it what is no file's; undefined where nobody says. */
  readonly anonymous: number | undefined;
  readonly heap: number;
}

/** What there is when all should be over. */
export interface Census {
  /** Forks that wait for something whose time is over, in words. */
  readonly stuck: readonly string[];
  /** Forks that still wait for something, or owe a failure. */
  readonly open: number;
  /** Forks whose alarm has failed so often that it rings no more. */
  readonly forsaken: number;
  /** Calls that wait for a device which is there, in words. */
  readonly parked: readonly string[];
  readonly bindings: readonly KeptBinding[];
}

interface KeptBinding {
  readonly user: string;
  readonly key: string;
  readonly connection: string | undefined;
  /** The edge holds that connection. */
  readonly isHeld: boolean;
}

/** What the server is asked. `calm`: no more faults from now on. `census` answers with one; `stop` ends it as SIGTERM would. */
export type Order = { readonly do: "calm" | "census" | "memory" | "stop" };

export type News =
  | { readonly news: "ready"; readonly port: number }
  | { readonly news: "push"; readonly token: string; readonly kind: string }
  /** The end of this connection was dealt with. */
  | { readonly news: "noticed"; readonly line: string }
  | { readonly news: "runs"; readonly runs: readonly Run[] }
  /** A fault was logged; `cause` is its error, unless it was one of ours. */
  | { readonly news: "fault"; readonly what: string; readonly cause: string | undefined }
  | { readonly news: "memory"; readonly memory: Memory }
  | { readonly news: "census"; readonly census: Census }
  | { readonly news: "faults"; readonly calls: number; readonly faults: Readonly<Record<string, number>> }
  | { readonly news: "stopped" };

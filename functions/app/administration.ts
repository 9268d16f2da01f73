import type { BindingKey, ForkId } from "../location/ids.ts";
import type { Call } from "../proxy/call.ts";
import type { Fork } from "../proxy/fork.ts";
import type { Aor } from "../sip/aor.ts";
import type { App } from "./app.ts";

/** What the administrator's stories have at hand, beside what every story has. */
export interface Administration extends App {
  /** Every user in the records, in any order. For the administrator only: it may read a whole table. */
  readonly users: () => AsyncIterable<Aor> | Iterable<Aor>;
  /** The calls that are remembered, and the forks that are kept where they can be listed; in any order. */
  readonly keptCalls: () => AsyncIterable<Call> | Iterable<Call>;
  readonly keptForks: () => AsyncIterable<Fork> | Iterable<Fork>;
  /** The users that are declared elsewhere, by AoR, and where. They are known, and are not changed here. */
  readonly declared: ReadonlyMap<string, string>;
  /** Tells a call that the device that it waits for will not come. */
  readonly giveUp: (fork: ForkId, key: BindingKey) => Promise<void>;
}

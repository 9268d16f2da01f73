import type { Location } from "../../../functions/location/location.ts";
import type { Mailbox } from "../../../functions/mailbox/mailbox.ts";
import type {
  Connection,
  DueStore,
  RecordStore,
  Spending,
  Subscriber,
  TokenOwner,
} from "../../../functions/ports.ts";
import type { Call } from "../../../functions/proxy/call.ts";
import type { Fork } from "../../../functions/proxy/fork.ts";
import type { KeptRequest } from "../../../functions/proxy/kept-request.ts";
import type { Aor } from "../../../functions/sip/aor.ts";

/** The nine kinds of records, wherever they are kept. */
export interface Records {
  readonly locations: DueStore<Location>;
  readonly forks: RecordStore<Fork>;
  readonly connections: RecordStore<Connection>;
  readonly subscribers: RecordStore<Subscriber>;
  readonly calls: RecordStore<Call>;
  readonly mailboxes: RecordStore<Mailbox>;
  readonly messages: RecordStore<KeptRequest>;
  readonly tokens: RecordStore<TokenOwner>;
  readonly budgets: RecordStore<Spending>;
}

/** The records of a place, and what is done with all of a kind there. */
export interface Stores extends Records {
  /** Forgets some of what has run out (`now` in ms since 1970). Called now and then; does a little each time. */
  sweep(now: number): Promise<void>;
  /** Every subscriber's AoR, in any order. For the administrator only: in DynamoDB it reads the whole table. */
  users(): AsyncIterable<Aor> | Iterable<Aor>;
  /** The calls that are remembered, in any order. For the administrator only, as `users`. */
  keptCalls(): AsyncIterable<Call> | Iterable<Call>;
  /**
   * The forks that are kept, for their alarms to be set again after a restart, and for the administrator to see the calls
   * that are going on. None in DynamoDB.
   */
  keptForks(): AsyncIterable<Fork> | Iterable<Fork>;
  close(): Promise<void>;
}

/** The kinds of records alone, as the stories want them. */
export function recordsOf(stores: Stores): Records {
  const { locations, forks, connections, subscribers, calls, mailboxes, messages, tokens, budgets } = stores;
  return { locations, forks, connections, subscribers, calls, mailboxes, messages, tokens, budgets };
}

import type { Octets } from "../sip/octets.ts";
import type { BindingKey, ConnectionId } from "./ids.ts";

/** A subscription to the registrations of an AoR (RFC 3680): our side of its dialog. */
export interface Watcher {
  /** Our tag in the dialog. */
  readonly id: string;
  readonly callId: Octets;
  /** What its NOTIFYs say in From and To, tags included. */
  readonly local: Octets;
  readonly remote: Octets;
  /** The subscriber's Contact: the Request-URI of its NOTIFYs. */
  readonly target: Octets;
  /** The dialog's route set, as Route values; "" if there is nobody in between. */
  readonly routes: Octets;
  /** The `id` of its Event; "" if it has none (RFC 6665 §4.4.1). */
  readonly eventId: Octets;
  /** Of its last SUBSCRIBE. */
  readonly cseq: number;
  /** Of its last NOTIFY: one more with each (RFC 3680 §5.1). */
  readonly version: number;
  /** In ms since 1970. */
  readonly until: number;
  /** The binding that it speaks from, if that is registered. */
  readonly key: BindingKey | undefined;
  /** Where it was last seen. */
  readonly connection: ConnectionId;
}

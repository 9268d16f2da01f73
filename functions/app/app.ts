import type { Offer } from "../auth/authenticate.ts";
import type { Keyring } from "../keyring/keyring.ts";
import type { StreamTransport } from "../location/transport.ts";
import type { MailPolicy } from "../mailbox/mail-policy.ts";
import type { Ports } from "../ports.ts";
import type { ForkTimers } from "../proxy/fork.ts";
import type { WakeBudgets } from "../push/budget.ts";
import type { RegisterPolicy } from "../registrar/policy.ts";
import type { Octets } from "../sip/octets.ts";
import { hostIn } from "../sip/place.ts";
import type { Trunks } from "../trunk/trunk.ts";

/** What every story has at hand: the world, our keys, and how we are set up. */
export interface App extends Ports {
  readonly keyring: Keyring;
  readonly settings: Settings;
}

interface Settings {
  /** The domains whose users are ours, in lower case; the first one names us in Via and Record-Route. */
  readonly domains: readonly [string, ...string[]];
  /** What our Via says that clients speak to us over, where the id of their connection does not tell (RFC 7118 §5.1). */
  readonly transport: "WS" | "WSS";
  /** Where clients that speak SIP over TCP and TLS can connect to us: `host` or `host:port`. */
  readonly places: Readonly<Partial<Record<StreamTransport, Octets>>>;
  /** How one may prove who one is, the most preferred first; if it is not said, by digest. What is not offered is not taken. */
  readonly offers?: readonly Offer[];
  readonly register: RegisterPolicy;
  readonly timers: ForkTimers;
  /** Whether a phone that was pushed for a call and has not come is told by another push that the call is over. */
  readonly cancelPushes: boolean;
  readonly wakes: WakeBudgets;
  /** Whether users of one phone may all be woken by its token; else it is the last one's who registered it. */
  readonly sharesTokens: boolean;
  readonly mail: MailPolicy;
  /** Whether the log names users; else it has keyed hashes of them. */
  readonly logsPlainAors: boolean;
  /** The origins, in lower case, whose pages may connect beside those that are served where they connect to; `*` for any. */
  readonly origins: readonly string[];
  /** Peers that bring calls from anybody, and take some of our users'; undefined if there are none. */
  readonly trunks?: Trunks | undefined;
}

/** Whether users of this domain are ours. In lower case. */
export function isOurDomain({ settings }: App, domain: string): boolean {
  return settings.domains.includes(domain);
}

/** Whether a URI's host names us: as a domain, or as where streams connect to. In lower case. */
export function isOurHost(app: App, host: string): boolean {
  if (isOurDomain(app, host)) return true;
  const { TCP, TLS } = app.settings.places;
  return (TCP !== undefined && hostIn(TCP) === host) || (TLS !== undefined && hostIn(TLS) === host);
}

import type { Reading } from "../../functions/config/reading.ts";
import { DEFAULT_EDGE_LIMITS, type EdgeLimits, inOneSecond, inTenMinutes } from "../edge/limits.ts";
import { TRUSTS_NOBODY, type Trusts, trustsIn } from "../edge/trusted.ts";
import type { Variable } from "./variables.ts";

const HOUR = 3_600;
const MAX_PORT = 65_535;
/** `host` or `host:port`; an IPv6 address in brackets. */
const PLACE = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/** What clients may cost the edge. Of a client that pings at least every `flowTimer` seconds, silence is noticed at the second time. */
export function edgeLimits({ integer, limit }: Reading<Variable>, flowTimer: number): EdgeLimits {
  return {
    ...DEFAULT_EDGE_LIMITS,
    silenceTimeout: 2 * flowTimer * 1000,
    requests: { burst: integer("REQUEST_BURST", 1, 100_000), perSecond: limit("REQUESTS_PER_SECOND") },
    maxConnections: limit("MAX_CONNECTIONS", 1_000_000),
    maxPerAddress: limit("ADDRESS_CONNECTIONS"),
    connects: inOneSecond(limit("CONNECTS_PER_SECOND")),
    proofTimeout: integer("PROOF_SECONDS", 1, HOUR) * 1000,
    wrongProofsOfUser: inTenMinutes(integer("USER_GUESSES", 0, 100_000)),
    wrongProofsOfAddress: inTenMinutes(integer("ADDRESS_GUESSES", 0, 100_000)),
  };
}

/** What the edge listens to beside WebSockets, and who may stand in front of it. */
export interface ListenerConfig {
  /** Undefined for none, 0 for any that is free. */
  readonly ports: Readonly<Record<"TCP" | "TLS" | "WSS", number | undefined>>;
  /** Where clients can connect to us, if that is not where we listen: `host` or `host:port`. */
  readonly places: Readonly<Record<"TCP" | "TLS", string | undefined>>;
  /** PEM files; always with TLS or WSS. */
  readonly certificateFiles: { readonly cert: string; readonly key: string } | undefined;
  readonly trusts: Trusts;
}

export function listenerConfig(
  { text, list, integer }: Reading<Variable>,
  problems: string[],
): ListenerConfig {
  const port = (name: "TCP_PORT" | "TLS_PORT" | "WSS_PORT") =>
    text(name) === "" ? undefined : integer(name, 0, MAX_PORT);
  const place = (name: "PUBLIC_TCP" | "PUBLIC_TLS") => {
    const value = text(name);
    if (value !== "" && !PLACE.test(value))
      problems.push(`${name} must be host or host:port, not "${value}"`);
    return value || undefined;
  };
  const [cert, key] = [text("TLS_CERT_FILE"), text("TLS_KEY_FILE")];
  if ((cert === "") !== (key === "")) problems.push("TLS_CERT_FILE and TLS_KEY_FILE need each other");
  const ports = { TCP: port("TCP_PORT"), TLS: port("TLS_PORT"), WSS: port("WSS_PORT") };
  if (cert === "" && (ports.TLS !== undefined || ports.WSS !== undefined))
    problems.push("TLS_PORT and WSS_PORT need TLS_CERT_FILE and TLS_KEY_FILE");
  const trusts = trustsIn(list("TRUSTED_PROXIES"));
  if (trusts === undefined)
    problems.push(`TRUSTED_PROXIES must be addresses or networks, not "${text("TRUSTED_PROXIES")}"`);
  return {
    ports,
    places: { TCP: place("PUBLIC_TCP"), TLS: place("PUBLIC_TLS") },
    certificateFiles: cert === "" || key === "" ? undefined : { cert, key },
    trusts: trusts ?? TRUSTS_NOBODY,
  };
}

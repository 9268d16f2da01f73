import { TOKEN } from "./chars.ts";
import type { Octets } from "./octets.ts";
import { formatParams, type Params, readParams } from "./params.ts";
import type { Scanner } from "./scanner.ts";
import { readHost } from "./uri.ts";

/** One hop (RFC 3261 §20.42). Any transport is accepted: responses go back over the connection, not by Via. */
export interface Via {
  /** `WS`, `WSS`, `TLS`, … as spelled. */
  readonly transport: Octets;
  /** `host` or `host:port`. */
  readonly sentBy: Octets;
  readonly params: Params;
}

const SLASH = 47;
const COLON = 58;
const MAX_PORT = 65_535;

export function readVia(scanner: Scanner): Via {
  scanner.skipSpace();
  const name = scanner.token("a protocol name");
  if (!scanner.takeSeparator(SLASH)) return scanner.fail('expected "/"');
  const version = scanner.token("a protocol version");
  if ((name !== "SIP" && name.toUpperCase() !== "SIP") || version !== "2.0")
    return scanner.fail("expected SIP/2.0");
  if (!scanner.takeSeparator(SLASH)) return scanner.fail('expected "/"');
  const transport = scanner.some(TOKEN, "a transport");
  scanner.skipSpace();
  const host = readHost(scanner);
  const sentBy = scanner.takeSeparator(COLON) ? `${host}:${scanner.number(MAX_PORT)}` : host;
  return { transport, sentBy, params: readParams(scanner) };
}

export function formatVia({ transport, sentBy, params }: Via): Octets {
  return `SIP/2.0/${transport} ${sentBy}${formatParams(params)}`;
}

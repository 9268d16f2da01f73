import type { StreamTransport } from "../../functions/location/transport.ts";
import type { Log } from "../../functions/ports.ts";
import type { EdgeHandlers } from "../edge/held-connection.ts";
import type { OwnEdge } from "../edge/own-edge.ts";
import { readCertificate, watchCertificate } from "./certificate-files.ts";
import type { LocalConfig } from "./config.ts";

/** The ports that an edge listens on; undefined for what it does not speak. */
export interface Ports {
  readonly WS: number;
  readonly WSS: number | undefined;
  readonly TCP: number | undefined;
  readonly TLS: number | undefined;
}

/** Where clients of each stream transport can connect to us. Filled in as ports become known. */
export type Places = Partial<Record<StreamTransport, string>>;

const ANY_ADDRESS: readonly string[] = ["0.0.0.0", "::"];

/** Has the edge listen to all that is configured, streams first, so that no client finds us half there. Rejects with `ConfigError`, or if a port is taken. */
export async function listen(
  edge: OwnEdge,
  handlers: EdgeHandlers,
  { host, port, domains, listeners }: LocalConfig,
  places: Places,
  log: Log,
): Promise<{ readonly ports: Ports; stop(): Promise<void> }> {
  const { ports, certificateFiles: files } = listeners;
  const certificate = files && (await readCertificate(files));
  const open = async (transport: "TCP" | "TLS" | "WSS") => {
    const wanted = ports[transport];
    if (wanted === undefined) return undefined;
    return edge.listen(handlers, host, wanted, {
      transport,
      certificate: transport === "TCP" ? undefined : certificate,
    });
  };
  const TCP = await open("TCP");
  // A name is what a certificate is for; without one, where we listen is certain to be us.
  if (TCP !== undefined)
    places.TCP = listeners.places.TCP ?? `${ANY_ADDRESS.includes(host) ? domains[0] : inUri(host)}:${TCP}`;
  const TLS = await open("TLS");
  if (TLS !== undefined) places.TLS = listeners.places.TLS ?? `${domains[0]}:${TLS}`;
  const WSS = await open("WSS");
  const WS = await edge.listen(handlers, host, port);
  const renewal =
    files && certificate && watchCertificate(files, certificate, (next) => edge.renew(next), log);
  return { ports: { WS, WSS, TCP, TLS }, stop: async () => renewal?.stop() };
}

function inUri(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

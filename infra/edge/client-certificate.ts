import type { TLSSocket } from "node:tls";
import type { ClientCertificate } from "../../functions/gateway/event.ts";

/** Clients that may show a certificate. */
export interface CertifiedClients {
  /** Whose certificates count, PEM. */
  readonly authorities: string;
  /** The DNS names that are of interest. */
  readonly names: readonly string[];
}

/**
 * The certificate of a client, if it has one of these authorities that is for one of these names: as a subjectAltName, in full
 * (RFC 5922 §7.2 has no wildcards). A resumed session counts as far as its certificate is still known.
 */
export function certificateOf(socket: TLSSocket, { names }: CertifiedClients): ClientCertificate | undefined {
  const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
  if (certificate === undefined) return undefined;
  const isFor = (name: string) =>
    certificate.checkHost(name, { subject: "never", wildcards: false }) !== undefined;
  const found = names.filter(isFor);
  return found.length === 0 ? undefined : { names: found, expiresAt: Date.parse(certificate.validTo) };
}

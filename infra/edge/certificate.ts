import type { TlsOptions } from "node:tls";

/** What a TLS server shows of itself, and proves it with; both PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** TLS 1.2 and later (RFC 8996). `authorities` are those whose clients' certificates count, PEM. */
export function tlsOptions({ cert, key }: Certificate, authorities?: string): TlsOptions {
  return { cert, key, minVersion: "TLSv1.2", ...(authorities !== undefined && { ca: authorities }) };
}

import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { ConfigError } from "../../functions/config/config-error.ts";
import type { Log } from "../../functions/ports.ts";
import { type Certificate, tlsOptions } from "../edge/certificate.ts";
import { every } from "./every.ts";

/** Where a certificate, with those that lead to its authority behind it, and its key are. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** How often the files are looked at, in ms. */
const LOOKING = 5_000;

/** What is in the files. Rejects with `ConfigError` if that is no certificate with its key. */
export async function readCertificate({ cert, key }: CertificateFiles): Promise<Certificate> {
  try {
    const certificate = { cert: await readFile(cert, "utf8"), key: await readFile(key, "utf8") };
    createSecureContext(tlsOptions(certificate));
    return certificate;
  } catch (error) {
    throw new ConfigError([
      `TLS_CERT_FILE and TLS_KEY_FILE: ${error instanceof Error ? error.message : String(error)}`,
    ]);
  }
}

/**
 * Looks at the files now and then, and tells when they hold another certificate. One that is being replaced right now, or is none,
 * is logged once and looked at again; the former one stays in use.
 */
export function watchCertificate(
  files: CertificateFiles,
  known: Certificate,
  renew: (certificate: Certificate) => void,
  log: Log,
  pause = LOOKING,
): { stop(): Promise<void> } {
  let current = known;
  let told = "";
  return every(pause, async () => {
    try {
      const next = await readCertificate(files);
      told = "";
      if (next.cert === current.cert && next.key === current.key) return;
      renew(next);
      current = next;
      log.info("certificate renewed", { file: files.cert });
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      if (problem !== told) log.error("fault", { what: "certificate", error: problem });
      told = problem;
    }
  });
}

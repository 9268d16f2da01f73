import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { createSecureContext } from "node:tls";
import { ConfigError } from "../../functions/config/config-error.ts";
import type { Trunks } from "../../functions/trunk/trunk.ts";
import type { CertifiedClients } from "../edge/client-certificate.ts";
import type { LocalConfig } from "./config.ts";
import { trunkConfig } from "./trunk-config.ts";

/** Who is a trunk, and by which certificates. */
export interface TrunksFile {
  readonly trunks: Trunks | undefined;
  /** Undefined if no trunk has a certificate. */
  readonly certified: CertifiedClients | undefined;
}

/**
 * What the file that TRUNKS_FILE names says; nothing if it names none. Throws `ConfigError` that names all that is wrong with it, and
 * none of its contents but names.
 */
export function readTrunks({ trunksFile: file, domains, listeners }: LocalConfig): TrunksFile {
  if (file === undefined) return { trunks: undefined, certified: undefined };
  const problems: string[] = [];
  const { trunks, ca, certificates } = trunkConfig(jsonIn(file), domains, problems);
  if (certificates.length > 0 && listeners.ports.TLS === undefined)
    problems.push("certificate needs TLS_PORT");
  const authorities = ca === undefined ? undefined : authoritiesIn(resolve(dirname(file), ca), problems);
  if (problems.length > 0) throw new ConfigError(problems.map((problem) => `TRUNKS_FILE: ${problem}`));
  const isCertified = certificates.length > 0 && authorities !== undefined;
  return { trunks, certified: isCertified ? { authorities, names: certificates } : undefined };
}

function jsonIn(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigError([`TRUNKS_FILE: ${error instanceof Error ? error.message : String(error)}`]);
  }
  try {
    return JSON.parse(text);
  } catch {
    // What the parser says quotes the file.
    throw new ConfigError([`TRUNKS_FILE: ${file} is not JSON`]);
  }
}

function authoritiesIn(file: string, problems: string[]): string | undefined {
  try {
    const authorities = readFileSync(file, "utf8");
    if (!authorities.includes("-----BEGIN CERTIFICATE-----")) throw new Error("no certificate is in it");
    createSecureContext({ ca: authorities });
    return authorities;
  } catch (error) {
    problems.push(`ca: ${file}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

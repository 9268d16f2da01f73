import type { Aor } from "../sip/aor.ts";
import type { App } from "./app.ts";

/** What the log calls somebody who has no name. */
const NOBODY = "-";
/** Characters of a hash that tell users apart: 72 bits. */
const LENGTH = 12;

/**
 * What the log calls a user: the same in every line and on every machine with the same key, and nothing that says who it is;
 * `LOG_AORS=plain` has the address itself.
 */
export function logName({ keyring, settings }: App, aor: Aor | undefined): string {
  if (aor === undefined) return NOBODY;
  return settings.logsPlainAors ? aor : keyring.mac("log", aor).slice(0, LENGTH);
}

import type { Keyring } from "../keyring/keyring.ts";
import type { BindingKey } from "../location/ids.ts";
import type { Aor } from "../sip/aor.ts";
import { padded } from "./padded.ts";

/** A device that a PURR stands for. */
export interface PurrOwner {
  readonly aor: Aor;
  readonly key: BindingKey;
}

/** A device gets a new PURR this often, in ms, so that it cannot be followed by it (RFC 8599 §6.2.1). */
const PERIOD = 86_400_000;

/**
 * The device's PURR: what it puts into the Contact of a dialog whose requests shall wake it. Sealed, so that nobody can
 * forge one, see whose it is, or that two are one device's; former ones open for as long as our key does.
 */
export function purrOf(keyring: Keyring, { aor, key }: PurrOwner, now: number): string {
  return keyring.seal("purr", padded(aor, key, Math.floor(now / PERIOD)), "");
}

/** Whose PURR it is; undefined if we did not make it. */
export function purrOwner(keyring: Keyring, purr: string): PurrOwner | undefined {
  const text = keyring.open("purr", purr, "");
  if (text === undefined) return undefined;
  const [aor = "", key = ""] = text.split("\n");
  return { aor: aor as Aor, key: key as BindingKey };
}

import type { Rights } from "../auth/rights.ts";
import type { Aor } from "../sip/aor.ts";
import type { Octets } from "../sip/octets.ts";
import type { DialRule } from "./dial-rule.ts";

/**
 * A peer that brings calls from anybody, and takes those that its dial rules are for: a user of ours who registers as any other, over
 * connections that he opens, and proves himself as is said here and in no other way.
 */
export interface Trunk {
  /** For people. */
  readonly name: Octets;
  readonly aor: Aor;
  /** What its certificate must be for: a DNS name; undefined if it proves itself by its password. */
  readonly certificate: string | undefined;
  /** Whether it may come from this address. */
  readonly isAt: (address: string) => boolean;
  /** What it may begin. */
  readonly rights: Rights;
  /** Who may call out through it. */
  readonly isOpenTo: (user: Aor) => boolean;
  /** Whether what it says of who calls is believed (P-Asserted-Identity), beside From. */
  readonly isTrusted: boolean;
}

/** All of them. */
export interface Trunks {
  readonly byAor: ReadonlyMap<Aor, Trunk>;
  /** Which calls go out through which of them, the longest rule first. */
  readonly rules: readonly DialRule[];
  /** Whom the numbers of ours ring, whoever dials them; numbers as `numberIn` reads them. */
  readonly numbers: ReadonlyMap<Octets, Aor>;
}

/** Whether a user may prove himself by a password from there: a trunk does from its networks, and not at all if it has a certificate. */
export function mayUsePassword(trunks: Trunks, user: Aor, address: string | undefined): boolean {
  const trunk = trunks.byAor.get(user);
  if (trunk === undefined) return true;
  return trunk.certificate === undefined && address !== undefined && trunk.isAt(address);
}

/** The trunk that comes from there with a certificate for these names; undefined if that is none. */
export function trunkOfCertificate(
  trunks: Trunks,
  names: readonly string[],
  address: string,
): Trunk | undefined {
  for (const trunk of trunks.byAor.values()) {
    if (trunk.certificate !== undefined && names.includes(trunk.certificate) && trunk.isAt(address))
      return trunk;
  }
  return undefined;
}

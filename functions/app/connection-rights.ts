import { type Rights, sameRights } from "../auth/rights.ts";
import type { Aor } from "../sip/aor.ts";

// What a user may begin is remembered with who he is, so that no call needs to look for it.

/** What somebody did over a connection, and may begin. */
interface Entry {
  readonly aor: Aor;
  readonly rights?: Rights | undefined;
}

/** The entries, with these rights for the user. The same entries if they had them. */
export function withRights<Of extends Entry>(
  entries: readonly Of[],
  user: Aor,
  rights: Rights | undefined,
): readonly Of[] {
  const isOther = (entry: Of) => entry.aor === user && !sameRights(entry.rights, rights);
  if (!entries.some(isOther)) return entries;
  return entries.map((entry) => (isOther(entry) ? { ...entry, rights } : entry));
}

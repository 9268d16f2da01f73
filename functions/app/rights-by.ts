import type { Rights } from "../auth/rights.ts";
import type { Verified } from "../ports.ts";
import type { App } from "./app.ts";

/** What the user of a token may begin: as it says itself, else as our records say of him; undefined if neither restricts him. */
export async function rightsBy({ subscribers }: App, { aor, rights }: Verified): Promise<Rights | undefined> {
  if (rights !== undefined) return rights;
  const { value: subscriber } = await subscribers.read(aor);
  return subscriber?.rights;
}

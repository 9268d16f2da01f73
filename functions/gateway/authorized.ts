import type { Proof } from "../auth/proof.ts";
import { rightsOf } from "../auth/rights.ts";
import type { Aor } from "../sip/aor.ts";
import type { AuthorizerContext } from "./event.ts";

/**
 * Who was let in over the connection of an event, by what its authorizer said when that came up; undefined if it said nothing.
 * Only the edge makes events, so that this is what we have verified ourselves.
 */
export function authorizedBy(context: AuthorizerContext | undefined): Proof | undefined {
  const aor = context?.["aor"];
  const until = Number(context?.["expiresAt"]);
  if (!aor || !(until > 0)) return undefined;
  const words = context?.["rights"];
  const rights = words === undefined ? undefined : rightsOf(words.split(" "));
  return { aor: aor as Aor, until, nonce: undefined, rights };
}

import { type Aor, aorOf } from "../sip/aor.ts";
import { paramOf } from "../sip/params.ts";
import { Refusal } from "../sip/refusal.ts";
import type { Registration } from "./registration.ts";

/**
 * Refuses (400) a contact that is another address of ours: a request to it would come back and fork again, which is what
 * loops are made of (RFC 5393 §3). The registered address itself and GRUUs are the registrar's to refuse (403, RFC 5627
 * §5.1); whatever is there may be removed. An address with a port is a client's, on the machine that is called so.
 */
export function refuseAddresses(
  { contacts, expires }: Registration,
  aor: Aor,
  isOurs: (domain: string) => boolean,
): void {
  if (contacts === "*") return;
  for (const { uri, expires: own } of contacts) {
    if ((own ?? expires) === 0 || uri.port !== undefined || !isOurs(uri.host.toLowerCase())) continue;
    if (paramOf(uri.params, "gr") !== undefined) continue;
    const named = aorOf(uri);
    if (named !== undefined && named !== aor) throw new Refusal(400, "Contact Is an Address of Ours");
  }
}

import { hash } from "node:crypto";
import type { BindingKey } from "../location/ids.ts";
import type { PushTarget } from "../location/location.ts";
import type { Address } from "../sip/address.ts";
import { bytesOf, type Octets } from "../sip/octets.ts";
import { formatParams, type Params, paramOf, withoutParam } from "../sip/params.ts";
import { Scanner, unquoted } from "../sip/scanner.ts";
import { parseSipUri, type SipUri } from "../sip/uri.ts";
import { pushTargetOf } from "./push-target.ts";

/** One Contact of a REGISTER, as the registrar sees it. */
export interface RequestedContact {
  readonly key: BindingKey;
  /** Whether the device names itself, so that its URI does not matter (RFC 5626 §4.1). */
  readonly hasInstance: boolean;
  readonly uri: SipUri;
  /** The URI as spelled. */
  readonly uriText: Octets;
  /** The header parameters to echo: all but `expires`. */
  readonly params: Octets;
  /** The `expires` parameter, in seconds. */
  readonly expires: number | undefined;
  readonly push: PushTarget | undefined;
}

const MAX_SECONDS = 2 ** 32 - 1;
const KEY_CHARACTERS = 16;

/** Throws `SipSyntaxError`: a contact that cannot be read must not become a binding that cannot be reached. */
export function readContact({ uri: uriText, params }: Address): RequestedContact {
  const uri = parseSipUri(uriText, "Contact");
  const push = pushTargetOf(uri.params, params);
  const instance = unquoted(paramOf(params, "+sip.instance") ?? "");
  const expires = paramOf(params, "expires");
  return {
    key: keyOf(uriText, instance, params, push),
    hasInstance: instance !== "",
    uri,
    uriText,
    params: formatParams(expires === undefined ? params : withoutParam(params, "expires")),
    expires: expires === undefined ? undefined : seconds(expires),
    push,
  };
}

/**
 * The same device has the same key, however its URI changes: by its instance id and flow (RFC 5626 §6), else by its
 * push target (RFC 8599 §5.3), else by its URI. The latter two are hashed: a token is a secret, a URI can be long.
 */
function keyOf(uri: Octets, instance: Octets, params: Params, push: PushTarget | undefined): BindingKey {
  if (instance !== "") return `${instance};${paramOf(params, "reg-id") ?? ""}` as BindingKey;
  if (push !== undefined) return hashed(`push ${push.provider} ${push.param} ${push.prid}`);
  return hashed(`uri ${uri}`);
}

function hashed(identity: Octets): BindingKey {
  return hash("sha256", bytesOf(identity), "base64url").slice(0, KEY_CHARACTERS) as BindingKey;
}

function seconds(text: Octets): number {
  const scanner = new Scanner(unquoted(text), "Contact expires");
  const value = scanner.number(MAX_SECONDS);
  return scanner.atEnd ? value : scanner.fail("expected a number");
}

import { hash } from "node:crypto";
import { flowKey } from "../location/device.ts";
import type { BindingKey } from "../location/ids.ts";
import type { PushTarget } from "../location/location.ts";
import type { Address } from "../sip/address.ts";
import { bytesOf, type Octets } from "../sip/octets.ts";
import { formatParams, type Params, paramOf } from "../sip/params.ts";
import { Refusal } from "../sip/refusal.ts";
import { Scanner, unquoted } from "../sip/scanner.ts";
import { SipSyntaxError } from "../sip/syntax-error.ts";
import { isSipUri, parseUri, type SipUri } from "../sip/uri.ts";
import { readInstance, readQ, readRegId } from "./contact-params.ts";
import { askedService, pushTargetOf } from "./push-target.ts";

/** One Contact of a REGISTER, as the registrar sees it. */
export interface RequestedContact {
  readonly key: BindingKey;
  /** Whether the device names itself, so that its URI does not matter (RFC 5626 §4.1). */
  readonly hasInstance: boolean;
  /** The flow of the device that it registers (RFC 5626 §4.2); undefined without outbound. */
  readonly regId: number | undefined;
  readonly uri: SipUri;
  /** The URI as spelled. */
  readonly uriText: Octets;
  /** The header parameters to echo: all but those that are ours to say. */
  readonly params: Octets;
  /** The `expires` parameter, in seconds. */
  readonly expires: number | undefined;
  readonly push: PushTarget | undefined;
  /** The push service that it asks about, "" for all (RFC 8599 §4.1.5). */
  readonly asked: string | undefined;
}

/** What the rest of the REGISTER says about its Contacts. */
export interface ContactContext {
  /** Whether reg-ids count (RFC 5626 §6). */
  readonly isOutbound: boolean;
  /** The push target of a Contact that names none itself. */
  readonly push: PushTarget | undefined;
}

const MAX_SECONDS = 2 ** 32 - 1;
const KEY_CHARACTERS = 16;

/** The registrar says these; what a client says here does not count (RFC 5627 §5.1). */
const OURS: readonly string[] = ["expires", "pub-gruu", "temp-gruu"];

const UUID = "<urn:uuid:";

/**
 * Phones built on PJSIP that call themselves "localhost" all have the one instance id that is derived from that, which
 * begins like this. It tells nobody apart.
 */
const SHARED_INSTANCE = "<urn:uuid:00000000-0000-0000-0000-0000";

/**
 * Throws `SipSyntaxError` that says which part is wrong, and a `Refusal` for a URI that is not SIP (RFC 5627 §5.1): a
 * contact that cannot be read must not become a binding that cannot be reached.
 */
export function readContact({ uri: uriText, params }: Address, context: ContactContext): RequestedContact {
  const uri = parseUri(uriText, "Contact");
  if (!isSipUri(uri)) throw new Refusal(403, "Contact Must Be a SIP URI");
  readQ(params);
  const push = pushTargetOf(uri.params, params) ?? context.push;
  const named = readInstance(params);
  // RFC 5626 §4.1: UUIDs are the same in capitals.
  const id = named?.toLowerCase().startsWith(UUID) ? named.toLowerCase() : named;
  const instance = id?.startsWith(SHARED_INSTANCE) ? undefined : id;
  const given = readRegId(params);
  // RFC 5626 §6: a reg-id without an instance is ignored.
  const regId = context.isOutbound && instance !== undefined ? given : undefined;
  const expires = paramOf(params, "expires");
  return {
    key: instance === undefined ? keyWithoutInstance(uriText, push) : flowKey(instance, regId),
    hasInstance: instance !== undefined,
    regId,
    uri,
    uriText,
    params: formatParams(params.some(isOurs) ? params.filter((param) => !isOurs(param)) : params),
    expires: expires === undefined ? undefined : seconds(expires),
    push,
    asked: askedService(uri.params, params),
  };
}

/**
 * The same device has the same key, however its URI changes: by its instance id and flow (RFC 5626 §6), else by its
 * push target (RFC 8599 §5.3), else by its URI. The latter two are hashed: a token is a secret, a URI can be long.
 */
function keyWithoutInstance(uri: Octets, push: PushTarget | undefined): BindingKey {
  return push === undefined
    ? hashed(`uri ${uri}`)
    : hashed(`push ${push.provider} ${push.param} ${push.prid}`);
}

function hashed(identity: Octets): BindingKey {
  return hash("sha256", bytesOf(identity), "base64url").slice(0, KEY_CHARACTERS) as BindingKey;
}

function isOurs([name]: Params[number]): boolean {
  return OURS.includes(name.toLowerCase());
}

function seconds(text: Octets): number {
  const scanner = new Scanner(unquoted(text), "Contact expires");
  const value = scanner.number(MAX_SECONDS);
  if (!scanner.atEnd) throw new SipSyntaxError("Contact expires", scanner.at, "expected a number");
  return value;
}

import type { ConnectionId } from "../../functions/location/ids.ts";
import { type Location, NOWHERE } from "../../functions/location/location.ts";
import { DEFAULT_REGISTER_POLICY, type RegisterPolicy } from "../../functions/registrar/policy.ts";
import { readRegistration, register } from "../../functions/registrar/register.ts";
import type { SipRequest } from "../../functions/sip/message.ts";
import { parse } from "../../functions/sip/parse.ts";

export const NOW = Date.UTC(2026, 10, 23, 9);
export const POLICY = DEFAULT_REGISTER_POLICY;
export const WS = "ws-1" as ConnectionId;

/** What differs from one REGISTER of Bob's to another. */
export interface Register {
  /** The values of its Contact headers. */
  readonly contacts?: readonly string[];
  readonly expires?: number;
  readonly callId?: string;
  readonly cseq?: number;
}

/** Bob's REGISTER. */
export function aRegister({ contacts = [], expires, callId = "call-1", cseq = 1 }: Register): SipRequest {
  return registerOf([
    "REGISTER sip:example.com SIP/2.0",
    "Via: SIP/2.0/WSS bob.invalid;branch=z9hG4bK1",
    "To: <sip:bob@example.com>",
    "From: <sip:bob@example.com>;tag=b1",
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} REGISTER`,
    ...contacts.map((contact) => `Contact: ${contact}`),
    ...(expires === undefined ? [] : [`Expires: ${expires}`]),
  ]);
}

/** A REGISTER of these lines. */
export function registerOf(lines: readonly string[]): SipRequest {
  const message = parse(`${lines.join("\r\n")}\r\n\r\n`);
  if (message.kind !== "request") throw new Error("not a request");
  return message;
}

/** Where a REGISTER comes in, and when. */
export interface Circumstances {
  readonly connection?: ConnectionId;
  readonly now?: number;
  readonly policy?: RegisterPolicy;
}

/** The location that the REGISTER leaves behind. Throws what it is refused with. */
export function registered(
  request: SipRequest,
  found: Location = NOWHERE,
  { connection = WS, now = NOW, policy = POLICY }: Circumstances = {},
): Location {
  return register(readRegistration(request), found, connection, now, policy);
}

/** The location after these REGISTERs of Bob's, in the order in which they are handled. */
export function locationAfter(...registers: readonly Register[]): Location {
  return registers.reduce((location, next) => registered(aRegister(next), location), NOWHERE);
}

/** The Contact URIs of a location, in order. */
export function urisOf({ bindings }: Location): readonly string[] {
  return bindings.map(({ uri }) => uri);
}

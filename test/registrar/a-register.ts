import { keyring } from "../../functions/keyring/keyring.ts";
import type { ConnectionId } from "../../functions/location/ids.ts";
import { type Location, NOWHERE } from "../../functions/location/location.ts";
import type { Arrival } from "../../functions/registrar/arrival.ts";
import { DEFAULT_REGISTER_POLICY, type RegisterPolicy } from "../../functions/registrar/policy.ts";
import { register } from "../../functions/registrar/register.ts";
import { registeredReply } from "../../functions/registrar/registered-reply.ts";
import { readRegistration } from "../../functions/registrar/registration.ts";
import type { Aor } from "../../functions/sip/aor.ts";
import type { SipRequest, SipResponse } from "../../functions/sip/message.ts";
import { Refusal } from "../../functions/sip/refusal.ts";
import { SipSyntaxError } from "../../functions/sip/syntax-error.ts";
import { NOW, ws } from "../location/a-binding.ts";
import { request } from "../support/a-request.ts";

export const POLICY = DEFAULT_REGISTER_POLICY;
export const BOB = "sip:bob@example.com" as Aor;
export const KEYRING = keyring([{ id: "1", key: new Uint8Array(32) }]);
export const WS = ws(1);
export const WS2 = ws(2);
/** A push target as it stands in a Contact. */
export const PUSH = ";pn-provider=fcm;pn-param=acme;pn-prid=TOKEN";

/** What differs from one REGISTER of Bob's to another. */
export interface Register {
  /** The values of its Contact headers. */
  readonly contacts?: readonly string[];
  readonly expires?: number;
  readonly callId?: string;
  readonly cseq?: number;
  /** Proxies that it came through. */
  readonly proxies?: readonly string[];
  /** Further header lines. */
  readonly more?: readonly string[];
}

/** Bob's REGISTER. */
export function aRegister(asked: Register): SipRequest {
  const { contacts = [], expires, callId = "call-1", cseq = 1, proxies = [], more = [] } = asked;
  return request([
    "REGISTER sip:example.com SIP/2.0",
    ...proxies.map((proxy) => `Via: SIP/2.0/WSS ${proxy};branch=z9hG4bK${proxy}`),
    "Via: SIP/2.0/WSS bob.invalid;branch=z9hG4bK1",
    "To: <sip:bob@example.com>",
    "From: <sip:bob@example.com>;tag=b1",
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} REGISTER`,
    ...contacts.map((contact) => `Contact: ${contact}`),
    ...(expires === undefined ? [] : [`Expires: ${expires}`]),
    ...more,
  ]);
}

/** Where a REGISTER comes in, and when. */
export interface Circumstances {
  readonly connection?: ConnectionId;
  readonly now?: number;
  readonly policy?: RegisterPolicy;
  /** When its edge received it; `now` if it does not say. */
  readonly receivedAt?: number;
}

/** The location that the REGISTER leaves behind. Throws what it is refused with. */
export function registered(
  asked: SipRequest,
  found: Location = NOWHERE,
  { connection = WS, now = NOW, policy = POLICY, receivedAt }: Circumstances = {},
): Location {
  const arrival: Arrival = { aor: BOB, connection, now, receivedAt };
  return register(readRegistration(asked), found, arrival, policy);
}

/** The answer to a REGISTER that left this location behind. */
export function answerTo(
  asked: SipRequest,
  location: Location,
  { connection = WS, now = NOW, policy = POLICY }: Circumstances = {},
): SipResponse {
  const arrival: Arrival = { aor: BOB, connection, now };
  const means = { keyring: KEYRING, policy, toTag: "our-tag" };
  return registeredReply(asked, readRegistration(asked), location, arrival, means);
}

/** The values of a header of the answer to a REGISTER, a line each. */
export function answered(header: string, asked: Register, found: Location = NOWHERE): readonly string[] {
  const register = aRegister(asked);
  return valuesOf(header, answerTo(register, registered(register, found)));
}

/** The values of a message's header, a line each. */
export function valuesOf(header: string, { headers }: SipRequest | SipResponse): readonly string[] {
  return headers.lines.filter(({ key }) => key === header).map(({ value }) => value.trim());
}

/** The location after these REGISTERs of Bob's, in the order in which they are handled. */
export function locationAfter(...registers: readonly Register[]): Location {
  return registers.reduce((location, next) => registered(aRegister(next), location), NOWHERE);
}

/** The Contact URIs of a location, in order. */
export function urisOf({ bindings }: Location): readonly string[] {
  return bindings.map(({ uri }) => uri);
}

/** How something is refused: status, reason and headers; a syntax error by the part that is wrong. */
export function refusal(attempt: () => unknown): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    if (error instanceof SipSyntaxError) return `${error.status} ${error.part}`;
    if (!(error instanceof Refusal)) throw error;
    return [`${error.status} ${error.reason}`, ...error.headers.map(({ text }) => text)].join(", ");
  }
}

/** How Bob's REGISTER is refused. */
export function refused(asked: Register, found: Location = NOWHERE): string | undefined {
  return refusal(() => registered(aRegister(asked), found));
}

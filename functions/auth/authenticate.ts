import type { Keyring } from "../keyring/keyring.ts";
import type { Credentials } from "../sip/credentials.ts";
import type { HeaderField } from "../sip/field.ts";
import { Authorization, ProxyAuthenticate, ProxyAuthorization, WwwAuthenticate } from "../sip/fields.ts";
import { type HeaderLine, headerLine } from "../sip/headers.ts";
import type { SipRequest } from "../sip/message.ts";
import type { Octets } from "../sip/octets.ts";
import { type Params, paramOf } from "../sip/params.ts";
import { reasonPhrase } from "../sip/reason-phrase.ts";
import { Refusal } from "../sip/refusal.ts";
import { quoted, unquoted } from "../sip/scanner.ts";
import { bearerChallenge, type TokenSource } from "./bearer.ts";
import { type Algorithm, type DigestInput, type Ha1s, responseOf, sameResponse } from "./digest.ts";
import { isFreshNonce, issueNonce, type NonceScope } from "./nonce.ts";

/** As what we ask: a registrar answers 401, a proxy 407 (RFC 3261 §22.2, §22.3). */
export type Asker = "registrar" | "proxy";

/** Digest credentials that a client gave, unquoted. */
export interface DigestCredentials extends DigestInput {
  readonly username: Octets;
  readonly response: Octets;
  readonly algorithm: Algorithm;
  /** How often its client has used the nonce by now. */
  readonly count: number;
}

/** A way to prove who one is, as it is configured: a token (RFC 8898), or a password by one of the digests (RFC 8760). */
export type Offer = "bearer" | "sha-256" | "md5";

/**
 * Most preferred first (RFC 8760 §2.3, RFC 8898 §2.1.1), in a header line each; and MD5 last, because SIP.js 0.21 and JsSIP
 * 3.13 keep only the last line of a 401 and give up unless it says MD5.
 */
export const DEFAULT_OFFERS: readonly Offer[] = ["sha-256", "md5"];

const ALGORITHMS: Readonly<Record<Offer, Algorithm | undefined>> = {
  bearer: undefined,
  "sha-256": "SHA-256",
  md5: "MD5",
};

const NONCE_COUNT = /^[0-9a-f]{1,8}$/i;

/** Stands in for the HA1s of a user that does not exist, so that refusing one takes the work of refusing another. */
const NOBODY: Ha1s = { MD5: "0".repeat(32), "SHA-256": "0".repeat(64) };

interface Wording {
  readonly status: 401 | 407;
  readonly challenge: HeaderField<Octets>;
  readonly credentials: HeaderField<Credentials>;
}

const WORDING: Readonly<Record<Asker, Wording>> = {
  registrar: { status: 401, challenge: WwwAuthenticate, credentials: Authorization },
  proxy: { status: 407, challenge: ProxyAuthenticate, credentials: ProxyAuthorization },
};

/**
 * The request's digest credentials for the realm; undefined if it has none that answer a challenge of ours: another
 * realm, an algorithm that we did not offer, no qop (we always ask for it), no count, or another Request-URI (RFC 7616 §3.4.6).
 * Throws `SipSyntaxError` for a header that cannot be read.
 */
export function digestCredentials(
  request: SipRequest,
  asker: Asker,
  realm: string,
  offers: readonly Offer[] = DEFAULT_OFFERS,
): DigestCredentials | undefined {
  for (const { scheme, params } of request.headers.all(WORDING[asker].credentials)) {
    if (scheme === "digest" && given(params, "realm") === realm) return readDigest(request, params, offers);
  }
  return undefined;
}

function readDigest(
  { method, uri }: SipRequest,
  params: Params,
  offers: readonly Offer[],
): DigestCredentials | undefined {
  const named = (given(params, "algorithm") || "MD5").toUpperCase();
  const offer = offers.find((candidate) => ALGORITHMS[candidate] === named);
  const algorithm = offer && ALGORITHMS[offer];
  if (algorithm === undefined || given(params, "qop") !== "auth" || given(params, "uri") !== uri)
    return undefined;
  const nc = given(params, "nc");
  if (!NONCE_COUNT.test(nc)) return undefined;
  return {
    method,
    uri,
    algorithm,
    username: given(params, "username"),
    nonce: given(params, "nonce"),
    nc,
    cnonce: given(params, "cnonce"),
    response: given(params, "response"),
    count: Number.parseInt(nc, 16),
  };
}

function given(params: Params, name: string): Octets {
  return unquoted(paramOf(params, name) ?? "");
}

/**
 * Whether the credentials prove that their sender knows the password. `ha1s` are the user's, undefined for an unknown
 * user, which is refused like a wrong password. "stale": the password is right, the nonce is not (RFC 7616 §3.3).
 */
export function judge(
  credentials: DigestCredentials,
  ha1s: Ha1s | undefined,
  keyring: Keyring,
  scope: NonceScope,
  now: number,
): "proved" | "stale" | "wrong" {
  const { algorithm, nonce, response } = credentials;
  const expected = responseOf(algorithm, (ha1s ?? NOBODY)[algorithm], credentials);
  const same = sameResponse(expected, response);
  const fresh = isFreshNonce(keyring, scope, nonce, now);
  if (!same || ha1s === undefined) return "wrong";
  return fresh ? "proved" : "stale";
}

/** What a challenge says beside its nonce. */
export interface ChallengeOptions {
  readonly offers?: readonly Offer[];
  /** What the nonce answers: see `issueNonce`. */
  readonly salt?: string;
  readonly stale?: boolean;
  /** Needed for an offer of `bearer`. */
  readonly tokens?: TokenSource | undefined;
  /** A token was given, and is not accepted. */
  readonly isTokenWrong?: boolean;
}

/**
 * The refusal that asks for credentials: 401 or 407 with a challenge per offer, in the order of the offers (RFC 7616 §3.3,
 * RFC 8760 §2.3, RFC 8898 §2.2).
 */
export function challenge(
  asker: Asker,
  keyring: Keyring,
  scope: NonceScope,
  now: number,
  options: ChallengeOptions = {},
): Refusal {
  const { offers = DEFAULT_OFFERS, salt, stale = false, tokens, isTokenWrong = false } = options;
  const { status, challenge: field } = WORDING[asker];
  const nonce = issueNonce(keyring, scope, now, salt);
  const lines: HeaderLine[] = [];
  for (const offer of offers) {
    const algorithm = ALGORITHMS[offer];
    if (algorithm !== undefined) {
      const text = `Digest realm=${quoted(scope.realm)}, nonce="${nonce}", algorithm=${algorithm}, qop="auth"${stale ? ", stale=true" : ""}`;
      lines.push(headerLine(field, text));
    } else if (tokens !== undefined) {
      lines.push(headerLine(field, bearerChallenge(scope.realm, tokens, isTokenWrong)));
    }
  }
  return new Refusal(status, reasonPhrase(status), lines);
}

import type { App } from "../app/app.ts";
import { rightsBy } from "../app/rights-by.ts";
import { wordsOf } from "../auth/rights.ts";
import type { Octets } from "../sip/octets.ts";
import type { AuthorizerContext, GatewayHandshake } from "./event.ts";
import { headerOf } from "./header-of.ts";
import { isOriginAllowed } from "./origin.ts";

/** How a token may come with the handshake, beside `Authorization: Bearer` and the query's `access_token`. */
export interface AdmissionOptions {
  /** The cookie that holds it; none if it is not said. */
  readonly cookie?: string | undefined;
  /**
   * Whether pages of this origin may open connections. A browser sends cookies wherever a page of any site asks it to (RFC 6455
   * §10.2), so that a cookie is a credential only with an origin that may. If it is not said, those of the handshake's own host may.
   */
  readonly isAllowedOrigin?: (origin: string, host: string) => boolean;
}

/** A cookie is taken from pages of the origins that are named: not of any ("*"), as it comes along whatever page asks for it. */
export function admissionOptions(origins: readonly string[], cookie: string | undefined): AdmissionOptions {
  const named = origins.filter((origin) => origin !== "*");
  return { cookie, isAllowedOrigin: (origin, host) => isOriginAllowed(origin, host, named) };
}

/**
 * Who is let in by the token in a handshake (RFC 6750 §2.1, §2.3): what every event of the connection is to say of it. Undefined
 * for a handshake without a token: its client proves itself in SIP. "refused" for a token that is not good.
 */
export async function admission(
  app: App,
  handshake: GatewayHandshake,
  options: AdmissionOptions = {},
): Promise<AuthorizerContext | undefined | "refused"> {
  const { bearers } = app;
  if (bearers === undefined) return undefined;
  const token = tokenIn(handshake, options);
  if (token === undefined) return undefined;
  const verified = await bearers.verify(token);
  // A trunk proves itself in another way.
  if (typeof verified !== "object" || app.settings.trunks?.byAor.has(verified.aor)) return "refused";
  const admitted = { aor: verified.aor, expiresAt: String(verified.expiresAt) };
  // Now, and not with each of its calls.
  const rights = await rightsBy(app, verified);
  return rights === undefined ? admitted : { ...admitted, rights: wordsOf(rights).join(" ") };
}

/** The first that there is: who sends two means the one that is said the most plainly. */
function tokenIn(handshake: GatewayHandshake, options: AdmissionOptions): Octets | undefined {
  const [, token] = /^bearer +(\S.*)$/i.exec(headerOf(handshake, "authorization")) ?? [];
  if (token !== undefined) return token;
  const query = handshake.queryStringParameters?.["access_token"];
  if (query) return query;
  if (options.cookie === undefined || !mayUseCookies(handshake, options)) return undefined;
  return cookieIn(headerOf(handshake, "cookie"), options.cookie);
}

function mayUseCookies(
  handshake: GatewayHandshake,
  { isAllowedOrigin = isOfHost }: AdmissionOptions,
): boolean {
  const origin = headerOf(handshake, "origin");
  return origin !== "" && isAllowedOrigin(origin, headerOf(handshake, "host"));
}

function isOfHost(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}

/** The value of a cookie (RFC 6265 §4.2.1); undefined if there is none, or an empty one. */
function cookieIn(header: string, name: string): string | undefined {
  for (const pair of header.split(";")) {
    const equals = pair.indexOf("=");
    if (pair.slice(0, equals).trim() !== name) continue;
    return (
      pair
        .slice(equals + 1)
        .trim()
        .replace(/^"(.*)"$/, "$1") || undefined
    );
  }
  return undefined;
}

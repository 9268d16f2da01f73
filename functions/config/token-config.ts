import { DEFAULT_OFFERS, type Offer } from "../auth/authenticate.ts";

/** Whose tokens are taken, and how. */
export interface TokenConfig {
  /** Where the issuer's keys are: a URL, or a file. */
  readonly keys: { readonly url: URL } | { readonly file: string };
  readonly issuer: string;
  readonly audience: string;
  /** The claim that names the user. */
  readonly claim: string;
  /** The claim that says what the user may begin. */
  readonly rightsClaim: string | undefined;
  /** The cookie that may hold a token at connect. */
  readonly cookie: string | undefined;
  /** As challenges name it; https. */
  readonly authzServer: string;
  readonly scope: string | undefined;
}

/** The variables that this reads, each as it is set; "" for none. */
export type TokenVariable =
  | "JWT_JWKS_URL"
  | "JWT_KEY_FILE"
  | "JWT_ISSUER"
  | "JWT_AUDIENCE"
  | "JWT_CLAIM"
  | "JWT_RIGHTS_CLAIM"
  | "JWT_COOKIE"
  | "JWT_AUTHZ_SERVER"
  | "JWT_SCOPE";

const OFFERS: readonly Offer[] = ["bearer", "sha-256", "md5"];
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
/** RFC 6265 §4.1.1. */
const COOKIE_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
/** RFC 6749 §3.3. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/;

/** Reads no files. What is wrong is added to the problems. Undefined if no tokens are taken. */
export function tokenConfig(
  value: (name: TokenVariable) => string,
  problems: string[],
): TokenConfig | undefined {
  const [jwksUrl, file, claim] = [value("JWT_JWKS_URL"), value("JWT_KEY_FILE"), value("JWT_CLAIM")];
  const needed = ["JWT_ISSUER", "JWT_AUDIENCE"] as const;
  if (jwksUrl === "" && file === "") {
    const alone = [...needed, "JWT_RIGHTS_CLAIM", "JWT_COOKIE", "JWT_AUTHZ_SERVER", "JWT_SCOPE"] as const;
    const given = alone.filter((name) => value(name) !== "");
    if (given.length > 0) problems.push(`${given.join(" and ")} also need JWT_JWKS_URL or JWT_KEY_FILE`);
    return undefined;
  }
  if (jwksUrl !== "" && file !== "")
    problems.push("JWT_JWKS_URL and JWT_KEY_FILE are both for the issuer's keys: leave out one");
  const missing = needed.filter((name) => value(name) === "");
  if (missing.length > 0)
    problems.push(`${jwksUrl === "" ? "JWT_KEY_FILE" : "JWT_JWKS_URL"} also needs ${missing.join(" and ")}`);
  const url = jwksUrl === "" ? undefined : keysUrl(jwksUrl, problems);
  const cookie = value("JWT_COOKIE");
  if (cookie !== "" && !COOKIE_NAME.test(cookie))
    problems.push(`JWT_COOKIE must be the name of a cookie, not "${cookie}"`);
  const scope = value("JWT_SCOPE");
  if (scope !== "" && !SCOPE.test(scope))
    problems.push(`JWT_SCOPE must be scopes, separated by single spaces, not "${scope}"`);
  return {
    keys: url === undefined ? { file } : { url },
    issuer: value("JWT_ISSUER"),
    audience: value("JWT_AUDIENCE"),
    claim,
    rightsClaim: value("JWT_RIGHTS_CLAIM") || undefined,
    cookie: cookie || undefined,
    authzServer: value("JWT_AUTHZ_SERVER") || value("JWT_ISSUER"),
    scope: scope || undefined,
  };
}

/** How one may prove who one is, in the order of CHALLENGES. What is wrong is added to the problems. */
export function offersIn(
  names: readonly string[],
  tokens: TokenConfig | undefined,
  problems: string[],
): readonly Offer[] {
  const given = names.map((name) => name.toLowerCase());
  const wrong = given.find((name) => !OFFERS.some((offer) => offer === name));
  if (wrong !== undefined) problems.push(`CHALLENGES must be of ${OFFERS.join(", ")}, not "${wrong}"`);
  if (new Set(given).size < given.length) problems.push("CHALLENGES names one twice");
  const fallback: readonly Offer[] = tokens === undefined ? DEFAULT_OFFERS : ["bearer", ...DEFAULT_OFFERS];
  const offers = given.length === 0 ? fallback : (given as readonly Offer[]);
  if (!offers.includes("bearer")) return offers;
  if (tokens === undefined) problems.push("CHALLENGES=bearer needs JWT_JWKS_URL or JWT_KEY_FILE");
  else if (!isHttps(tokens.authzServer))
    problems.push(
      "JWT_AUTHZ_SERVER must be the https URL where clients get tokens (RFC 8898), since JWT_ISSUER is none",
    );
  return offers;
}

function keysUrl(text: string, problems: string[]): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && LOOPBACK.test(url.hostname));
  // Not the text itself: it may hold a password.
  if (!isSafe) problems.push("JWT_JWKS_URL must be an https URL, or http on this machine");
  else if (url?.username !== "" || url.password !== "")
    problems.push("JWT_JWKS_URL must hold no credentials");
  return url;
}

function isHttps(text: string): boolean {
  return URL.canParse(text) && new URL(text).protocol === "https:" && !/[\s"\\]/.test(text);
}

import { type KeyObject, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type JWK, type JWTPayload, SignJWT } from "jose";
import { onTestFinished } from "vitest";
import { ecKeys } from "./key-pair.ts";

/** One key pair of an issuer. */
export interface IssuerKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export const ISSUER = "https://login.example.com/";
export const AUDIENCE = "sipwake";

export function anIssuerKey(kid: string = randomUUID()): IssuerKey {
  return { kid, alg: "ES256", ...ecKeys() };
}

export function publicJwk({ publicKey, kid, alg }: IssuerKey): JWK {
  return { ...(publicKey.export({ format: "jwk" }) as JWK), kid, alg, use: "sig" };
}

/** What differs from an honest token of the issuer's, which names a user and ends in ten minutes. */
export interface TokenOptions {
  readonly claims?: JWTPayload;
  readonly header?: Readonly<Record<string, string>>;
  readonly without?: readonly string[];
}

/** Signs a token with the key. `now` in ms since 1970. */
export function aToken(
  { privateKey, kid, alg }: IssuerKey,
  sub: string,
  now: number,
  { claims = {}, header = {}, without = [] }: TokenOptions = {},
): Promise<string> {
  const seconds = Math.floor(now / 1000);
  const all = { iss: ISSUER, aud: AUDIENCE, sub, iat: seconds, exp: seconds + 600, ...claims };
  const payload = Object.fromEntries(Object.entries(all).filter(([name]) => !without.includes(name)));
  return new SignJWT(payload).setProtectedHeader({ alg, kid, ...header }).sign(privateKey);
}

/** Where an issuer publishes its keys, until the test ends. */
export interface KeyServer {
  readonly url: string;
  /** The keys that it publishes; undefined: it answers 503. */
  keys: readonly IssuerKey[] | undefined;
  /** How often it was asked. */
  readonly asked: () => number;
}

export async function aKeyServer(...keys: readonly IssuerKey[]): Promise<KeyServer> {
  let asked = 0;
  const server = createServer((_, response) => {
    asked++;
    const { keys: published } = known;
    if (published === undefined) response.writeHead(503).end("later");
    else response.end(JSON.stringify({ keys: published.map(publicJwk) }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  const known: KeyServer = { url, keys, asked: () => asked };
  return known;
}

/** What configures a stack that takes its tokens. */
export function takingTokens({ url }: KeyServer): Readonly<Record<string, string>> {
  return { JWT_JWKS_URL: url, JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE };
}

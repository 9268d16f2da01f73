import { createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from "node:crypto";
import type { JWK, JWTVerifyGetKey } from "jose";
import type { Config } from "../config/config.ts";
import { ConfigError } from "../config/config-error.ts";
import { objectIn, textIn } from "../config/key-file.ts";
import type { TokenConfig } from "../config/token-config.ts";
import type { Bearers, Log } from "../ports.ts";
import { fixedKeys, onlyKey } from "./fixed-keys.ts";
import { jwtBearers, PUBLIC_KEY_ALGORITHMS, SECRET_KEY_ALGORITHMS } from "./jwt.ts";
import { remoteKeys } from "./remote-keys.ts";

/** Who verifies tokens for users of these domains. Throws `ConfigError` for a file that holds no key. */
export function tokenBearers(
  tokens: TokenConfig,
  domains: Config["domains"],
  clock: () => number,
  log: Log,
): Bearers {
  const { keys, algorithms } =
    "url" in tokens.keys
      ? { keys: remoteKeys(tokens.keys.url, clock, log), algorithms: PUBLIC_KEY_ALGORITHMS }
      : keysIn(textIn("JWT_KEY_FILE", tokens.keys.file));
  return jwtBearers(keys, { ...tokens, algorithms, domains }, clock, log);
}

/** Octets of a secret for HS256 (RFC 7518 §3.2). */
const MIN_SECRET = 32;

interface Keys {
  readonly keys: JWTVerifyGetKey;
  readonly algorithms: readonly string[];
}

// What is wrong with a key is said in our words: others' might quote it.

/**
 * A public key in PEM, a JWK or a JWK Set; or one secret as a JWK, by which tokens are then signed and by nothing else: who may
 * choose could sign with what is public.
 */
function keysIn(text: string): Keys {
  const json = objectIn(text);
  if (json === undefined) return { keys: onlyKey(publicKeyIn(text)), algorithms: PUBLIC_KEY_ALGORITHMS };
  if (json["kty"] === "oct") return { keys: onlyKey(secretIn(json)), algorithms: SECRET_KEY_ALGORITHMS };
  const jwks: readonly unknown[] = Array.isArray(json["keys"]) ? json["keys"] : [json];
  if (jwks.length === 0) throw problem("it has no keys");
  return { keys: fixedKeys({ keys: jwks.map(publicJwk) }), algorithms: PUBLIC_KEY_ALGORITHMS };
}

function secretIn({ k }: Readonly<Record<string, unknown>>): KeyObject {
  const secret = Buffer.from(typeof k === "string" ? k : "", "base64url");
  if (secret.length < MIN_SECRET) throw problem(`its secret is shorter than ${MIN_SECRET} octets`);
  return createSecretKey(secret);
}

function publicJwk(jwk: unknown): JWK {
  if (typeof jwk !== "object" || jwk === null) throw problem("one of its keys is no JWK");
  const key = jwk as JsonWebKey;
  if (key.d !== undefined) throw problem("it holds a private key, which belongs to the issuer alone");
  try {
    createPublicKey({ key, format: "jwk" });
  } catch {
    throw problem("one of its keys is no public key");
  }
  return jwk as JWK;
}

function publicKeyIn(pem: string): KeyObject {
  if (pem.includes("PRIVATE KEY")) throw problem("it holds a private key, which belongs to the issuer alone");
  try {
    return createPublicKey(pem);
  } catch {
    throw problem("it is neither PEM nor JSON");
  }
}

function problem(what: string): ConfigError {
  return new ConfigError([`JWT_KEY_FILE must hold a public key in PEM, a JWK or a JWK Set: ${what}`]);
}

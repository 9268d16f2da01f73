import type { KeyObject } from "node:crypto";
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";

/** The keys of a JWK Set that does not change; throws if it is none. A token says by `kid` and `alg` which one it means. */
export function fixedKeys(set: JSONWebKeySet): JWTVerifyGetKey {
  return createLocalJWKSet(set);
}

/** The one key, whichever a token says that it means. */
export function onlyKey(key: KeyObject): JWTVerifyGetKey {
  return async () => key;
}

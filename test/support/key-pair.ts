import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";

/** A new pair of keys. */
export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

// Node 20 can lock up for ever when a key that it has just made is exported, or looked at, as garbage is collected (the end of what made
// it waits for the key that is being read). So these are read from PEM.
const publicKeyEncoding = { type: "spki" as const, format: "pem" as const };
const privateKeyEncoding = { type: "pkcs8" as const, format: "pem" as const };

export function ecKeys(namedCurve = "P-256"): KeyPair {
  return read(generateKeyPairSync("ec", { namedCurve, publicKeyEncoding, privateKeyEncoding }));
}

export function rsaKeys(): KeyPair {
  const modulusLength = 2048;
  return read(generateKeyPairSync("rsa", { modulusLength, publicKeyEncoding, privateKeyEncoding }));
}

function read(pem: { readonly privateKey: string; readonly publicKey: string }): KeyPair {
  return { privateKey: createPrivateKey(pem.privateKey), publicKey: createPublicKey(pem.publicKey) };
}

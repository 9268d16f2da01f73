import { createECDH } from "node:crypto";

/** The keys that web pushes are signed with (RFC 8292), base64url: a point of P-256, uncompressed, and its scalar. */
export interface VapidKeys {
  readonly publicKey: string;
  readonly privateKey: string;
}

const CURVE = "prime256v1";
const OCTETS = 32;

/** The public key to a private one; undefined if that is none. */
export function publicKeyOf(privateKey: string): string | undefined {
  const scalar = Buffer.from(privateKey, "base64url");
  if (scalar.length !== OCTETS || scalar.toString("base64url") !== privateKey) return undefined;
  const pair = createECDH(CURVE);
  try {
    pair.setPrivateKey(scalar);
    return pair.getPublicKey("base64url");
  } catch {
    return undefined;
  }
}

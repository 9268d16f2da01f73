import { hash, timingSafeEqual } from "node:crypto";
import { bytesOf, type Octets } from "../sip/octets.ts";

/** The digest algorithms that we offer (RFC 8760 §2). */
export type Algorithm = "MD5" | "SHA-256";

/** A user's credentials, per algorithm: H(username ":" realm ":" password) in hexadecimal (RFC 7616 §3.4.2). */
export type Ha1s = Readonly<Record<Algorithm, string>>;

/** What a client's digest is computed from, besides the HA1, all unquoted (RFC 7616 §3.4). */
export interface DigestInput {
  readonly method: Octets;
  readonly uri: Octets;
  readonly nonce: Octets;
  readonly nc: Octets;
  readonly cnonce: Octets;
}

const OPENSSL_NAMES: Readonly<Record<Algorithm, string>> = { MD5: "md5", "SHA-256": "sha256" };

export function ha1s(user: Octets, realm: Octets, password: Octets): Ha1s {
  const secret = `${user}:${realm}:${password}`;
  return { MD5: digest("MD5", secret), "SHA-256": digest("SHA-256", secret) };
}

/** The `response` of a client that knows the password, for qop=auth (RFC 7616 §3.4.1). */
export function responseOf(algorithm: Algorithm, ha1: string, input: DigestInput): string {
  const { method, uri, nonce, nc, cnonce } = input;
  return digest(algorithm, `${ha1}:${nonce}:${nc}:${cnonce}:auth:${ha2(algorithm, `${method}:${uri}`)}`);
}

/** The last HA2: all REGISTERs to a domain have the same one. */
let latest = { algorithm: "", request: "", ha2: "" };

function ha2(algorithm: Algorithm, request: Octets): string {
  if (latest.request !== request || latest.algorithm !== algorithm) {
    latest = { algorithm, request, ha2: digest(algorithm, request) };
  }
  return latest.ha2;
}

/** Whether a client's response is the expected one, in a time that does not tell where they differ. */
export function sameResponse(expected: string, given: Octets): boolean {
  const a = bytesOf(expected);
  const b = bytesOf(given.toLowerCase());
  return a.length === b.length && timingSafeEqual(a, b);
}

function digest(algorithm: Algorithm, text: Octets): string {
  return hash(OPENSSL_NAMES[algorithm], bytesOf(text), "hex");
}

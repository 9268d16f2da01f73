import { createHash } from "node:crypto";
import type { Heard } from "../races/heard.ts";

const md5 = (text: string) => createHash("md5").update(text).digest("hex");

/** The header line that answers a 401 or 407 (RFC 7616 §3.4.1). */
export function credentialsFor(challenge: Heard, user: string, method: string, uri: string): string {
  const isProxy = challenge.status === 407;
  const lines = challenge.all(isProxy ? "Proxy-Authenticate" : "WWW-Authenticate");
  const nonce = /nonce="([^"]*)"/.exec(lines.find((line) => line.includes("MD5")) ?? "")?.[1] ?? "";
  const ha1 = md5(`${user}:localhost:sipwake`);
  const response = md5(`${ha1}:${nonce}:00000001:c:auth:${md5(`${method}:${uri}`)}`);
  return `${isProxy ? "Proxy-" : ""}Authorization: Digest algorithm=MD5, username="${user}", realm="localhost", nonce="${nonce}", uri="${uri}", response="${response}", qop=auth, cnonce="c", nc=00000001`;
}

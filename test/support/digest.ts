import { createHash } from "node:crypto";

/** The answer to an MD5 challenge (RFC 7616 §3.4.1), as JsSIP gives it: of several challenges it reads the last line. `uses` is how often its nonce has been used, this time included. */
export function answerTo(
  challenges: readonly string[],
  user: string,
  password: string,
  method: string,
  uri: string,
  uses = 1,
): string {
  const challenge = challenges.at(-1) ?? "";
  const [realm, nonce] = ["realm", "nonce"].map(
    (name) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1] ?? "",
  );
  const md5 = (text: string) => createHash("md5").update(text).digest("hex");
  const nc = uses.toString(16).padStart(8, "0");
  const response = md5(
    `${md5(`${user}:${realm}:${password}`)}:${nonce}:${nc}:c:auth:${md5(`${method}:${uri}`)}`,
  );
  return `Digest algorithm=MD5, username="${user}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", qop=auth, cnonce="c", nc=${nc}`;
}

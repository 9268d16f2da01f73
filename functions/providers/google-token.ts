import type { KeyObject } from "node:crypto";
import { SignJWT } from "jose";
import { jsonIn, member, text } from "./json.ts";
import { type KeptToken, keptToken } from "./kept-token.ts";
import { type PostingOptions, post } from "./post.ts";

/** A Google service account, as its JSON file describes it. */
export interface ServiceAccount {
  readonly projectId: string;
  readonly clientEmail: string;
  /** RSA. */
  readonly privateKey: KeyObject;
  readonly privateKeyId: string;
  /** Where its assertions are exchanged for access tokens. */
  readonly tokenUri: string;
}

const SCOPE = "https://www.googleapis.com/auth/firebase.messaging";
/** How long an assertion may be used, in seconds: as long as Google allows. */
const ASSERTION_LIFE = 3_600;
/** A token is used until so long before its end, in seconds: it may travel for some of them. */
const RESERVE = 300;
/** How long Google has for a token, in ms. */
const TIME = 10_000;
/** In ms. */
const SPACING = 60_000;

/**
 * The access token that FCM knows us by, for an assertion that the account's key has signed (RFC 7523 §2.1). Rejects if there
 * is none to be had, with what Google says.
 */
export function googleToken(account: ServiceAccount, options: Omit<PostingOptions, "until">): KeptToken {
  const { clock } = options;
  const make = async () => {
    const now = clock();
    const body = new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: await assertion(account, now),
    });
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const posting = { url: account.tokenUri, headers, body: body.toString() };
    const answer = await post(posting, { ...options, until: now + TIME });
    const said = jsonIn(answer.body);
    const token = text(said, "access_token");
    if (answer.status !== 200 || token === "") {
      const why = [answer.status, text(said, "error"), text(said, "error_description")].join(" ").trim();
      throw new Error(`no access token: ${why}`);
    }
    const life = Number(member(said, "expires_in")) || 0;
    return { token, until: now + Math.max(0, life - RESERVE) * 1000 };
  };
  return keptToken(make, SPACING, clock);
}

function assertion(
  { clientEmail, privateKey, privateKeyId, tokenUri }: ServiceAccount,
  now: number,
): Promise<string> {
  const seconds = Math.floor(now / 1000);
  return new SignJWT({ scope: SCOPE })
    .setProtectedHeader({ alg: "RS256", typ: "JWT", kid: privateKeyId })
    .setIssuer(clientEmail)
    .setAudience(tokenUri)
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + ASSERTION_LIFE)
    .sign(privateKey);
}

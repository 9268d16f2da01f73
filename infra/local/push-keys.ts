import { createPrivateKey, type KeyObject } from "node:crypto";
import { ConfigError } from "../../functions/config/config-error.ts";
import { objectIn, textIn } from "../../functions/config/key-file.ts";
import type { ServiceAccount } from "../../functions/providers/google-token.ts";

// What is wrong with a key is said in our words: others' might quote it.

const GOOGLE_TOKENS = "https://oauth2.googleapis.com/token";

/** The key in the file that APNS_KEY_FILE names, as Apple hands it out (`.p8`). Throws `ConfigError`. */
export function appleKey(file: string): KeyObject {
  const key = privateKeyIn(textIn("APNS_KEY_FILE", file));
  if (key?.asymmetricKeyDetails?.namedCurve !== "prime256v1")
    throw new ConfigError(["APNS_KEY_FILE must hold a P-256 private key in PEM, as Apple's .p8 files do"]);
  return key;
}

/** The account in the file that FCM_SERVICE_ACCOUNT names, as Google hands it out (JSON). Throws `ConfigError`. */
export function serviceAccount(file: string): ServiceAccount {
  const problem = (what: string) =>
    new ConfigError([`FCM_SERVICE_ACCOUNT must be the JSON file of a Google service account: ${what}`]);
  const given = objectIn(textIn("FCM_SERVICE_ACCOUNT", file));
  if (given === undefined) throw problem("it is no JSON object");
  const member = (name: string): string => {
    const value = given[name];
    if (typeof value !== "string" || value === "") throw problem(`it has no ${name}`);
    return value;
  };
  const projectId = member("project_id");
  const clientEmail = member("client_email");
  const privateKeyId = member("private_key_id");
  const privateKey = privateKeyIn(member("private_key"));
  if (privateKey?.asymmetricKeyType !== "rsa") throw problem("its private_key is no RSA key in PEM");
  const tokenUri = given["token_uri"] === undefined ? GOOGLE_TOKENS : member("token_uri");
  if (!(URL.canParse(tokenUri) && tokenUri.startsWith("https://")))
    throw problem("its token_uri is not https");
  return { projectId, clientEmail, privateKeyId, privateKey, tokenUri };
}

function privateKeyIn(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

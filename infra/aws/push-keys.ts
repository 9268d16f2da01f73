import { createPrivateKey, type KeyObject } from "node:crypto";

// What is wrong with a key is said in our words: others' might quote it.

/** What Apple gave for pushing to a team's apps. */
export interface AppleKey {
  /** What is in the `.p8` file. */
  readonly pem: string;
  readonly keyId: string;
  readonly teamId: string;
  readonly bundles: readonly string[];
}

/** What Google gave for pushing to a Firebase project's apps. */
export interface GoogleKey {
  /** What is in the service account's JSON file. */
  readonly json: string;
}

const APPLE_ID = /^[A-Z0-9]{10}$/;
const BUNDLE = /^[A-Za-z0-9.-]{1,256}$/;
const PROJECT = /^[\w.-]{1,256}$/;

/** What is wrong with Apple's; a line each. */
export function appleProblems({ pem, keyId, teamId, bundles }: AppleKey): readonly string[] {
  const problems: string[] = [];
  if (privateKeyIn(pem)?.asymmetricKeyDetails?.namedCurve !== "prime256v1")
    problems.push("--apns-key must be a file with a P-256 private key in PEM, as Apple's .p8 files are");
  if (!APPLE_ID.test(keyId))
    problems.push("--key-id must be the 10 letters and digits that Apple calls the key");
  if (!APPLE_ID.test(teamId))
    problems.push("--team-id must be the 10 letters and digits that Apple calls the team");
  for (const bundle of bundles)
    if (!BUNDLE.test(bundle)) problems.push(`--bundle must be a bundle id, and "${bundle}" is none`);
  return problems;
}

/** The Firebase project that a service account is of, which is what phones call the app; or what is wrong with the file. */
export function firebaseProject({
  json,
}: GoogleKey): { readonly project: string } | { readonly problem: string } {
  const wrong = (what: string) => ({
    problem: `--fcm must be the JSON file of a Google service account: ${what}`,
  });
  const account = objectIn(json);
  if (account === undefined) return wrong("it is no JSON object");
  for (const member of ["project_id", "client_email", "private_key"])
    if (typeof account[member] !== "string" || account[member] === "") return wrong(`it has no ${member}`);
  if (privateKeyIn(String(account["private_key"]))?.asymmetricKeyType !== "rsa")
    return wrong("its private_key is no RSA key in PEM");
  const project = String(account["project_id"]);
  return PROJECT.test(project) ? { project } : wrong("its project_id is none");
}

function privateKeyIn(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

function objectIn(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

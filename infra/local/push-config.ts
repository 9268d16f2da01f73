import { type SnsApplication, snsProviders } from "../../functions/config/sns-applications.ts";

/** The push services that we speak to ourselves. With none, and without SNS, a double of SNS stands for all of them in a demo. */
export interface PushConfig {
  /** Direct to Apple. */
  readonly apns: ApnsConfig | undefined;
  /** Direct to Firebase: the JSON file of a service account. */
  readonly fcmAccountFile: string | undefined;
}

interface ApnsConfig {
  /** A `.p8` file. */
  readonly keyFile: string;
  readonly keyId: string;
  readonly teamId: string;
  readonly bundles: readonly string[];
}

/** The variables that this reads, each as it is set; "" for none. */
export type PushVariable =
  | "APNS_KEY_FILE"
  | "APNS_KEY_ID"
  | "APNS_TEAM_ID"
  | "APNS_BUNDLES"
  | "FCM_SERVICE_ACCOUNT";

const APPLE_ID = /^[A-Z0-9]{10}$/;
const BUNDLE = /^[A-Za-z0-9.-]+$/;

/** Reads no files. What is wrong is added to the problems: that both we and SNS should push to the same service, too. */
export function pushConfig(
  value: (name: PushVariable) => string,
  bundles: readonly string[],
  sns: readonly SnsApplication[],
  problems: string[],
): PushConfig {
  const apns = apnsConfig(value, bundles, problems);
  const fcmAccountFile = value("FCM_SERVICE_ACCOUNT") || undefined;
  const direct = [
    ...(apns === undefined ? [] : ["apns", "apns.dev"]),
    ...(fcmAccountFile === undefined ? [] : ["fcm"]),
  ];
  const twice = snsProviders(sns).filter((provider) => direct.includes(provider));
  if (twice.length > 0) {
    const variable = twice.includes("fcm") ? "FCM_SERVICE_ACCOUNT" : "APNS_KEY_FILE";
    problems.push(`SNS_APPLICATIONS and ${variable} are both for ${twice.join(" and ")}: leave out one`);
  }
  return { apns, fcmAccountFile };
}

function apnsConfig(
  value: (name: PushVariable) => string,
  bundles: readonly string[],
  problems: string[],
): ApnsConfig | undefined {
  const names = ["APNS_KEY_FILE", "APNS_KEY_ID", "APNS_TEAM_ID", "APNS_BUNDLES"] as const;
  const missing = names.filter((name) => value(name) === "");
  if (missing.length === names.length) return undefined;
  if (missing.length > 0) {
    const given = names.filter((name) => !missing.includes(name));
    problems.push(`${given.join(" and ")} also need ${missing.join(" and ")}`);
  }
  for (const name of ["APNS_KEY_ID", "APNS_TEAM_ID"] as const) {
    if (value(name) !== "" && !APPLE_ID.test(value(name)))
      problems.push(`${name} must be the 10 letters and digits that Apple gave it, not "${value(name)}"`);
  }
  if (value("APNS_BUNDLES") !== "" && bundles.length === 0)
    problems.push("APNS_BUNDLES must name a bundle id");
  for (const bundle of bundles)
    if (!BUNDLE.test(bundle)) problems.push(`APNS_BUNDLES must be bundle ids, and "${bundle}" is none`);
  return {
    keyFile: value("APNS_KEY_FILE"),
    keyId: value("APNS_KEY_ID"),
    teamId: value("APNS_TEAM_ID"),
    bundles,
  };
}

import type { Platform } from "../../functions/push/destination.ts";

/** Which push services there really are. With none, a double stands for all of them. */
export interface PushConfig {
  /** SNS's platform applications; all in one region. */
  readonly sns: readonly SnsApplication[];
  /** Direct to Apple. */
  readonly apns: ApnsConfig | undefined;
  /** Direct to Firebase: the JSON file of a service account. */
  readonly fcmAccountFile: string | undefined;
}

/** A platform application: what SNS calls our app at one push service. */
export interface SnsApplication {
  readonly platform: Platform;
  /** As phones name it: an Apple bundle id, a Firebase project. */
  readonly app: string;
  readonly arn: string;
  readonly region: string;
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
  | "SNS_APPLICATIONS"
  | "APNS_KEY_FILE"
  | "APNS_KEY_ID"
  | "APNS_TEAM_ID"
  | "APNS_BUNDLES"
  | "FCM_SERVICE_ACCOUNT";

const ARN =
  /^arn:aws[a-z-]*:sns:([a-z0-9-]+):\d{12}:app\/(APNS|APNS_SANDBOX|APNS_VOIP|APNS_VOIP_SANDBOX|GCM)\/[\w.-]{1,256}$/;
const APPLE_ID = /^[A-Z0-9]{10}$/;
const BUNDLE = /^[A-Za-z0-9.-]+$/;

/** Reads no files. What is wrong is added to the problems. */
export function pushConfig(
  value: (name: PushVariable) => string,
  listIn: (name: PushVariable) => readonly string[],
  problems: string[],
): PushConfig {
  const sns = snsApplications(listIn("SNS_APPLICATIONS"), problems);
  const apns = apnsConfig(value, listIn("APNS_BUNDLES"), problems);
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
  return { sns, apns, fcmAccountFile };
}

/** The services that a phone may name for these applications (`pn-provider`). */
export function snsProviders(applications: readonly SnsApplication[]): readonly string[] {
  return [...new Set(applications.map(({ platform }) => providerOf(platform)))];
}

function providerOf(platform: Platform): string {
  if (platform === "GCM") return "fcm";
  return platform.endsWith("_SANDBOX") ? "apns.dev" : "apns";
}

function snsApplications(entries: readonly string[], problems: string[]): readonly SnsApplication[] {
  const applications: SnsApplication[] = [];
  for (const [index, entry] of entries.entries()) {
    const equals = entry.indexOf("=");
    const arn = entry.slice(equals + 1);
    const [, region, platform] = ARN.exec(arn) ?? [];
    if (equals > 0 && region !== undefined && platform !== undefined)
      applications.push({ platform: platform as Platform, app: entry.slice(0, equals), arn, region });
    else
      problems.push(
        `SNS_APPLICATIONS entry ${index + 1} must be app=arn:aws:sns:REGION:ACCOUNT:app/PLATFORM/NAME, not "${entry}"`,
      );
  }
  const names = applications.map(({ platform, app }) => `${platform} of ${app}`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) problems.push(`SNS_APPLICATIONS has two for ${twice}`);
  const regions = new Set(applications.map(({ region }) => region));
  if (regions.size > 1)
    problems.push(`SNS_APPLICATIONS must be in one region, not in ${[...regions].join(" and ")}`);
  return applications;
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

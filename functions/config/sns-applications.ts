import type { ApplicationArn } from "../aws/sns-push.ts";
import type { Platform } from "../push/destination.ts";

/** A platform application: what SNS calls our app at one push service. */
export interface SnsApplication {
  readonly platform: Platform;
  /** As phones name it: an Apple bundle id, a Firebase project. */
  readonly app: string;
  readonly arn: string;
  readonly region: string;
}

const ARN =
  /^arn:aws[a-z-]*:sns:([a-z0-9-]+):\d{12}:app\/(APNS|APNS_SANDBOX|APNS_VOIP|APNS_VOIP_SANDBOX|GCM)\/[\w.-]{1,256}$/;

/** The services that a phone may name for these applications (`pn-provider`). */
export function snsProviders(applications: readonly SnsApplication[]): readonly string[] {
  return [...new Set(applications.map(({ platform }) => providerOf(platform)))];
}

function providerOf(platform: Platform): string {
  if (platform === "GCM") return "fcm";
  return platform.endsWith("_SANDBOX") ? "apns.dev" : "apns";
}

/** `app=arn` for each. What is wrong is added to the problems. */
export function snsApplications(entries: readonly string[], problems: string[]): readonly SnsApplication[] {
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

/** Apple's apps are named by their bundle id, without the team and services that a phone puts around it. */
export function applicationArns(applications: readonly SnsApplication[]): ApplicationArn {
  const arns = new Map(applications.map(({ platform, app, arn }) => [`${platform} ${app}`, arn]));
  return ({ platform, app, topic }) => {
    const name = platform.startsWith("APNS_VOIP") ? topic?.slice(0, -".voip".length) : topic;
    return arns.get(`${platform} ${name ?? app}`);
  };
}

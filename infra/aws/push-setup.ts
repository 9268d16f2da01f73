import type { PlatformApplication } from "../../functions/aws/sns-applications.ts";
import { ConfigError } from "../../functions/config/config-error.ts";
import { type AppleKey, appleProblems, firebaseProject, type GoogleKey } from "./push-keys.ts";
import { PUSH_REGIONS } from "./push-regions.ts";

/** What an administrator asks for. */
export interface PushSetup {
  readonly region: string;
  readonly apple: AppleKey | undefined;
  readonly google: GoogleKey | undefined;
  /** The ARN of the topic that hears of dead tokens; undefined to leave that as it is. */
  readonly feedbackTopic: string | undefined;
}

/** An app of Apple's has four: calls and all else, each for apps of the store and for those that are being developed. */
const APPLE_PLATFORMS = ["APNS_VOIP", "APNS", "APNS_VOIP_SANDBOX", "APNS_SANDBOX"] as const;

const TOPIC = /^arn:aws[a-z-]*:sns:([a-z0-9-]+):\d{12}:[\w-]{1,256}$/;

/** The applications that there must be, each named after its app. Throws `ConfigError`, for all that is wrong. */
export function applicationsOf(setup: PushSetup): readonly PlatformApplication[] {
  const { region, apple, google, feedbackTopic } = setup;
  const problems: string[] = [];
  if (!PUSH_REGIONS.includes(region))
    problems.push(`SNS does not push to phones from ${region}, only from ${PUSH_REGIONS.join(", ")}`);
  if (feedbackTopic !== undefined && TOPIC.exec(feedbackTopic)?.[1] !== region)
    problems.push(`--feedback-topic must be the ARN of a topic in ${region}, not "${feedbackTopic}"`);
  const topics: Readonly<Record<string, string>> =
    feedbackTopic === undefined
      ? {}
      : { EventDeliveryFailure: feedbackTopic, EventEndpointUpdated: feedbackTopic };
  const applications: PlatformApplication[] = [];
  if (apple !== undefined) {
    problems.push(...appleProblems(apple));
    for (const name of new Set(apple.bundles))
      for (const platform of APPLE_PLATFORMS)
        applications.push({ platform, name, attributes: { ...appleAttributes(apple, name), ...topics } });
  }
  if (google !== undefined) {
    const found = firebaseProject(google);
    if ("problem" in found) problems.push(found.problem);
    else {
      const attributes = { PlatformCredential: google.json, ...topics };
      applications.push({ platform: "GCM", name: found.project, attributes });
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return applications;
}

function appleAttributes({ pem, keyId, teamId }: AppleKey, bundle: string) {
  return {
    PlatformCredential: pem.trim(),
    PlatformPrincipal: keyId,
    ApplePlatformTeamID: teamId,
    ApplePlatformBundleID: bundle,
  };
}

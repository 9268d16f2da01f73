import type { PlatformApplication } from "../../functions/aws/sns-applications.ts";

/** SNS's platform applications in one region. */
export interface PlatformApplications {
  /** Their ARNs. */
  list(): Promise<readonly string[]>;
  /** Answers the ARN. */
  create(application: PlatformApplication): Promise<string>;
  update(arn: string, application: PlatformApplication): Promise<void>;
}

/** What became of one application. */
export interface Outcome {
  readonly platform: string;
  readonly app: string;
  /** Undefined as long as there is none. */
  readonly arn: string | undefined;
  readonly done: "created" | "updated" | "to create" | "to update" | "failed";
  /** Why it failed, without the credentials. */
  readonly reason?: string;
}

/**
 * Has every application there and as it shall be: one that is there is updated, which is also how a key is rotated, and keeps its
 * endpoints. May be run again, whatever became of the last time. `dryRun`: nothing is changed. Rejects if not even the list can be had.
 */
export async function setUpPush(
  sns: PlatformApplications,
  wanted: readonly PlatformApplication[],
  dryRun: boolean,
): Promise<readonly Outcome[]> {
  const arns = await sns.list();
  const outcomes: Outcome[] = [];
  for (const application of wanted) {
    const { platform, name: app } = application;
    const arn = arns.find((candidate) => candidate.endsWith(`:app/${platform}/${app}`));
    if (dryRun) {
      outcomes.push({ platform, app, arn, done: arn === undefined ? "to create" : "to update" });
      continue;
    }
    try {
      if (arn === undefined) {
        outcomes.push({ platform, app, arn: await sns.create(application), done: "created" });
      } else {
        await sns.update(arn, application);
        outcomes.push({ platform, app, arn, done: "updated" });
      }
    } catch (error) {
      outcomes.push({ platform, app, arn, done: "failed", reason: reasonOf(error, application) });
    }
  }
  return outcomes;
}

/** The value of `SNS_APPLICATIONS` for the applications that are there. */
export function snsApplicationsOf(outcomes: readonly Outcome[]): string {
  return outcomes
    .filter(({ arn }) => arn !== undefined)
    .map(({ app, arn }) => `${app}=${arn}`)
    .join(",");
}

/** In SNS's words, which may quote what they were asked. */
function reasonOf(error: unknown, { attributes }: PlatformApplication): string {
  const words = error instanceof Error ? error.message || error.name : String(error);
  const credential = attributes["PlatformCredential"] ?? "";
  const quiet = credential === "" ? words : words.replaceAll(credential, "…");
  return quiet.replace(/-----BEGIN[\s\S]*/, "…");
}

import type { SnsApplication } from "../../functions/config/sns-applications.ts";

/** What SNS tells of an application; undefined if there is none. */
type AttributesOf = (arn: string) => Promise<Readonly<Record<string, string>> | undefined>;

/** Asks AWS whether what a stage names is there. */
export async function checkOnline(
  applications: readonly SnsApplication[],
  attributesOf: AttributesOf,
): Promise<{ readonly problems: readonly string[]; readonly notes: readonly string[] }> {
  const problems: string[] = [];
  const notes: string[] = [];
  for (const { arn } of applications) {
    const attributes = await attributesOf(arn);
    if (attributes === undefined)
      problems.push(`there is no platform application ${arn}; see sipwake aws setup-push --help`);
    else if (attributes["Enabled"]?.toLowerCase() === "false")
      problems.push(`the platform application ${arn} is disabled: its key is not good any more`);
    else if (!attributes["EventDeliveryFailure"])
      notes.push(`${arn} tells nobody of dead tokens: run aws setup-push with --feedback-topic`);
  }
  return { problems, notes };
}

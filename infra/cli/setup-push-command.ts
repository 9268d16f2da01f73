import { applicationsOf } from "../aws/push-setup.ts";
import { type Outcome, setUpPush, snsApplicationsOf } from "../aws/set-up-push.ts";
import { snsAccount } from "../aws/sns-account.ts";
import { BadRequest } from "../local/admin/administrator.ts";
import type { SetupPush } from "./command-line.ts";
import { fileContents } from "./file-contents.ts";
import { columns, printable } from "./printed.ts";
import type { Report } from "./report.ts";

/** Looks at the keys first: nothing is asked of AWS before all that is given makes sense. Rejects with `ConfigError` or `BadRequest`. */
export async function setupPush(asked: SetupPush, env: NodeJS.ProcessEnv): Promise<Report> {
  const { apple, google, feedbackTopic, dryRun } = asked;
  const region = asked.region ?? env["AWS_REGION"] ?? "";
  if (region === "") throw new BadRequest("which region? say --region, or set AWS_REGION");
  const wanted = applicationsOf({
    region,
    feedbackTopic,
    apple: apple && { ...apple, pem: await textOf(apple.file) },
    google: google && { json: await textOf(google.file) },
  });
  const sns = snsAccount(region);
  try {
    return report(await setUpPush(sns, wanted, dryRun), dryRun);
  } finally {
    sns.close();
  }
}

async function textOf(file: string): Promise<string> {
  return (await fileContents(file)).toString();
}

function report(outcomes: readonly Outcome[], dryRun: boolean): Report {
  const SNS_APPLICATIONS = snsApplicationsOf(outcomes);
  const value = { applications: outcomes, SNS_APPLICATIONS };
  const rows = outcomes.map(({ done, platform, app }) => [done, platform, app]);
  const notes = columns(rows).trimEnd().split("\n");
  const failures = outcomes.flatMap(({ platform, app, done, reason = "" }) =>
    done === "failed" ? [`${platform} of ${app}: ${printable(reason)}`] : [],
  );
  // A dry run has nothing to paste: what is to be created has no ARN yet.
  const text = dryRun || SNS_APPLICATIONS === "" ? "" : `SNS_APPLICATIONS=${SNS_APPLICATIONS}\n`;
  return { value, text, notes, failures };
}

import { checkOnline } from "../aws/check-online.ts";
import { checkStage } from "../aws/check-stage.ts";
import { snsAccount } from "../aws/sns-account.ts";
import { VARIABLES } from "../local/variables.ts";
import { fileContents } from "./file-contents.ts";
import { printable } from "./printed.ts";
import type { Report } from "./report.ts";

/** Whether a stage's file can be deployed; `online`: as far as AWS can tell, too. Rejects with `BadRequest` if it cannot be read. */
export async function checkCommand({
  file,
  online,
}: {
  readonly file: string;
  readonly online: boolean;
}): Promise<Report> {
  const text = (await fileContents(file)).toString();
  const { problems, notes, region, config } = checkStage(text, Object.keys(VARIABLES));
  if (problems.length > 0) return report(file, problems, notes);
  if (!online) return report(file, [], notes);
  const sns = snsAccount(region);
  try {
    const told = await checkOnline(config.snsApplications, sns.attributes);
    return report(file, told.problems, [...notes, ...told.notes]);
  } finally {
    sns.close();
  }
}

function report(file: string, problems: readonly string[], notes: readonly string[]): Report {
  return {
    value: { file, problems, notes },
    text: problems.length === 0 ? `${printable(file)} can be deployed.\n` : "",
    notes: notes.map((line) => `note: ${printable(line)}`),
    failures: problems.map(printable),
  };
}

import type { Counted } from "../../functions/ports.ts";

/** What a line of the functions' log counts, if it is a metric (CloudWatch's embedded metric format). */
export function countIn(
  line: string,
): { readonly what: Counted; readonly labels: Readonly<Record<string, string>> } | undefined {
  if (!line.includes('"_aws"')) return undefined;
  const { _aws: about, ...fields } = JSON.parse(line);
  const what = about.CloudWatchMetrics[0].Metrics[0].Name as Counted;
  const { [what]: _, ...labels } = fields;
  return { what, labels };
}

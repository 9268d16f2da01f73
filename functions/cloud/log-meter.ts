import type { Counted, Labels, Meter } from "../ports.ts";

const MANY: ReadonlySet<Counted> = new Set<Counted>(["requests", "refusals", "gone", "stale swaps"]);

/**
 * Counts by log lines that CloudWatch makes metrics of: nothing is asked of anybody, and nothing is left running. What
 * API Gateway and DynamoDB count themselves, and what there are many of, is left to them: a line for each would cost more than the message.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function logMeter(stage: string, write: (line: string) => void, clock: () => number): Meter {
  const put = (name: string, unit: "Count" | "Milliseconds", value: number, labels: Labels) => {
    const metric = {
      Namespace: `sipwake/${stage}`,
      Dimensions: [Object.keys(labels)],
      Metrics: [{ Name: name, Unit: unit }],
    };
    const about = { Timestamp: clock(), CloudWatchMetrics: [metric] };
    write(`${JSON.stringify({ _aws: about, ...labels, [name]: value })}\n`);
  };
  return {
    count: (what, labels) => {
      if (!MANY.has(what)) put(what, "Count", 1, labels);
    },
    time: (what, ms) => put(what, "Milliseconds", ms, {}),
  };
}

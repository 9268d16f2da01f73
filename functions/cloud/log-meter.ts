import type { Meter } from "../ports.ts";

/** The namespace of our metrics. */
const NAMESPACE = "sipwake";

/**
 * Counts by log lines that CloudWatch makes metrics of: nothing is asked of anybody, and nothing is left running.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function logMeter(write: (line: string) => void, clock: () => number): Meter {
  return {
    count: (what, labels) => {
      const metric = {
        Namespace: NAMESPACE,
        Dimensions: [Object.keys(labels)],
        Metrics: [{ Name: what, Unit: "Count" }],
      };
      const about = { Timestamp: clock(), CloudWatchMetrics: [metric] };
      write(`${JSON.stringify({ _aws: about, ...labels, [what]: 1 })}\n`);
    },
  };
}

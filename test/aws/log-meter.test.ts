import { expect, test } from "vitest";
import { logMeter } from "../../functions/cloud/log-meter.ts";

test("a count is a line that CloudWatch makes a metric of, with its labels as dimensions", () => {
  const lines: string[] = [];
  const meter = logMeter(
    (line) => lines.push(line),
    () => 1_800_000_000_000,
  );
  meter.count("pushes", { provider: "apns", kind: "call", outcome: "accepted" });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^\{.*\}\n$/);
  expect(JSON.parse(lines[0] ?? "")).toEqual({
    _aws: {
      Timestamp: 1_800_000_000_000,
      CloudWatchMetrics: [
        {
          Namespace: "sipwake",
          Dimensions: [["provider", "kind", "outcome"]],
          Metrics: [{ Name: "pushes", Unit: "Count" }],
        },
      ],
    },
    provider: "apns",
    kind: "call",
    outcome: "accepted",
    pushes: 1,
  });
});

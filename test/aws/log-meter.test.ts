import { expect, test } from "vitest";
import { logMeter } from "../../functions/cloud/log-meter.ts";
import type { Meter } from "../../functions/ports.ts";

const NOW = 1_800_000_000_000;

/** What the meter wrote, line by line. */
function written(use: (meter: Meter) => void): readonly unknown[] {
  const lines: string[] = [];
  use(
    logMeter(
      "prod",
      (line) => lines.push(line),
      () => NOW,
    ),
  );
  for (const line of lines) expect(line).toMatch(/^\{.*\}\n$/);
  return lines.map((line) => JSON.parse(line));
}

function about(name: string, unit: string, dimensions: readonly string[]) {
  const metric = {
    Namespace: "sipwake/prod",
    Dimensions: [dimensions],
    Metrics: [{ Name: name, Unit: unit }],
  };
  return { Timestamp: NOW, CloudWatchMetrics: [metric] };
}

test("a count is a line that CloudWatch makes a metric of, with its labels as dimensions", () => {
  const labels = { provider: "apns", kind: "call", outcome: "accepted" };
  expect(written((meter) => meter.count("pushes", labels))).toEqual([
    { _aws: about("pushes", "Count", ["provider", "kind", "outcome"]), ...labels, pushes: 1 },
  ]);
});

test("a time is one in milliseconds", () => {
  expect(written((meter) => meter.time("wake", 1_850))).toEqual([
    { _aws: about("wake", "Milliseconds", []), wake: 1_850 },
  ]);
});

test("what there is of with every message writes nothing", () => {
  expect(
    written((meter) => {
      meter.count("requests", { method: "REGISTER" });
      meter.count("refusals", { method: "REGISTER", status: "401" });
      meter.count("stale swaps", { record: "location" });
      meter.count("gone", {});
    }),
  ).toEqual([]);
});

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { metrics } from "../../infra/watch/metrics.ts";

// What is drawn and what wakes people must be what we count.

const NAME = /\b(?:sipwake|process|nodejs)_[a-z0-9_]+/g;
/** What Prometheus makes of a histogram. */
const PARTS = /_(?:bucket|sum|count)$/;

test.each(["sipwake.json", "alerts.yml"])(
  "infra/grafana/%s asks for nothing that we do not count",
  async (file) => {
    const text = readFileSync(new URL(`../../infra/grafana/${file}`, import.meta.url), "utf8");
    const asked = new Set([...text.matchAll(NAME)].map(([name]) => name.replace(PARTS, "")));
    const known = new Set(
      [...(await metrics(() => 0).text()).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name ?? ""),
    );
    expect(asked.size).toBeGreaterThan(2);
    expect([...asked].filter((name) => !known.has(name))).toEqual([]);
  },
);

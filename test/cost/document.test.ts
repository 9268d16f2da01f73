import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { chart } from "../../infra/cost/chart.ts";
import { documentWith } from "../../infra/cost/document.ts";
import { countFlows } from "../../infra/cost/flows.ts";

const FILE = new URL("../../docs/cost.md", import.meta.url);
const TEXT = readFileSync(FILE, "utf8");

describe("docs/cost.md", () => {
  test("says what the flows take now, and what that costs (else: npm run cost -- --write)", async () => {
    expect(TEXT).toBe(documentWith(TEXT, await countFlows()));
  });

  test("shows the chart of it (else: npm run cost -- --write)", async () => {
    const svg = readFileSync(new URL("../../docs/cost.svg", import.meta.url), "utf8");
    expect(svg).toBe(chart(await countFlows()));
  });

  test("names only places that are there", () => {
    const places = Array.from(TEXT.matchAll(/\]\(([^)#]+)/g), ([, place = ""]) => place);
    expect(places.length).toBeGreaterThan(3);
    expect(places.filter((place) => !existsSync(new URL(place, FILE)))).toEqual([]);
  });
});

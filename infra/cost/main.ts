import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { chart } from "./chart.ts";
import { documentWith } from "./document.ts";
import { countFlows } from "./flows.ts";
import { PRICES } from "./prices.ts";
import { PROFILE, profileFrom } from "./profile.ts";
import { billTables, flowsTable, profileTable } from "./tables.ts";

// `npm run cost`: what a month costs, from what the flows take, counted now. From the root of the repository.

const DOCUMENT = "docs/cost.md";
const CHART = "docs/cost.svg";

const HELP = `npm run cost -- [--NAME NUMBER ...] [--write]

Prints what 1,000, 100,000 and 10 million users cost a month. --write writes ${DOCUMENT} and
${CHART} anew, with the defaults:

${Object.entries(PROFILE)
  .map(([name, [fallback, meaning]]) => `  --${name.padEnd(10)} ${meaning} [${fallback}]`)
  .join("\n")}
`;

const numbers = Object.fromEntries(Object.keys(PROFILE).map((name) => [name, { type: "string" as const }]));
const { values } = parseArgs({
  options: { ...numbers, write: { type: "boolean" }, help: { type: "boolean", short: "h" } },
});

if (values["help"] === true) process.stdout.write(HELP);
else if (values["write"] === true) {
  const flows = await countFlows();
  writeFileSync(DOCUMENT, documentWith(readFileSync(DOCUMENT, "utf8"), flows));
  writeFileSync(CHART, chart(flows));
} else {
  const profile = profileFrom(values);
  const flows = await countFlows();
  const parts = [flowsTable(flows), profileTable(profile), billTables(flows, profile)];
  process.stdout.write(
    `${parts.join("\n")}\nPrices: ${PRICES.region}, ${PRICES.date} (infra/cost/prices.ts)\n`,
  );
}

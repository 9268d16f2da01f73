import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { reportText } from "./report-text.ts";
import { soak } from "./soak.ts";

// `npm run soak -- --minutes N`: everything that phones do, for as long as one likes, over a server whose ports fail; what is left when it is over.

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    faults: { type: "string", default: "20" },
    phones: { type: "string", default: "100" },
    rate: { type: "string", default: "8" },
    kills: { type: "boolean", default: false },
    "kill-every": { type: "string", default: "60" },
    json: { type: "string" },
  },
});

const seed = Number(values.seed);
process.stdout.write(`seed ${seed}\n`);
const report = await soak({
  server: fileURLToPath(new URL("server.mjs", import.meta.url)),
  seconds: Number(values.minutes) * 60,
  seed,
  faults: Number(values.faults),
  phones: Number(values.phones),
  rate: Number(values.rate),
  killEvery: values.kills ? Number(values["kill-every"]) : 0,
  tell: (line) => process.stdout.write(`${line}\n`),
});
process.stdout.write(reportText(report));
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(report, undefined, 1));
process.exit(report.violations.length === 0 ? 0 : 1);

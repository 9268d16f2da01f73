import { parseArgs } from "node:util";
import { explore, toldAs } from "./explore.ts";
import { HARD, PLAIN } from "./groups.ts";

// `npm run races -- --minutes N`: random stories of every group with other seeds each time, millions in a night; a counterexample is told
// as the shortest story that was found of it. `--seed` and `--group` tell one again.

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    group: { type: "string", default: "" },
    runs: { type: "string", default: "500" },
  },
});

const runs = Number(values.runs);
const end = Date.now() + Number(values.minutes) * 60_000;
const groups = [...PLAIN, ...HARD].filter(({ name }) => name.includes(values.group));
let seed = Number(values.seed);
let stories = 0;
const found = new Set<string>();
process.stdout.write(`seed ${seed}\n`);
do {
  for (const { name, scenes, hardships } of groups) {
    const counterexample = await explore(scenes, hardships, runs, seed);
    stories += runs;
    if (counterexample === undefined) continue;
    const what = `${name}: ${scenes[counterexample.plot.scene]?.name}: ${counterexample.wrongs.join("; ")}`;
    if (!found.has(what)) process.stdout.write(`\nFOUND in "${name}"\n${toldAs(counterexample)}\n`);
    found.add(what);
  }
  seed++;
} while (Date.now() < end);
process.stdout.write(`\n${stories} stories, ${found.size} counterexamples\n`);
for (const what of found) process.stdout.write(`  ${what}\n`);
process.exitCode = found.size === 0 ? 0 : 1;

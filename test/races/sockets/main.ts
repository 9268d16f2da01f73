import { parseArgs } from "node:util";
import type { Transport } from "./line.ts";
import { kindsOf, type Played, play, RACES, usersOf } from "./play.ts";
import { storyOf, table } from "./report.ts";
import { startServer } from "./server.ts";

// `npm run races:sockets`: phones over real sockets against a real stack in a process of its own, or a fleet of them over one table. Ends
// with 1 if a promise was broken, and tells how.

/** How many violations are told as stories. */
const STORIES = 10;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "2000" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    race: { type: "string", default: "" },
    kind: { type: "string", default: "" },
    again: { type: "boolean", default: false },
    edges: { type: "string", default: "1" },
    transport: { type: "string", default: "ws" },
    "at-once": { type: "string", default: "10" },
  },
});

const rounds = Number(values.rounds);
const seed = Number(values.seed);
const edges = Number(values.edges);
const transport: Transport = values.transport === "tcp" ? "tcp" : "ws";
const races = RACES.filter(
  (race) => race.name.includes(values.race) && kindsOf(race, values.kind).length > 0,
);
const print = (text: string) => process.stdout.write(`${text}\n`);

print(`seed ${seed}, ${edges} edge${edges > 1 ? "s" : ""}, ${transport}`);
const server = await startServer(transport, edges, usersOf(rounds * races.length));
const played: Played[] = [];
try {
  for (const [index, race] of races.entries()) {
    const { again, kind } = values;
    const plan = { race, rounds, seed, again, kind, atOnce: Number(values["at-once"]), transport };
    const began = performance.now();
    played.push(...(await play(server, plan, index * rounds)));
    print(`${race.name}: ${rounds} rounds in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  }
} finally {
  await server.stop();
}
const bad = played.filter(({ wrongs }) => wrongs.length > 0);
const more = `${edges > 1 ? ` --edges ${edges}` : ""}${transport === "tcp" ? " --transport tcp" : ""}`;
print(`\n${table(played)}`);
for (const violation of bad.slice(0, STORIES)) print(storyOf(violation, more));
for (const error of server.errors.slice(0, STORIES)) print(`the server logged ${error}`);
print(`${played.length} rounds, ${bad.length} violations, ${server.errors.length} errors in the log`);
process.exitCode = bad.length === 0 && server.errors.length === 0 ? 0 : 1;

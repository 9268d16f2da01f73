// What Lambda's Node runtime is to a function, in a process of the twin's: it loads the handler, and runs one event at a time. It is
// plain JavaScript, because another Node than ours runs it, from the source as from dist/.
import { flushCompileCache } from "node:module";
import { pathToFileURL } from "node:url";

const [file, exported] = process.argv.slice(2);

/** How far this process's clock is off, in ms: each event says so. */
let skew = 0;
const systemNow = Date.now;
Date.now = () => systemNow() + skew;

process.on("message", ({ event, context, deadline, clockSkew }) => {
  skew = clockSkew;
  run(JSON.parse(event), context, deadline).then(
    (said) => process.send(said),
    (error) => process.send({ type: "failed", error: described(error) }),
  );
});

let handler;
try {
  handler = (await import(pathToFileURL(file).href))[exported];
  if (typeof handler !== "function") throw new Error(`${file} exports no function ${exported}`);
  // Whoever is killed does not write it at its end.
  flushCompileCache();
  process.send({ type: "ready" });
} catch (error) {
  process.send({ type: "unfit", error: described(error) });
}

async function run(event, context, deadline) {
  const before = atWork();
  const result = await handler(event, {
    ...context,
    getRemainingTimeInMillis: () => deadline - systemNow(),
  });
  const said = { type: "done", result: JSON.stringify(result) };
  // What was closed or given back just now is still to be let go.
  await new Promise(setImmediate);
  return { ...said, leftRunning: moreThan(before, atWork()) };
}

/** What keeps this process busy, by kind: sockets that only wait to be used again do not. */
function atWork() {
  const counts = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

function moreThan(before, after) {
  return Object.entries(after)
    .filter(([kind, count]) => count > (before[kind] ?? 0) && kind !== "Immediate" && kind !== "PipeWrap")
    .map(([kind]) => kind);
}

/** As Lambda, it says in the log where that was. */
function described(error) {
  const { name = "Error", message = String(error), stack = message } = error instanceof Error ? error : {};
  process.stderr.write(`${stack}\n`);
  return { name, message };
}

// Builds into dist/ what `npm start` runs, the local stack as one file and the pages that it serves, and the administrator's
// command line.
import { chmodSync, cpSync, mkdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const page = at("../dist/page");

rmSync(at("../dist/sipwake"), { recursive: true, force: true });
mkdirSync(page, { recursive: true });
for (const name of ["index.html", "phone.html", "style.css"])
  cpSync(at(`local/page/${name}`), `${page}/${name}`);

const forNode = {
  bundle: true,
  packages: "external",
  platform: "node",
  format: "esm",
  target: "node20",
  sourcemap: true,
  logLevel: "warning",
};

await Promise.all([
  build({ ...forNode, entryPoints: [at("local/start.ts")], outfile: at("../dist/start.js") }),
  // In parts, so that a command loads only what it needs.
  build({
    ...forNode,
    entryPoints: [at("cli/sipwake.ts")],
    outdir: at("../dist"),
    splitting: true,
    chunkNames: "sipwake/[name]-[hash]",
  }),
  build({
    entryPoints: {
      main: at("local/page/main.ts"),
      phone: at("local/page/phone-page.ts"),
      worker: at("local/page/worker/worker.ts"),
    },
    outdir: page,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "warning",
  }),
]);
chmodSync(at("../dist/sipwake.js"), 0o755);

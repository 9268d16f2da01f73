// Builds what `npm start` runs into dist/: the local stack as one file, and the page that it serves.
import { cpSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const page = at("../dist/page");

mkdirSync(page, { recursive: true });
for (const name of ["index.html", "style.css"]) cpSync(at(`local/page/${name}`), `${page}/${name}`);
await Promise.all([
  build({
    entryPoints: [at("local/start.ts")],
    outfile: at("../dist/start.js"),
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: true,
    logLevel: "warning",
  }),
  build({
    entryPoints: [at("local/page/main.ts")],
    outfile: `${page}/main.js`,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "warning",
  }),
]);

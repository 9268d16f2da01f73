// Bundles the functions of the cloud into dist/functions: an entry of its own for each, NAME/index.mjs, and the chunks that they
// share or load when they need them. serverless.yml zips an entry and the chunks for each function.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const folder = at("../dist/functions");

/** As functions/NAME.ts exports their `handler`, and serverless.yml names them. */
const FUNCTIONS = ["connect", "message", "disconnect", "alarm", "push-feedback", "look", "authorizer"];

// Packages that are CommonJS ask for Node's own modules by `require`, which a module has not.
const REQUIRE = 'import{createRequire as $require}from"node:module";const require=$require(import.meta.url);';

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const { metafile } = await build({
  entryPoints: Object.fromEntries(FUNCTIONS.map((name) => [`${name}/index`, at(`../functions/${name}.ts`)])),
  outdir: folder,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  // What is imported when it is needed only (`import()`) stays in files of its own.
  splitting: true,
  chunkNames: "chunks/[name]-[hash]",
  platform: "node",
  format: "esm",
  target: "node22",
  // The SDK's CommonJS, which esbuild prefers for Node, is half as large again, and slower to load.
  mainFields: ["module", "main"],
  // Lambda gives credentials by the environment; looking for them elsewhere is a third of the SDK.
  alias: { "@aws-sdk/credential-provider-node": at("lambda-credentials.mjs") },
  banner: { js: REQUIRE },
  minify: true,
  sourcemap: "linked",
  metafile: true,
  logLevel: "warning",
});
writeFileSync(`${folder}/meta.json`, JSON.stringify(metafile));

// Bundles the functions of the cloud into dist/functions: NAME/index.mjs for each, `chunks` that they share, and `later` what one
// loads when it needs it. serverless.yml zips a function's file with these two.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const folder = at("../dist/functions");

/** As functions/NAME.ts exports their `handler`, and serverless.yml names them. */
const FUNCTIONS = ["connect", "message", "disconnect", "alarm", "look", "authorizer"];

/** What is imported by `import()`. */
const LATER = ["aws/sns-pushes", "aws/sqs-alarms", "providers/web-pushes", "tokens/token-bearers"];

// Packages that are CommonJS ask for Node's own modules by `require`, which a module has not.
const REQUIRE = 'import{createRequire as $require}from"node:module";const require=$require(import.meta.url);';

/** Of its package file, a client of the SDK says its version, and nothing else. */
const onlyVersions = {
  name: "only-versions",
  setup({ onLoad }) {
    onLoad({ filter: /@aws-sdk\/client-[^/]+\/package\.json$/ }, async ({ path }) => {
      const { default: found } = await import(path, { with: { type: "json" } });
      return { contents: JSON.stringify({ version: found.version }), loader: "json" };
    });
  },
};

/** What is loaded later lies in files of its own, bundled each by itself: what they share with a function would else be loaded with that. */
const laterElsewhere = {
  name: "later-elsewhere",
  setup({ onResolve }) {
    onResolve({ filter: /./ }, ({ kind, path }) => {
      const name = LATER.find((later) => path.endsWith(`/${later}.ts`));
      if (kind !== "dynamic-import" || name === undefined) return undefined;
      return { path: `../later/${name.split("/")[1]}.mjs`, external: true };
    });
  },
};

const forLambda = {
  outdir: folder,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node22",
  // The SDK's CommonJS, which esbuild prefers for Node, is half as large again, and slower to load.
  mainFields: ["module", "main"],
  alias: {
    // Lambda gives credentials by the environment; looking for them elsewhere is a third of the SDK.
    "@aws-sdk/credential-provider-node": at("lambda-credentials.mjs"),
    // DynamoDB has endpoints to discover for services that we do not use.
    "@aws-sdk/endpoint-cache": at("no-endpoint-cache.mjs"),
  },
  banner: { js: REQUIRE },
  minify: true,
  sourcemap: "linked",
  metafile: true,
  logLevel: "warning",
  plugins: [onlyVersions, laterElsewhere],
};

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const built = await Promise.all([
  build({
    ...forLambda,
    entryPoints: Object.fromEntries(
      FUNCTIONS.map((name) => [`${name}/index`, at(`../functions/${name}.ts`)]),
    ),
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
  }),
  // By itself, for it alone loads SNS at once.
  build({ ...forLambda, entryPoints: { "push-feedback/index": at("../functions/push-feedback.ts") } }),
  ...LATER.map((name) =>
    build({ ...forLambda, entryPoints: { [`later/${name.split("/")[1]}`]: at(`../functions/${name}.ts`) } }),
  ),
]);
const meta = {
  inputs: Object.assign({}, ...built.map(({ metafile }) => metafile.inputs)),
  outputs: Object.assign({}, ...built.map(({ metafile }) => metafile.outputs)),
};
writeFileSync(`${folder}/meta.json`, JSON.stringify(meta));

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** A file of the page, ready to serve. */
export interface Asset {
  readonly type: string;
  readonly body: string;
}

const folder = new URL("./page/", import.meta.url);

/** The demo page: its script is bundled from TypeScript at start, which takes some hundred ms. */
export async function pageAssets(): Promise<ReadonlyMap<string, Asset>> {
  const bundle = await build({
    entryPoints: [fileURLToPath(new URL("main.ts", folder))],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "silent",
  });
  const script = bundle.outputFiles[0]?.text ?? "";
  const text = (name: string) => readFileSync(new URL(name, folder), "utf8");
  return new Map([
    ["/", { type: "text/html; charset=utf-8", body: text("index.html") }],
    ["/style.css", { type: "text/css; charset=utf-8", body: text("style.css") }],
    ["/main.js", { type: "text/javascript; charset=utf-8", body: script }],
  ]);
}

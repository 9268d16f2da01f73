import { readFileSync } from "node:fs";

/** A file to serve. */
export interface Asset {
  readonly type: string;
  readonly body: string;
}

const FILES = [
  ["/", "index.html", "text/html; charset=utf-8"],
  ["/style.css", "style.css", "text/css; charset=utf-8"],
  ["/main.js", "main.js", "text/javascript; charset=utf-8"],
  ["/phone", "phone.html", "text/html; charset=utf-8"],
  ["/phone.js", "phone.js", "text/javascript; charset=utf-8"],
  ["/worker.js", "worker.js", "text/javascript; charset=utf-8"],
] as const;

/** The page for people, by path, from the folder that `infra/build.mjs` builds it into. */
export function pageAssets(folder: URL): ReadonlyMap<string, Asset> {
  return new Map(
    FILES.map(([path, file, type]) => [path, { type, body: readFileSync(new URL(file, folder), "utf8") }]),
  );
}

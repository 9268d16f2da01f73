import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { unzipSync } from "fflate";

const EXTENSIONS = [".mjs", ".js", ".cjs"];

/** Where a function's handler is, once its zip is unpacked. */
export interface Unpacked {
  readonly root: string;
  readonly file: string;
  readonly exported: string;
}

/**
 * Unpacks a zip below a folder, unless that has been done, and finds the handler (`path/file.export`) in it. Throws if it is not there.
 * Another zip is another place, whatever it is called.
 */
export function unpack(zip: string, folder: string, handler: string): Unpacked {
  const octets = readFileSync(zip);
  const root = join(folder, createHash("sha256").update(octets).digest("hex").slice(0, 16));
  if (!existsSync(root)) write(unzipSync(octets), folder, root);
  const dot = handler.lastIndexOf(".");
  const base = join(root, handler.slice(0, dot));
  const file = EXTENSIONS.map((extension) => base + extension).find(existsSync);
  if (file === undefined) throw new Error(`${zip} holds no ${handler.slice(0, dot)}${EXTENSIONS.join("|")}`);
  return { root, file, exported: handler.slice(dot + 1) };
}

/** All or nothing: others may look at the same time. */
function write(files: Readonly<Record<string, Uint8Array>>, folder: string, root: string): void {
  mkdirSync(folder, { recursive: true });
  const passing = mkdtempSync(join(folder, "passing-"));
  for (const [name, octets] of Object.entries(files)) {
    if (name.endsWith("/")) continue;
    const path = join(passing, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, octets);
  }
  try {
    renameSync(passing, root);
  } catch (error) {
    rmSync(passing, { recursive: true });
    if (!existsSync(root)) throw error;
  }
}

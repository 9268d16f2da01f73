import { readFile } from "node:fs/promises";
import { BadRequest } from "../local/admin/administrator.ts";

/** What is in a file that was named on the command line. Rejects with `BadRequest` if it cannot be read. */
export function fileContents(file: string): Promise<Buffer> {
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new BadRequest(`${file} cannot be read: ${error.message}`);
  });
}

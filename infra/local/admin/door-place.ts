import { join } from "node:path";

/** What is left of the 104 (macOS) or 108 (Linux) bytes that a socket's path may have, with room to spare. */
const MAX_PATH = 100;

/**
 * Where the door of a stack with this data directory is: a Unix domain socket, so that whoever may not go into the directory
 * may not administer; or why there can be none. A relative directory makes a short path.
 */
export function doorPlace(
  dataDir: string,
  platform: NodeJS.Platform = process.platform,
): { readonly path: string } | { readonly problem: string } {
  if (platform === "win32") {
    return {
      problem: "Windows has no sockets that file permissions guard; administer while the stack is stopped",
    };
  }
  const path = join(dataDir, "admin.sock");
  if (Buffer.byteLength(path) <= MAX_PATH) return { path };
  return {
    problem: `${path} is longer than ${MAX_PATH} bytes, too long for a socket; set DATA_DIR to a shorter path`,
  };
}

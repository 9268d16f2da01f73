import { lstatSync, mkdirSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createConnection, type Server } from "node:net";
import type { Log } from "../../../functions/ports.ts";
import { doorPlace } from "./door-place.ts";

/** Where the administrator gets at a running stack. */
export interface Door {
  /** Sends everybody away, and answers when what they had begun is done. */
  close(): Promise<void>;
}

/** Answers a request. Does not reject. */
export type DoorKeeper = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Nobody but the owner, from the first moment on. */
const UMASK = 0o177;

/**
 * Opens the door: HTTP on a Unix domain socket in the data directory, which only the owner of the process can connect to. A
 * socket that a killed process left behind is replaced. A stack without a door does its work all the same: if there can be
 * none, or another process has it, that is logged, and undefined is the answer.
 */
export async function openDoor(dataDir: string, keeper: DoorKeeper, log: Log): Promise<Door | undefined> {
  const place = doorPlace(dataDir);
  try {
    if ("problem" in place) throw new Error(place.problem);
    mkdirSync(dataDir, { recursive: true });
    await clear(place.path);
    // Imports take as long as they take.
    const server = createServer({ requestTimeout: 0 });
    const work = new Set<Promise<void>>();
    server.on("request", (request, response) => {
      const answering = keeper(request, response).finally(() => work.delete(answering));
      work.add(answering);
    });
    await listen(server, place.path);
    return {
      close: async () => {
        const closed = new Promise<void>((resolve) => server.close(() => resolve()));
        server.closeAllConnections();
        await closed;
        await Promise.all(work);
      },
    };
  } catch (error) {
    log.warn("no door for the administrator", {
      reason: error instanceof Error ? error.message : String(error),
    });
    return undefined;
  }
}

/**
 * Whether somebody listens on a socket, if only to close it now (ECONNRESET). Rejects if that cannot be found out, as when it
 * is somebody else's.
 */
export function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNRESET") resolve(true);
      else if (error.code === "ECONNREFUSED" || error.code === "ENOENT") resolve(false);
      else reject(error);
    });
  });
}

/** Removes what a process left that ended without a word. */
async function clear(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error(`${path} is in the way`);
  if (await isAnswered(path)) throw new Error(`${path} is another process's`);
  rmSync(path, { force: true });
}

async function listen(server: Server, path: string): Promise<void> {
  const listening = new Promise<void>((resolve, reject) => {
    server.once("listening", resolve);
    server.once("error", reject);
  });
  // The socket is made within the call.
  const before = process.umask(UMASK);
  try {
    server.listen(path);
  } finally {
    process.umask(before);
  }
  await listening;
}

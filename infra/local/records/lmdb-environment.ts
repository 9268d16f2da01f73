import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
} from "node:fs";
import { mkdir, open as openFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { open, type RootDatabase } from "lmdb";
import { logFault } from "../../../functions/fault.ts";
import type { Log } from "../../../functions/ports.ts";
import { RecordsInUse } from "./records-in-use.ts";

/** An open LMDB environment. */
export interface LmdbEnvironment {
  readonly root: RootDatabase;
  close(): Promise<void>;
}

export interface LmdbEnvironmentOptions {
  readonly log: Log;
  /** What tells this run of the machine from its others; null if nothing does. */
  readonly bootId?: string | null;
  /** How often a checkpoint is made if anything was written, in ms. */
  readonly checkpointInterval?: number;
}

const CHECKPOINT_INTERVAL = 60_000;
/** A checkpoint is followed by a pause of so many times what it took. */
const CHECKPOINT_PAUSE = 20;

const BOOT_ID_FILE = "/proc/sys/kernel/random/boot_id";
const DATA = "data.mdb";

/**
 * Opens the environment in a folder. Where the machine's runs can be told apart (Linux), commits go to memory that the file
 * is mapped to, and wait for no disk: that wait would be most of the price of a write. What is committed then survives the
 * end of this process in any manner, `kill -9` included, since the system holds the pages. If the *machine* dies, pages may
 * have reached the disk in any order; the next start sees that the machine has started anew, drops the files, and takes the
 * last checkpoint: a consistent copy, flushed, a minute old at most. Phones that have registered since are back with their
 * next REGISTER.
 *
 * Elsewhere every commit is flushed before it is answered.
 *
 * In the folder: `live/`, LMDB's own; `checkpoint.mdb`; and `boot`, which names the machine's run and our process while
 * `live/` may not all be on the disk. Rejects with `RecordsInUse` if another process has the folder: each would take
 * the other's connections for dead.
 */
export async function openLmdbEnvironment(
  folder: string,
  { log, bootId = currentBootId(), checkpointInterval = CHECKPOINT_INTERVAL }: LmdbEnvironmentOptions,
): Promise<LmdbEnvironment> {
  mkdirSync(folder, { recursive: true });
  const live = join(folder, "live");
  const marker = join(folder, "boot");
  const checkpoint = join(folder, "checkpoint.mdb");
  const [lastBootId, lastProcess = ""] = readMarker(marker);
  if (lastBootId !== undefined && lastBootId !== bootId) restore(live, checkpoint, log);
  else if (holds(lastProcess, join(live, DATA))) {
    throw new RecordsInUse(folder, lastProcess);
  }
  if (bootId === null) {
    rmSync(marker, { force: true });
    const root = open({ path: live, maxDbs: 16 });
    return { root, close: () => root.close() };
  }
  await writeFile(marker, `${bootId} ${process.pid}`, { flush: true });
  await flush(folder);
  const root = open({ path: live, maxDbs: 16, noSync: true, useWritemap: true });
  const checkpoints = new Checkpoints(root, folder, checkpoint, checkpointInterval, log);
  return {
    root,
    close: async () => {
      await checkpoints.stop();
      await root.close();
      await flush(join(live, DATA));
      await rm(marker);
    },
  };
}

/** The machine's run and the process that used the files last and did not close them, if there is such. */
function readMarker(marker: string): readonly string[] {
  return existsSync(marker) ? readFileSync(marker, "utf8").split(" ") : [];
}

/** Whether another process has the file open. One that we may not look into counts as one that has not. */
function holds(pid: string, file: string): boolean {
  if (pid === "" || pid === String(process.pid) || !existsSync(file)) return false;
  const path = realpathSync(file);
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).some((descriptor) => isLinkTo(join(folder, descriptor), path));
  } catch {
    return false;
  }
}

function isLinkTo(link: string, path: string): boolean {
  try {
    return readlinkSync(link) === path;
  } catch {
    return false;
  }
}

function restore(live: string, checkpoint: string, log: Log): void {
  const hasCheckpoint = existsSync(checkpoint);
  rmSync(live, { recursive: true, force: true });
  mkdirSync(live);
  if (hasCheckpoint) cpSync(checkpoint, join(live, DATA));
  log.warn("the machine went down while records were in use", {
    restored: hasCheckpoint ? "the last checkpoint" : "nothing: there was no checkpoint yet",
  });
}

/** Copies the environment now and then, as long as something is written to it. */
class Checkpoints {
  readonly #root: RootDatabase;
  readonly #folder: string;
  readonly #file: string;
  readonly #interval: number;
  readonly #log: Log;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #copied: number | undefined;

  constructor(root: RootDatabase, folder: string, file: string, interval: number, log: Log) {
    this.#root = root;
    this.#folder = folder;
    this.#file = file;
    this.#interval = interval;
    this.#log = log;
    // At once: the run before may have been killed since it made its last one.
    this.#schedule(0);
  }

  /** The last one: the next run begins with a checkpoint that has everything. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#running;
    clearTimeout(this.#timer);
    await this.#attempt();
  }

  #schedule(delay: number): void {
    this.#timer = setTimeout(() => {
      this.#running = this.#tick();
    }, delay);
    this.#timer.unref();
  }

  async #tick(): Promise<void> {
    const begun = performance.now();
    await this.#attempt();
    this.#schedule(Math.max(this.#interval, CHECKPOINT_PAUSE * (performance.now() - begun)));
  }

  async #attempt(): Promise<void> {
    try {
      await this.#copy();
    } catch (error) {
      logFault(this.#log, "checkpoint", error);
    }
  }

  async #copy(): Promise<void> {
    const { lastTxnId } = this.#root.getStats() as { lastTxnId: number };
    if (lastTxnId === this.#copied) return;
    const draft = join(this.#folder, "draft");
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft);
    await this.#root.backup(draft, true);
    await flush(join(draft, DATA));
    await rename(join(draft, DATA), this.#file);
    await flush(this.#folder);
    this.#copied = lastTxnId;
  }
}

/** Waits until a file's content, or a folder's list of files, is on the disk. */
async function flush(path: string): Promise<void> {
  const handle = await openFile(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function currentBootId(): string | null {
  try {
    return readFileSync(BOOT_ID_FILE, "utf8").trim();
  } catch {
    return null;
  }
}

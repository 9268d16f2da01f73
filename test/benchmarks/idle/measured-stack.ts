import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";

/** What a process uses, after its garbage has been collected. In octets. */
export interface Memory {
  /** Without what is mapped from files, as the records of LMDB are: the system takes that back when it likes. Without `young`, too. */
  readonly own: number;
  /** V8's room for young objects: three times `--max-semi-space-size` at most, however many connections there are. */
  readonly young: number;
  /** Of that, what JavaScript's objects take. */
  readonly heap: number;
  readonly files: number;
}

/** Collects garbage and answers with what is left, whenever it is asked. */
const PROBE = `
import { getHeapSpaceStatistics } from "node:v8";
process.on("message", () => {
  gc();
  gc();
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space").physical_space_size;
  process.send({ heap: process.memoryUsage().heapUsed, young });
});
process.channel.unref();
`;

/** Of /proc/PID/stat: a tick is 10 ms. */
const TICK = 0.01;
/** How long, in ms, memory that has ceased to fall must not fall. */
const PATIENCE = 20_000;
/** What is no more than this share of what was there has fallen. */
const HARDLY = 0.98;
/** A process that uses no more CPU in a second, in seconds, has nothing to do. */
const RESTING = 0.2;

/** What `npm start` runs, in a process of its own, as it can be measured. */
export class MeasuredStack {
  readonly port: number;
  readonly #process: ChildProcess;

  private constructor(port: number, child: ChildProcess) {
    this.port = port;
    this.#process = child;
  }

  /** Starts it on a port, on records in `folder`, for so many users; answers when it listens. */
  static async start(folder: string, users: number, port?: number): Promise<MeasuredStack> {
    const file = join(folder, "users.csv");
    writeFileSync(file, Array.from({ length: users }, (_, n) => `user${n},sipwake\n`).join(""));
    const at = port ?? (await freePort());
    const nodeOptions = ["--enable-source-maps", "--min-semi-space-size=32", "--max-semi-space-size=64"];
    const probe = ["--expose-gc", "--import", `data:text/javascript,${encodeURIComponent(PROBE)}`];
    const child = spawn(process.execPath, [...nodeOptions, ...probe, "dist/start.js"], {
      env: {
        PORT: `${at}`,
        DATA_DIR: join(folder, "data"),
        SIP_USERS: "",
        SIP_USERS_FILE: file,
        LOG_LEVEL: "warn",
        // All of them come from one address.
        ADDRESS_CONNECTIONS: "0",
        ...process.env,
      },
      stdio: ["ignore", "pipe", "inherit", "ipc"],
    });
    let said = "";
    for await (const chunk of child.stdout ?? []) {
      said += chunk;
      if (said.includes("listens on")) break;
    }
    return new MeasuredStack(at, child);
  }

  /** When the process has given back what it does not need: V8 keeps room for young objects until it has been idle for some time. */
  async memory(): Promise<Memory> {
    let least = await this.#memory();
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, PATIENCE));
      const memory = await this.#memory();
      if (memory.own + memory.young > (least.own + least.young) * HARDLY) return memory;
      least = memory;
    }
  }

  async #memory(): Promise<Memory> {
    await this.rest();
    this.#process.send("memory");
    const [{ heap, young }] = await once(this.#process, "message");
    const status = readFileSync(`/proc/${this.#process.pid}/status`, "utf8");
    const kilobytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]);
    return { own: kilobytes("RssAnon") * 1024 - young, young, files: kilobytes("RssFile") * 1024, heap };
  }

  /** Seconds of CPU so far, user and system. */
  cpu(): number {
    const fields = readFileSync(`/proc/${this.#process.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) * TICK;
  }

  /** When it has nothing to do any more: what it was told of is handled after that has happened. */
  async rest(): Promise<void> {
    let before = -1;
    while (this.cpu() - before > RESTING) {
      before = this.cpu();
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }

  /** Ends it without warning. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await once(this.#process, "exit");
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

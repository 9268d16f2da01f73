import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Transport } from "./line.ts";

/** Dynalite, in a process of its own. */
const TABLE = `const server = require("dynalite")({ createTableMs: 0 }).listen(0, "127.0.0.1", () => console.log("listens on 127.0.0.1:" + server.address().port));`;

/** What the rounds know of the server besides what its phones hear: that it has dealt with something. */
export interface Server {
  /** Where phones connect, one for each edge. */
  readonly ports: readonly number[];
  /** The connections over which a user's REGISTERs were answered 200, each once, in that order. */
  connectionsOf(user: string): readonly string[];
  /** How many bindings its user had when a connection's end had been dealt with; undefined until then. */
  leftBy(connection: string): number | undefined;
  /** Whether the end of the one connection was dealt with before the first REGISTER over the other was answered. */
  isEndedBefore(ended: string, registered: string): boolean;
  /** What the pushes to a device token were for: `call`, `cancel`. */
  pushesTo(token: string): readonly string[];
  /** What it logged as an error. */
  readonly errors: readonly string[];
  /** Calls the listener whenever one of these may have changed, until the function that this answers is called. */
  listen(listener: () => void): () => void;
  stop(): Promise<void>;
}

/** What `npm start` runs, built already, as one process or as several edges over one table, for the users whose names these are. */
export async function startServer(
  transport: Transport,
  edges: number,
  users: Iterable<string>,
): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "sipwake-races-"));
  const file = join(folder, "users.csv");
  writeFileSync(file, Array.from(users, (user) => `${user},sipwake\n`).join(""));
  const seen = new Sightings();
  const children: ChildProcess[] = [];
  const pushes = new AbortController();
  const stop = async () => {
    pushes.abort();
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGKILL");
      await once(child, "close");
    }
    rmSync(folder, { recursive: true, force: true });
  };
  const started = async (args: readonly string[], environment: Readonly<Record<string, string>>) => {
    const child = spawn(process.execPath, args, {
      env: { PATH: process.env["PATH"], ...environment },
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.push(child);
    return welcome(child, (line) => seen.read(line));
  };
  const ports: number[] = [];
  try {
    const fleet = edges > 1 ? fleetEnvironment(portIn(await started(["-e", TABLE], {}))) : {};
    for (let edge = 0; edge < edges; edge++) {
      const said = await started(["--enable-source-maps", "dist/start.js"], {
        ...ENVIRONMENT,
        ...fleet,
        ...(transport === "tcp" ? TCP : {}),
        DATA_DIR: join(folder, `edge${edge}`),
        SIP_USERS_FILE: file,
      });
      ports.push(
        transport === "ws" ? portIn(said) : Number(/sip:127\.0\.0\.1:(\d+);transport=tcp/.exec(said)?.[1]),
      );
      await readPushes(portIn(said), pushes.signal, (push) => seen.push(push));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    ports,
    errors: seen.errors,
    connectionsOf: (user) => seen.connections.get(user) ?? [],
    leftBy: (connection) => seen.left.get(connection),
    isEndedBefore: (ended, registered) =>
      (seen.order.get(`end of ${ended}`) ?? Number.POSITIVE_INFINITY) < (seen.order.get(registered) ?? 0),
    pushesTo: (token) => seen.pushes.get(token) ?? [],
    listen: (listener) => {
      seen.listeners.add(listener);
      return () => seen.listeners.delete(listener);
    },
    stop,
  };
}

/** All phones come from one address, in a hurry, and the log says what is dealt with. */
const ENVIRONMENT = {
  PORT: "0",
  SIP_USERS: "",
  LOG_LEVEL: "debug",
  LOG_AORS: "plain",
  ADDRESS_CONNECTIONS: "0",
  CONNECTS_PER_SECOND: "0",
  REQUESTS_PER_SECOND: "0",
  CALLER_PUSHES: "0",
};

/** Edges of a fleet have one name for TCP. */
const TCP = { TCP_PORT: "0", PUBLIC_TCP: "localhost:5060" };

function fleetEnvironment(table: number): Readonly<Record<string, string>> {
  return {
    RECORDS: "dynamodb",
    TABLE: "sipwake",
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${table}`,
    SECRET_KEYS: `1:${randomBytes(32).toString("base64")}`,
    FLEET_HOST: "127.0.0.1",
    FLEET_PORT: "0",
  };
}

/** All that a process says until it listens; its lines go to `hear`, those that come later, too. */
function welcome(child: ChildProcess, hear: (line: string) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.once("exit", () => reject(new Error(`it ended and said ${said}`)));
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    lines.on("line", (line) => {
      hear(line);
      said += `${line}\n`;
      if (/^\s+users\s|^listens on/.test(line)) resolve(said);
    });
  });
}

function portIn(said: string): number {
  return Number(/listens on 127\.0\.0\.1:(\d+)/.exec(said)?.[1]);
}

/** A push as the double of SNS tells it. */
interface Push {
  readonly token: string;
  readonly payload: unknown;
}

/** Answers once every push from now on goes to `hear`. */
async function readPushes(port: number, signal: AbortSignal, hear: (push: Push) => void): Promise<void> {
  const { body } = await fetch(`http://127.0.0.1:${port}/push-inbox/events`, { signal });
  const read = async () => {
    let rest = "";
    for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const events = (rest + chunk).split("\n\n");
      rest = events.pop() ?? "";
      for (const event of events) hear(JSON.parse(event.slice("data: ".length)));
    }
  };
  // It ends with the server.
  read().catch(() => {});
}

/** What has been seen of what the server does. */
class Sightings {
  readonly connections = new Map<string, string[]>();
  readonly left = new Map<string, number>();
  readonly pushes = new Map<string, string[]>();
  readonly errors: string[] = [];
  /** When what was told first, in events. */
  readonly order = new Map<string, number>();
  readonly listeners = new Set<() => void>();

  read(line: string): void {
    if (line.includes('"level":"error"')) this.errors.push(line);
    else if (line.includes('"event":"registered"')) this.#registered(JSON.parse(line));
    else if (line.includes('"event":"disconnected"')) this.#disconnected(JSON.parse(line));
    else return;
    this.#tell();
  }

  push({ token, payload }: Push): void {
    const kind = /"kind\\*":\\*"(\w+)/.exec(JSON.stringify(payload))?.[1] ?? "unknown";
    this.pushes.set(token, [...(this.pushes.get(token) ?? []), kind]);
    this.#tell();
  }

  #registered({ user: aor, connection }: { readonly user: string; readonly connection: string }): void {
    const user = /^sip:([^@]*)@/.exec(aor)?.[1] ?? aor;
    const known = this.connections.get(user) ?? [];
    if (known.includes(connection)) return;
    this.order.set(connection, this.order.size);
    this.connections.set(user, [...known, connection]);
  }

  #disconnected({ connection, bindings }: { readonly connection: string; readonly bindings: number }): void {
    const end = `end of ${connection}`;
    if (!this.order.has(end)) this.order.set(end, this.order.size);
    this.left.set(connection, bindings);
  }

  #tell(): void {
    for (const listener of this.listeners) listener();
  }
}

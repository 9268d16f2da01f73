import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type LambdaTwin, lambdaTwin } from "../../infra/local/twin/lambda/lambda-twin.ts";
import type { PackagedFunction } from "../../infra/local/twin/template/functions-in.ts";
import { aPackage, NODE } from "./a-package.ts";

interface Started {
  readonly lambda: LambdaTwin;
  readonly complaints: readonly string[];
  readonly lines: readonly string[];
  invoke(event?: unknown): Promise<unknown>;
}

/** One function, `f`. */
function started(
  code: string,
  how: Partial<PackagedFunction> = {},
  clockSkew: () => number = () => 0,
): Started {
  const folder = aPackage({ f: { code } });
  const complaints: string[] = [];
  const lines: string[] = [];
  const lambda = lambdaTwin({
    functions: [
      {
        name: "f",
        zip: join(folder, "f.zip"),
        handler: "src/f.handler",
        timeout: 10_000,
        memory: 128,
        environment: {},
        ...how,
      },
    ],
    node: NODE,
    folder: join(folder, "unpacked"),
    clockSkew,
    hear: (_, line) => lines.push(line),
    complain: (words) => complaints.push(words),
  });
  onTestFinished(() => lambda.close());
  return { lambda, complaints, lines, invoke: (event = {}) => lambda.invoke("f", event) };
}

/** Whether the process of this id is there, and what the system says of it: "T" is stopped. */
function stateOf(pid: number): string | undefined {
  if (!readdirSync("/proc").includes(String(pid))) return undefined;
  return /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
}

describe("a function", () => {
  test("runs on a Node that Lambda has, under its environment and no other", async () => {
    const { invoke } = started(
      "export const handler = async () => ({ node: process.version, env: Object.keys(process.env) });",
      { environment: { TABLE: "t" } },
    );
    const { node, env } = (await invoke()) as { node: string; env: readonly string[] };
    expect(Number.parseInt(node.slice(1), 10)).toBeGreaterThanOrEqual(22);
    expect(env).toContain("TABLE");
    expect(env).toContain("AWS_SESSION_TOKEN");
    expect(env.filter((name) => !/^(AWS_|LAMBDA_|_HANDLER$|TZ$|TABLE$|NODE_)/.test(name))).toEqual([]);
  });

  test("gets a copy of the event as JSON has it, and so does who invoked it of the answer", async () => {
    const { invoke } = started(
      "export const handler = async (event) => { event.list.push(2); return { event, none: undefined }; };",
    );
    const event = { list: [1], at: new Date(0), none: undefined };
    expect(await invoke(event)).toStrictEqual({ event: { list: [1, 2], at: "1970-01-01T00:00:00.000Z" } });
    expect(event.list).toEqual([1]);
  });

  test("that answers nothing answers null", async () => {
    expect(await started("export const handler = async () => {};").invoke()).toBe(null);
  });

  test("is told its name, its request and how much time is left", async () => {
    const { invoke } = started(
      "export const handler = async (_, c) => [c.functionName, c.awsRequestId, c.getRemainingTimeInMillis()];",
    );
    const [name, id, left] = (await invoke()) as [string, string, number];
    expect([name, id]).toEqual(["f", expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    expect(left).toBeLessThanOrEqual(10_000);
    expect(left).toBeGreaterThan(0);
  });

  test("lives as long as its process: one after the other is the same one", async () => {
    const { lambda, invoke } = started("let n = 0; export const handler = async () => ++n;");
    expect([await invoke(), await invoke(), await invoke()]).toEqual([1, 2, 3]);
    expect(lambda.processes()).toBe(1);
  });

  test("has one event per process at a time, and more processes for more", async () => {
    const { lambda, invoke } = started(
      "let busy = 0; let most = 0; export const handler = async () => { most = Math.max(most, ++busy); await new Promise((r) => setTimeout(r, 50)); busy--; return most; };",
    );
    expect(await Promise.all(Array.from({ length: 12 }, () => invoke()))).toEqual(Array(12).fill(1));
    expect(lambda.processes()).toBe(8);
  });

  test("that throws rejects by name and message, and its process goes on", async () => {
    const { complaints, invoke } = started(
      'let n = 0; export const handler = async () => { if (n++ === 0) throw new TypeError("no"); return n; };',
    );
    await expect(invoke()).rejects.toMatchObject({ name: "TypeError", message: "no" });
    expect(await invoke()).toBe(2);
    expect(complaints).toEqual(["f failed: TypeError: no"]);
  });

  test("that refuses a client as an authorizer does has done nothing wrong", async () => {
    const { complaints, invoke } = started(
      'export const handler = async () => { throw new Error("Unauthorized"); };',
    );
    await expect(invoke()).rejects.toThrow("Unauthorized");
    expect(complaints).toEqual([]);
  });

  test("that takes too long is killed, and the next event finds a new one", async () => {
    const { complaints, invoke } = started(
      "let n = 0; export const handler = async ({ stay }) => { n++; if (stay) for (;;); return n; };",
      { timeout: 1_000 },
    );
    expect([await invoke(), await invoke()]).toEqual([1, 2]);
    await expect(invoke({ stay: true })).rejects.toMatchObject({ name: "Sandbox.Timedout" });
    expect(await invoke()).toBe(1);
    expect(complaints).toEqual(["f failed: Sandbox.Timedout: Task timed out after 1.00 seconds"]);
  });

  test("whose process ends itself fails, and the next event finds a new one", async () => {
    const { invoke } = started("export const handler = async ({ go }) => (go ? process.exit(0) : 1);");
    await expect(invoke({ go: true })).rejects.toMatchObject({ name: "Runtime.ExitError" });
    expect(await invoke()).toBe(1);
  });

  test("whose code cannot be loaded fails", async () => {
    await expect(started('throw new Error("no config");').invoke()).rejects.toThrow("no config");
  });

  test("that is not in its zip is found out at once", () => {
    expect(() => started("", { handler: "src/other.handler" })).toThrow(/f\.zip holds no src\/other/);
  });

  test("is heard line by line", async () => {
    const { lambda, lines, invoke } = started(
      'export const handler = async () => { console.log("one\\ntwo"); console.error("three"); };',
    );
    await invoke();
    await lambda.close();
    expect(lines.toSorted()).toEqual(["one", "three", "two"]);
  });

  test("has the clock that it is given", async () => {
    const { invoke } = started("export const handler = async () => Date.now();", {}, () => 3_600_000);
    expect(Number(await invoke()) - Date.now()).toBeGreaterThan(3_000_000);
  });
});

describe("between events", () => {
  const STATE = "export const handler = async () => process.pid;";

  test("a function is frozen", async () => {
    const { invoke } = started(STATE);
    const pid = Number(await invoke());
    await expect.poll(() => stateOf(pid), { interval: 5 }).toBe("T");
  });

  test("what was left running does not go on, and is told", async () => {
    const { complaints, invoke } = started(
      "let ticks = 0; export const handler = async ({ leave }) => { const seen = ticks; if (leave) setInterval(() => ticks++, 1); return [process.pid, seen]; };",
    );
    const [pid] = (await invoke({ leave: true })) as [number, number];
    await expect.poll(() => stateOf(pid), { interval: 5 }).toBe("T");
    const before = readFileSync(`/proc/${pid}/stat`, "utf8").split(" ")[13];
    for (let look = 0; look < 20; look++) await new Promise(setImmediate);
    expect(readFileSync(`/proc/${pid}/stat`, "utf8").split(" ")[13]).toBe(before);
    expect(complaints).toEqual(["f left work running: Timeout"]);
  });

  test("a request that nobody waited for is told; a socket that is kept for the next one is not", async () => {
    const server = createServer((_, response) => response.end("ok"));
    server.listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    onTestFinished(() => void server.close().closeAllConnections());
    const { port } = server.address() as AddressInfo;
    const { complaints, invoke } = started(
      `import { Agent, request } from "node:http";
      const agent = new Agent({ keepAlive: true });
      const ask = () => new Promise((done) => request({ port: ${port}, host: "127.0.0.1", agent }, (r) => { r.resume(); r.on("end", done); }).end());
      export const handler = async ({ wait }) => { const asked = ask(); if (wait) await asked; };`,
    );
    await invoke({ wait: true });
    await invoke({ wait: true });
    expect(complaints).toEqual([]);
    await invoke({ wait: false });
    expect(complaints).toEqual(["f left work running: TCPSocketWrap"]);
  });

  test("nothing is left of it when the twin ends, frozen or at work", async () => {
    const { lambda, invoke } = started(
      "export const handler = async ({ stay }) => { if (stay) { console.log(process.pid); await new Promise((r) => setTimeout(r, 60000)); } return process.pid; };",
    );
    const pids = await Promise.all([invoke(), invoke()]);
    const stuck = invoke({ stay: true });
    const ended = expect(stuck).rejects.toMatchObject({ name: "Runtime.ExitError" });
    await lambda.close();
    await ended;
    expect(pids.map((pid) => stateOf(Number(pid)))).toEqual([undefined, undefined]);
  });
});

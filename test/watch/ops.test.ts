import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { localStack } from "../support/stack.ts";
import { lose, WirePhone } from "../support/wire-phone.ts";

const PHONE = { token: "phone-token", instance: "00000000-0000-4000-8000-00000000b0b0" };

/** What one of the pages for those who run this says. */
async function page(
  port: number | undefined,
  path: string,
): Promise<readonly [status: number, body: string]> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return [response.status, await response.text()];
}

/** The samples of Prometheus's text format, by name and labels. */
function samples(text: string): ReadonlyMap<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
  );
}

describe("/metrics", () => {
  test("counts what came, what was refused, what was called and how long a phone took to wake", async () => {
    const stack = await localStack({ OPS_PORT: "0" });
    const bob = await WirePhone.registered(stack.port, "bob", PHONE);
    const alice = await WirePhone.registered(stack.port, "alice");
    await lose(bob, stack);
    alice.invite("bob");
    await alice.response(182);
    const again = await WirePhone.registered(stack.port, "bob", PHONE);
    again.answer(await again.request("INVITE"), 200, "OK");
    await alice.response(200, "INVITE");

    const found = samples((await page(stack.opsPort, "/metrics"))[1]);
    const value = (sample: string) => found.get(sample);
    expect(value("sipwake_connections")).toBe(2);
    expect(value('sipwake_requests_total{method="INVITE"}')).toBe(1);
    expect(value('sipwake_requests_total{method="REGISTER"}')).toBe(6);
    expect(value('sipwake_refusals_total{method="REGISTER",status="401"}')).toBe(3);
    expect(value('sipwake_calls_total{status="200"}')).toBe(1);
    expect(value('sipwake_pushes_total{provider="fcm",kind="call",outcome="accepted"}')).toBe(1);
    expect(value("sipwake_wake_seconds_count")).toBe(1);
    expect(value('sipwake_wake_seconds_bucket{le="25"}')).toBe(1);
    expect(value("process_resident_memory_bytes")).toBeGreaterThan(1_000_000);
  });

  test("has one counter for all the methods that nobody knows, and names nobody", async () => {
    const stack = await localStack({ OPS_PORT: "0" });
    const alice = await WirePhone.registered(stack.port, "alice");
    for (const method of ["STEAL", "BORROW"]) {
      alice.send(method, "bob");
      await alice.final(method);
    }
    const [status, text] = await page(stack.opsPort, "/metrics");
    expect(status).toBe(200);
    expect(samples(text).get('sipwake_requests_total{method="other"}')).toBe(2);
    expect(text).not.toMatch(/STEAL|alice|bob/);
  });

  test("is not where clients come by", async () => {
    const stack = await localStack({ OPS_PORT: "0" });
    expect((await page(stack.port, "/metrics"))[0]).toBe(404);
    const alone = await localStack();
    expect(alone.opsPort).toBeUndefined();
  });
});

describe("/healthz and /readyz", () => {
  test("say that all is well, to load balancers and to those who run this", async () => {
    const stack = await localStack({ OPS_PORT: "0" });
    for (const port of [stack.port, stack.opsPort]) {
      expect(await page(port, "/healthz")).toEqual([200, "ok\n"]);
      expect(await page(port, "/readyz")).toEqual([200, "ready\n"]);
    }
  });

  test("tell a load balancer to send nobody, while those who are there are served", async () => {
    const stack = await localStack();
    const alice = await WirePhone.registered(stack.port, "alice");
    stack.drain();
    expect(await page(stack.port, "/readyz")).toEqual([503, "stopping\n"]);
    expect(await page(stack.port, "/healthz")).toEqual([200, "ok\n"]);
    expect((await alice.register()).status).toBe(200);
    const closed = once(alice.socket, "close");
    await stack.close();
    const [code] = await closed;
    expect(code).toBe(1012);
  });
});

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { keyring } from "../../functions/keyring/keyring.ts";
import type { ConnectionId } from "../../functions/location/ids.ts";
import type { DueStore, Edge } from "../../functions/ports.ts";
import { type EdgeName, newConnectionId, newEdgeName } from "../../infra/edge/edge-name.ts";
import { fleetEdge } from "../../infra/fleet/fleet-edge.ts";
import { type Lease, leaseFrom, leaseTimes } from "../../infra/fleet/lease.ts";
import { leases } from "../../infra/fleet/leases.ts";
import { neighbours } from "../../infra/fleet/neighbours.ts";
import { privateApi } from "../../infra/fleet/private-api.ts";
import { memoryStores } from "../../infra/local/records/memory-stores.ts";
import { type Client, closing, connectClient, startEdge, type TestEdge } from "../edge/an-edge.ts";

const TIMES = leaseTimes(15_000);
const RING = keyring([{ id: "1", key: new Uint8Array(32) }]);

let now: number;
let edges: DueStore<Lease>;

beforeEach(() => {
  now = Date.UTC(2026, 10, 23, 9);
  edges = memoryStores().locations as unknown as DueStore<Lease>;
});

/** Says in the records that an edge lives there. */
async function leaseTo(name: EdgeName, port: number): Promise<void> {
  const { version } = await edges.read(name);
  const lease = leaseFrom(now, `http://127.0.0.1:${port}`, TIMES);
  await edges.swap(name, version, lease, lease.deadAt, lease.deadAt);
}

interface Member extends TestEdge {
  readonly name: EdgeName;
  /** Where the others reach it. */
  readonly privatePort: number;
  /** The connections of the fleet, as this one reaches them. */
  readonly all: Edge;
}

/** An edge of the fleet, of its own keys if it is to have any, on a port that was used before if it is to have that. */
async function aMember(ring = RING, privatePort = 0): Promise<Member> {
  const name = newEdgeName();
  const started = await startEdge({ edgeName: () => name });
  const api = privateApi(started.edge, ring, () => now);
  const port = await api.listen("127.0.0.1", privatePort);
  await leaseTo(name, port);
  const others = neighbours(ring, () => now);
  const all = fleetEdge({
    own: started.edge,
    name: () => name,
    leases: leases(edges, () => now),
    neighbours: others,
  });
  onTestFinished(async () => {
    await others.close();
    await api.close();
    await started.edge.stop();
  });
  return { ...started, name, privatePort: port, all };
}

/** A server at the address of an edge, which does not speak as edges do. */
async function aServer(answer: Parameters<typeof createServer>[1]): Promise<Server & { port: number }> {
  const server = createServer(answer as never);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return Object.assign(server, { port: (server.address() as AddressInfo).port });
}

describe("an edge of a fleet", () => {
  let one: Member;
  let two: Member;
  let own: Client;
  let others: Client;

  beforeEach(async () => {
    [one, two] = [await aMember(), await aMember()];
    [own, others] = [await connectClient(one), await connectClient(two)];
  });

  test("sends to a connection of its own, and to one that another edge holds, octet for octet", async () => {
    const octets = String.fromCharCode(...Array.from({ length: 256 }, (_, code) => code));
    for (const { id, received } of [own, others]) {
      expect(await one.all.send(id, octets)).toBe("sent");
      expect(await received.take()).toEqual(Buffer.from(octets, "latin1"));
    }
  });

  test("sends to one connection in the order in which it was asked", async () => {
    const messages = Array.from(
      { length: 100 },
      (_, index) => `${index} ${"x".repeat(index % 7 === 0 ? 60_000 : 1)}`,
    );
    await Promise.all(messages.map((message) => one.all.send(others.id, message)));
    for (const message of messages) expect(await others.received.take()).toBe(message);
  });

  test("closes a connection that another edge holds", async () => {
    const closed = closing(others);
    expect(await one.all.close(others.id)).toBe("closed");
    await closed;
    await two.disconnects.take();
    expect(await one.all.close(others.id)).toBe("gone");
  });

  test("says gone when the edge that held it says so", async () => {
    others.socket.close();
    await two.disconnects.take();
    expect(await one.all.send(others.id, "too late")).toBe("gone");
  });

  test("says gone of what no edge of ours ever named", async () => {
    for (const id of ["RYGzEcSNvHcCH8A=", "", newConnectionId(newEdgeName())])
      expect(await one.all.send(id as ConnectionId, "hello")).toBe("gone");
  });

  test("never reaches a connection of the edge that has come after the one which an id names, at the same address", async () => {
    const stale = newConnectionId(newEdgeName());
    await leaseTo(stale.slice(0, 12) as EdgeName, two.privatePort);
    expect(await one.all.send(stale, "for the former")).toBe("gone");
    expect(others.received.all).toEqual([]);
  });
});

describe("an edge that does not answer", () => {
  test("is dead when its lease is over by more than clocks may differ, and not before", async () => {
    const { all } = await aMember();
    const dead = await aServer(() => {});
    dead.close();
    const id = newConnectionId(newEdgeName());
    await leaseTo(id.slice(0, 12) as EdgeName, dead.port);
    await expect(all.send(id, "hello")).rejects.toThrow("does not answer");
    await expect(all.close(id)).rejects.toThrow("does not answer");
    now += TIMES.lease + TIMES.tolerance - 1;
    await expect(all.send(id, "hello")).rejects.toThrow("does not answer");
    now += 1;
    expect(await all.send(id, "hello")).toBe("gone");
    expect(await all.close(id)).toBe("gone");
  });

  test("is asked twice, and anew by a lease that it has renewed elsewhere", async () => {
    const [one, two] = [await aMember(), await aMember()];
    const client = await connectClient(two);
    const asked: string[] = [];
    const broken = await aServer(async ({ url = "", socket }) => {
      asked.push(url);
      await leaseTo(two.name, two.privatePort);
      socket.destroy();
    });
    await leaseTo(two.name, broken.port);
    expect(await one.all.send(client.id, "hello")).toBe("sent");
    expect(await client.received.take()).toBe("hello");
    expect(asked).toEqual([`/@connections/${client.id}`]);
  });

  test("holds up nobody but the connection that it holds", async () => {
    const [one, two] = [await aMember(), await aMember()];
    const client = await connectClient(two);
    let wasAsked = () => {};
    const asked = new Promise<void>((resolve) => {
      wasAsked = resolve;
    });
    const silent = await aServer(() => wasAsked());
    const id = newConnectionId(newEdgeName());
    await leaseTo(id.slice(0, 12) as EdgeName, silent.port);
    const unanswered = expect(one.all.send(id, "hello")).rejects.toThrow("does not answer");
    await asked;
    expect(await one.all.send(client.id, "hello")).toBe("sent");
    await unanswered;
  });

  test("nor one that refuses makes anybody's connection gone: other keys are a fault", async () => {
    const one = await aMember();
    const two = await aMember(keyring([{ id: "2", key: new Uint8Array(32).fill(2) }]));
    const client = await connectClient(two);
    await expect(one.all.send(client.id, "hello")).rejects.toThrow("answered 403");
    expect(client.received.all).toEqual([]);
  });
});

test("edges understand each other while keys are being replaced", async () => {
  const [former, next] = [1, 2].map((id) => ({ id: String(id), key: new Uint8Array(32).fill(id) }));
  if (former === undefined || next === undefined) throw new Error("no keys");
  const [one, two] = [await aMember(keyring([former, next])), await aMember(keyring([next, former]))];
  const [first, second] = [await connectClient(one), await connectClient(two)];
  expect(await one.all.send(second.id, "hello")).toBe("sent");
  expect(await two.all.send(first.id, "hello")).toBe("sent");
});

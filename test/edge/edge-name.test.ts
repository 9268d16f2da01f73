import { describe, expect, onTestFinished, test } from "vitest";
import type { ConnectionId } from "../../functions/location/ids.ts";
import { type EdgeName, edgeOf, newConnectionId, newEdgeName } from "../../infra/edge/edge-name.ts";
import { closing, connectClient, idOf, startEdge } from "./an-edge.ts";
import { rawClient } from "./raw-client.ts";

describe("a connection's id", () => {
  test("names the edge that holds it, in characters that URLs take as they are", () => {
    for (let names = 0; names < 1_000; names++) {
      const edge = newEdgeName();
      const id = newConnectionId(edge);
      expect(edgeOf(id)).toBe(edge);
      expect(encodeURIComponent(id)).toBe(id);
    }
  });

  test("is never the same, nor is an edge's name", () => {
    const edge = newEdgeName();
    const ids = Array.from({ length: 1_000 }, () => newConnectionId(edge));
    const names = Array.from({ length: 1_000 }, newEdgeName);
    expect(new Set([...ids, ...names]).size).toBe(2_000);
  });

  test.each([
    "RYGzEcSNvHcCH8A=",
    "AAAA1234=",
    "",
    "AAAAAAAAAAAA",
    "AAAAAAAAAAAA.",
    ".AAAAAAAAAAAAAAAAAAAAAA",
    "AAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAA",
    "AAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAA\n",
    "AAAAAAAAAA/A.AAAAAAAAAAAAAAAAAAAAAA",
  ])("that no edge of ours made names none: %j", (id) => {
    expect(edgeOf(id as ConnectionId)).toBeUndefined();
  });
});

describe("an edge that is told its name", () => {
  test("names it in its connections' ids, each by what it was called at the handshake", async () => {
    let name: EdgeName | undefined = newEdgeName();
    const started = await startEdge({ edgeName: () => name });
    onTestFinished(() => started.edge.stop());
    const first = await connectClient(started);
    expect(edgeOf(first.id)).toBe(name);
    name = newEdgeName();
    expect(edgeOf((await connectClient(started)).id)).toBe(name);
  });

  test("lets nobody connect while it has none (503), nor who began to while it had another", async () => {
    let name: EdgeName | undefined;
    const started = await startEdge(
      { edgeName: () => name },
      {
        connect: async () => {
          name = newEdgeName();
          return { statusCode: 200, headers: { "Sec-WebSocket-Protocol": "sip" } };
        },
      },
    );
    onTestFinished(() => started.edge.stop());
    expect((await rawClient(started.port)).handshake).toMatch(/^HTTP\/1\.1 503 /);
    expect(started.connects.all).toEqual([]);
    name = newEdgeName();
    expect((await rawClient(started.port)).handshake).toMatch(/^HTTP\/1\.1 503 /);
    expect(started.connects.all).toHaveLength(1);
    expect(started.edge.connections).toBe(0);
  });

  test("dismisses its clients with 1012, and takes new ones", async () => {
    const started = await startEdge();
    onTestFinished(() => started.edge.stop());
    const client = await connectClient(started);
    const closed = closing(client);
    started.edge.dismiss();
    expect((await closed).code).toBe(1012);
    expect(idOf(await started.disconnects.take())).toBe(client.id);
    await connectClient(started);
    expect(started.edge.connections).toBe(1);
  });
});

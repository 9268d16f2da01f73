import { expect, test } from "vitest";
import { type Client, connect, startGateway, type TestGateway } from "./a-gateway.ts";

const FRAMES = Array.from({ length: 30 }, (_, index) => String(index));

async function say(client: Client, gateway: TestGateway): Promise<string[]> {
  for (const frame of FRAMES) client.socket.send(frame);
  const bodies: string[] = [];
  while (bodies.length < FRAMES.length) bodies.push((await gateway.messages.take()).body ?? "");
  return bodies;
}

test("frames of one connection are handled at the same time: none waits for another", async () => {
  let release: () => void = () => {};
  const all = new Promise<void>((resolve) => {
    release = resolve;
  });
  const gateway = await startGateway({
    message: async () => {
      if (gateway.messages.all.length === FRAMES.length) release();
      await all;
      return { statusCode: 200 };
    },
  });
  expect(await say(await connect(gateway), gateway)).toEqual(FRAMES);
});

test("some are held back while later ones pass, which ones is up to the seed, and all come", async () => {
  const gateway = await startGateway({}, { faults: { reordered: 0.3, heldBack: 40 } });
  const came = await say(await connect(gateway), gateway);
  expect(came).not.toEqual(FRAMES);
  expect(came.toSorted((one, other) => Number(one) - Number(other))).toEqual(FRAMES);
});

test("a $disconnect may never come, and the connection is gone all the same", async () => {
  const gateway = await startGateway({}, { faults: { droppedDisconnects: 1 } });
  const { socket, closed } = await connect(gateway);
  socket.close();
  await closed;
  await expect.poll(() => gateway.gateway.connections, { interval: 5 }).toBe(0);
  expect(gateway.disconnects.all).toEqual([]);
});

test("a $disconnect may come late: a client that came back was heard before it", async () => {
  const gateway = await startGateway({}, { faults: { lateDisconnects: 1, disconnectDelay: 2_000 } });
  const { socket, closed } = await connect(gateway);
  socket.close();
  await closed;
  const again = await connect(gateway);
  again.socket.send("REGISTER");
  await gateway.messages.take();
  expect(gateway.disconnects.all).toEqual([]);
  expect((await gateway.disconnects.take()).requestContext.connectionId).not.toBe(again.id);
});

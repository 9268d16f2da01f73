import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { connect, startGateway } from "./a-gateway.ts";

const FRAME = 32 * 1024;

test("a binary frame closes with 1003, and no function hears of it", async () => {
  const gateway = await startGateway();
  const { socket, closed } = await connect(gateway);
  socket.send(Buffer.from("REGISTER"), { binary: true });
  expect(await closed).toBe(1003);
  expect((await gateway.disconnects.take()).requestContext["disconnectStatusCode"]).toBe(1003);
  expect(gateway.messages.all).toEqual([]);
});

test("a frame of 32 KB is heard, one octet more closes with 1009", async () => {
  const gateway = await startGateway();
  const { socket, closed } = await connect(gateway);
  socket.send("x".repeat(FRAME));
  expect((await gateway.messages.take()).body).toHaveLength(FRAME);
  socket.send("x".repeat(FRAME + 1));
  expect(await closed).toBe(1009);
  expect(gateway.messages.all).toHaveLength(1);
});

test("a message of 128 KB in frames of 32 is heard, one octet more closes with 1009", async () => {
  const gateway = await startGateway();
  const { socket, closed } = await connect(gateway);
  const send = (last: string) => {
    for (let frame = 0; frame < 4; frame++) socket.send("x".repeat(FRAME), { fin: false });
    socket.send(last, { fin: true });
  };
  send("");
  expect((await gateway.messages.take()).body).toHaveLength(4 * FRAME);
  send("x");
  expect(await closed).toBe(1009);
  expect(gateway.messages.all).toHaveLength(1);
});

test("a connection over which nothing is said is ended, pings or not, and one that talks is not", async () => {
  const gateway = await startGateway({}, { limits: { idle: 1_000 } });
  const [quiet, talking] = [await connect(gateway), await connect(gateway)];
  const beats = setInterval(() => {
    quiet.socket.ping();
    talking.socket.send("REGISTER");
  }, 20);
  expect(await quiet.closed).toBe(1001);
  clearInterval(beats);
  expect(talking.socket.readyState).toBe(WebSocket.OPEN);
  expect((await gateway.disconnects.take()).requestContext).toMatchObject({
    disconnectStatusCode: 1001,
    disconnectReason: "Going away",
    connectionId: quiet.id,
  });
});

test("a connection ends at its time, whatever is said over it", async () => {
  const { socket, closed } = await connect(
    await startGateway({}, { limits: { duration: 200, idle: 60_000 } }),
  );
  const talk = setInterval(() => socket.send("REGISTER"), 20);
  expect(await closed).toBe(1001);
  clearInterval(talk);
});

import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import { expect, onTestFinished, test } from "vitest";
import type { TwinFaults } from "../../infra/local/twin/faults.ts";
import { connect, NOW, startGateway, type TestGateway } from "./a-gateway.ts";

// The real SDK against the twin: it tells errors apart by a header.

const NEVER = "AAAAAAAAAAAAAAA=";

function clientOf(endpoint: string): ApiGatewayManagementApiClient {
  const client = new ApiGatewayManagementApiClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "twin", secretAccessKey: "twin" },
    maxAttempts: 1,
  });
  onTestFinished(() => client.destroy());
  return client;
}

function post({ endpoint }: Pick<TestGateway, "endpoint">, ConnectionId: string, Data = "hello") {
  return clientOf(endpoint).send(new PostToConnectionCommand({ ConnectionId, Data }));
}

function refused(name: string, httpStatusCode: number) {
  return expect.objectContaining({ name, $metadata: expect.objectContaining({ httpStatusCode }) });
}

test("a POST is heard by the client, as text", async () => {
  const gateway = await startGateway();
  const { id, received } = await connect(gateway);
  await post(gateway, id, "SIP/2.0 100 Trying");
  expect(await received.take()).toBe("SIP/2.0 100 Trying");
});

test("a GET says since when, from where and when last", async () => {
  const gateway = await startGateway();
  const { id } = await connect(gateway);
  const { $metadata, ...said } = await clientOf(gateway.endpoint).send(
    new GetConnectionCommand({ ConnectionId: id }),
  );
  expect($metadata.httpStatusCode).toBe(200);
  expect(said).toStrictEqual({
    ConnectedAt: new Date(NOW),
    Identity: { SourceIp: "127.0.0.1", UserAgent: "phone" },
    LastActiveAt: new Date(NOW),
  });
});

test("a DELETE closes normally, with a code that nobody chooses", async () => {
  const gateway = await startGateway();
  const { id, closed } = await connect(gateway);
  const { $metadata } = await clientOf(gateway.endpoint).send(
    new DeleteConnectionCommand({ ConnectionId: id }),
  );
  expect($metadata.httpStatusCode).toBe(204);
  expect(await closed).toBe(1000);
  const { requestContext } = await gateway.disconnects.take();
  expect(requestContext).toMatchObject({
    disconnectStatusCode: 1000,
    disconnectReason: "Connection Closed Normally",
  });
});

test("who is not there (any more) is gone (410)", async () => {
  const gateway = await startGateway();
  const { id, socket } = await connect(gateway);
  await expect(post(gateway, NEVER)).rejects.toEqual(refused("GoneException", 410));
  socket.close();
  await gateway.disconnects.take();
  for (const command of [GetConnectionCommand, DeleteConnectionCommand]) {
    const asked = clientOf(gateway.endpoint).send(new command({ ConnectionId: id }) as GetConnectionCommand);
    await expect(asked).rejects.toEqual(refused("GoneException", 410));
  }
});

test("nobody can be spoken to from within $connect: the connection is not there yet (410)", async () => {
  let said: unknown;
  const gateway = await startGateway({
    connect: async ({ requestContext: { connectionId, domainName, stage } }) => {
      said = await post({ endpoint: `http://${domainName}/${stage}` }, connectionId).catch((error) => error);
      return { statusCode: 200, headers: { "Sec-WebSocket-Protocol": "sip" } };
    },
  });
  const { id, received } = await connect(gateway);
  expect(said).toEqual(refused("GoneException", 410));
  await post(gateway, id);
  expect(await received.take()).toBe("hello");
});

test("an id that cannot be one is a bad request (400)", async () => {
  const gateway = await startGateway();
  await expect(post(gateway, "no-such-thing")).rejects.toEqual(refused("BadRequestException", 400));
});

test("more than 128 KB is too much (413)", async () => {
  const gateway = await startGateway();
  const { id } = await connect(gateway);
  const much = "x".repeat(131_073);
  await expect(post(gateway, id, much)).rejects.toEqual(refused("PayloadTooLargeException", 413));
});

test("another stage, or nobody's signature, is forbidden (403)", async () => {
  const gateway = await startGateway();
  const { id } = await connect(gateway);
  const elsewhere = { endpoint: gateway.endpoint.replace("/prod", "/dev") };
  await expect(post(elsewhere, id)).rejects.toEqual(refused("ForbiddenException", 403));
  const url = `${gateway.endpoint}/@connections/${encodeURIComponent(id)}`;
  const unsigned = await fetch(url, { method: "POST", body: "hello" });
  expect(unsigned.status).toBe(403);
});

test("a client that does not read fills its buffer, and then POSTs to it are refused (429)", async () => {
  const gateway = await startGateway({}, { limits: { maxUnread: 100_000 } });
  const { id, socket } = await connect(gateway);
  socket.pause();
  const filling = async () => {
    for (;;) await post(gateway, id, "x".repeat(100_000));
  };
  await expect(filling()).rejects.toEqual(refused("LimitExceededException", 429));
});

test.each<[Partial<TwinFaults>, string, number]>([
  [{ throttledPosts: 0.5 }, "LimitExceededException", 429],
  [{ gonePosts: 0.5 }, "GoneException", 410],
])("%j: that share of POSTs is refused, the same ones for the same seed", async (faults, name, status) => {
  const outcomes = async (seed: number) => {
    const gateway = await startGateway({}, { faults: { ...faults, seed } });
    const { id } = await connect(gateway);
    const said: boolean[] = [];
    for (let count = 0; count < 24; count++) {
      const error = await post(gateway, id).catch((refusal) => refusal);
      const isRefused = error instanceof Error;
      if (isRefused) expect(error).toEqual(refused(name, status));
      said.push(isRefused);
    }
    return said;
  };
  const [one, again, other] = [await outcomes(1), await outcomes(1), await outcomes(2)];
  expect(new Set(one).size).toBe(2);
  expect(again).toEqual(one);
  expect(other).not.toEqual(one);
});

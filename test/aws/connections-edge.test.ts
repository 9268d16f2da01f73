import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { connectionsClient, connectionsEdge } from "../../functions/aws/connections-edge.ts";
import type { ConnectionId } from "../../functions/location/ids.ts";
import type { Edge } from "../../functions/ports.ts";

// The real SDK against what API Gateway answers on the wire.

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/** A status and the error's name, which API Gateway says in a header. */
type Answer = readonly [status: number, type?: string | undefined];

const ONE = "RYGzEcSNvHcCH8A=" as ConnectionId;
const OTHER = "L0SM9cOFvHcCIhw=" as ConnectionId;
const ACCEPTED: Answer = [200];

let server: Server;
let asked: Asked[];
/** What is answered next for `ONE`, and then 200; a promise holds its answer back. */
let answers: (Answer | Promise<Answer>)[];
let edge: Edge;

beforeEach(async () => {
  asked = [];
  answers = [];
  vi.stubEnv("AWS_REGION", "eu-central-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "local");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "local");
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = "", url: path = "" } = request;
    asked.push({ method, path, body: Buffer.concat(chunks).toString() });
    const next = path.includes(encodeURIComponent(ONE)) ? answers.shift() : undefined;
    const [status, type] = await (next ?? ACCEPTED);
    response.writeHead(status, type === undefined ? {} : { "x-amzn-ErrorType": type }).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connectionsClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}/prod`);
  edge = connectionsEdge(client);
});
afterEach(async () => {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
  vi.unstubAllEnvs();
});

test("a message goes to its connection, whose id is escaped, as it is", async () => {
  expect(await edge.send(ONE, "SIP/2.0 200 OK\r\nSubject: \xc3\xa9\r\n\r\n")).toBe("sent");
  expect(asked).toEqual([
    {
      method: "POST",
      path: "/prod/@connections/RYGzEcSNvHcCH8A%3D",
      body: "SIP/2.0 200 OK\r\nSubject: é\r\n\r\n",
    },
  ]);
});

test.each([
  [410, "GoneException"],
  [410, undefined],
] as const)("%j is a connection that is gone", async (status, type) => {
  answers = [[status, type]];
  expect(await edge.send(ONE, "x")).toBe("gone");
  answers = [[status, type]];
  expect(await edge.close(ONE)).toBe("gone");
});

test("429 is asked again, until it goes: a client that reads slowly is not gone", async () => {
  answers = [
    [429, "LimitExceededException"],
    [429, "LimitExceededException"],
  ];
  expect(await edge.send(ONE, "x")).toBe("sent");
  expect(asked).toHaveLength(3);
});

test.each([
  [413, "PayloadTooLargeException"],
  [403, "ForbiddenException"],
  [400, "BadRequestException"],
] as const)("%j is our fault, and says nothing of the connection", async (status, type) => {
  answers = [[status, type]];
  await expect(edge.send(ONE, "x")).rejects.toThrow();
  expect(asked).toHaveLength(1);
  expect(await edge.send(ONE, "x")).toBe("sent");
});

test("messages to one connection go out in the order they were asked for, also behind one that failed", async () => {
  let refuse: (answer: Answer) => void = () => {};
  answers = [
    new Promise((resolve) => {
      refuse = resolve;
    }),
  ];
  const first = edge.send(ONE, "100");
  const others = [edge.send(ONE, "180"), edge.send(ONE, "200")];
  const elsewhere = edge.send(OTHER, "INVITE");
  expect(await elsewhere).toBe("sent");
  await vi.waitFor(() => expect(asked.map(({ body }) => body).sort()).toEqual(["100", "INVITE"]));
  refuse([403, "ForbiddenException"]);
  await expect(first).rejects.toThrow();
  expect(await Promise.all(others)).toEqual(["sent", "sent"]);
  expect(asked.map(({ body }) => body).slice(2)).toEqual(["180", "200"]);
});

test("a connection is closed after what was to be sent to it", async () => {
  const sent = edge.send(ONE, "SIP/2.0 403 Forbidden");
  expect(await edge.close(ONE)).toBe("closed");
  expect(await sent).toBe("sent");
  expect(asked.map(({ method }) => method)).toEqual(["POST", "DELETE"]);
});

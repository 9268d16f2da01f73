import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import {
  type Administrator,
  BadRequest,
  type ImportedBatch,
  type ImportRow,
  type UserEntry,
} from "./administrator.ts";
import { jsonLine, jsonLines } from "./json-lines.ts";

/** The stack did not do what was asked. The message is one line for people. */
export class DoorFailure extends Error {
  override readonly name = "DoorFailure";
}

/** Octets of rows that are sent at a time. */
const PORTION = 16_384;
/** Longer than any line that comes out of the door. */
const MAX_LINE = 1_048_576;

/**
 * The administrator behind the door of a running stack: `path` is the socket's. Rejects with `BadRequest` as every
 * administrator does, and with `DoorFailure`.
 */
export function doorClient(path: string): Administrator {
  // What comes back is what `administratorHttp` of this very version sends.
  const ask = async <Answer>(method: string, names: readonly string[], body?: unknown): Promise<Answer> => {
    const request = open(path, method, names);
    request.end(body === undefined ? undefined : JSON.stringify(body));
    return (await valueIn(await responseTo(request))) as Answer;
  };
  return {
    reaches: "stack",
    domains: () => ask("GET", ["domains"]),
    listUsers: async function* () {
      const request = open(path, "GET", ["users"]);
      request.end();
      yield* linesIn<UserEntry>(await responseTo(request));
    },
    addUser: (user, password) => ask("POST", ["users"], { user, password }),
    setPassword: (user, password) => ask("PUT", ["users"], { user, password }),
    setRights: (user, rights) => ask("PUT", ["rights", user], { rights }),
    removeUser: (user) => ask("DELETE", ["users", user]),
    importUsers: (rows) => importUsers(open(path, "POST", ["import"]), rows),
    contactsOf: (user) => ask("GET", ["contacts", user]),
    removeContact: (user, key) => ask("DELETE", ["contacts", user, key]),
    recentCalls: ({ limit, user }) =>
      ask("GET", ["recent-calls", String(limit), ...(user === null ? [] : [user])]),
    callOf: (callId) => ask("GET", ["calls", callId]),
    close: async () => {},
  };
}

function open(socketPath: string, method: string, names: readonly string[]): ClientRequest {
  const path = `/${names.map(encodeURIComponent).join("/")}`;
  return httpRequest({ socketPath, method, path, agent: false });
}

function responseTo(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once("response", resolve);
    // For good: once there is a response, it tells of what goes wrong.
    request.on("error", (error) => reject(brokenOff(error)));
  });
}

async function valueIn(response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of received(response)) chunks.push(chunk);
  const value: unknown = JSON.parse(Buffer.concat(chunks).toString());
  refuseError(value, response);
  return value;
}

/** The values of a list that came to its end. Throws if it did not. */
async function* linesIn<Value>(response: IncomingMessage): AsyncGenerator<Value> {
  for await (const line of jsonLines(received(response), MAX_LINE)) {
    refuseError(line, response);
    if (typeof line === "object" && line !== null && "end" in line) return;
    yield line as Value;
  }
  throw brokenOff();
}

/** Sends rows while what became of them is read: neither side gets ahead of the other. */
async function* importUsers(
  request: ClientRequest,
  rows: AsyncIterable<ImportRow> | Iterable<ImportRow>,
): AsyncGenerator<ImportedBatch> {
  const responding = responseTo(request);
  const sending = send(request, rows);
  try {
    yield* linesIn<ImportedBatch>(await responding);
    await sending;
  } finally {
    request.destroy();
  }
}

/** Sends all rows, and destroys the request if they cannot be had: whoever waits for its response is told. */
async function send(
  request: ClientRequest,
  rows: AsyncIterable<ImportRow> | Iterable<ImportRow>,
): Promise<void> {
  const closed = new Promise<void>((resolve) => request.once("close", resolve));
  let portion = "";
  try {
    for await (const row of rows) {
      portion += jsonLine(row);
      if (portion.length < PORTION) continue;
      const isTaken = request.write(portion);
      portion = "";
      if (!isTaken) await Promise.race([drained(request), closed]);
      if (request.destroyed) return;
    }
    request.end(portion);
  } catch (error) {
    request.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

function drained(request: ClientRequest): Promise<void> {
  return new Promise((resolve) => request.once("drain", resolve));
}

async function* received(response: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    yield* response;
  } catch (error) {
    throw brokenOff(error);
  }
}

function refuseError(value: unknown, { statusCode = 500 }: IncomingMessage): void {
  if (typeof value !== "object" || value === null || !("error" in value)) return;
  const message = String(value.error);
  throw statusCode < 500 ? new BadRequest(message) : new DoorFailure(message);
}

function brokenOff(cause?: unknown): DoorFailure {
  return new DoorFailure("the stack ended before it had answered", { cause });
}

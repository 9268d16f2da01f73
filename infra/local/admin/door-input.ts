import type { IncomingMessage } from "node:http";
import { BadRequest, type ImportRow } from "./administrator.ts";
import { jsonLines } from "./json-lines.ts";

// What comes in through the door. Nothing of it is quoted in what is answered: it may hold a password.

/** Octets of a body, and of a line of an import. */
const MAX_BODY = 16_384;

/** A user and a new password for it. */
export interface UserAndPassword {
  readonly user: string;
  readonly password: string;
}

/** The body is larger than any that is meant. */
export class TooLarge extends BadRequest {
  constructor() {
    super(`a body may have at most ${MAX_BODY} bytes`);
  }
}

/** The request's body, which must say a user and a password. Rejects with `BadRequest`. */
export async function userAndPasswordIn(request: IncomingMessage): Promise<UserAndPassword> {
  return userAndPassword(json(await bodyOf(request)), "the body");
}

/** The request's body, which must say rights in words, or null. Rejects with `BadRequest`. */
export async function rightsIn(request: IncomingMessage): Promise<readonly string[] | null> {
  const value = json(await bodyOf(request));
  const rights = isObject(value) ? value["rights"] : undefined;
  if (rights === null || isTexts(rights)) return rights;
  throw new BadRequest('the body must have "rights": a list of texts, or null');
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunksOf(request)) {
    length += chunk.length;
    if (length > MAX_BODY) throw new TooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** The rows of an import, as they come. Throws `BadRequest`. */
export async function* importRowsIn(request: IncomingMessage): AsyncGenerator<ImportRow> {
  let number = 0;
  for await (const line of jsonLines(chunksOf(request), MAX_BODY)) {
    number++;
    const row = isObject(line) ? (line["row"] ?? number) : number;
    if (!Number.isSafeInteger(row)) throw new BadRequest(`line ${number}: "row" must be a whole number`);
    yield { row: row as number, ...userAndPassword(line, `line ${number}`) };
  }
}

/** Leaving off in the middle must not close the connection: an answer is still to come. */
function chunksOf(request: IncomingMessage): AsyncIterable<Buffer> {
  return request.iterator({ destroyOnReturn: false });
}

function userAndPassword(value: unknown, what: string): UserAndPassword {
  if (!isObject(value)) throw new BadRequest(`${what} must be a JSON object`);
  return { user: text(value, "user", what), password: text(value, "password", what) };
}

function text(object: Record<string, unknown>, name: string, what: string): string {
  const value = object[name];
  if (typeof value === "string" && value !== "") return value;
  throw new BadRequest(`${what} must have a "${name}" that is a text and not empty`);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function json(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new BadRequest("the body must be JSON");
  }
}

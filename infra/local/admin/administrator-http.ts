import type { IncomingMessage, ServerResponse } from "node:http";
import { logFault } from "../../../functions/fault.ts";
import type { Log } from "../../../functions/ports.ts";
import { type Administrator, BadRequest } from "./administrator.ts";
import type { DoorKeeper } from "./door.ts";
import { importRowsIn, rightsIn, TooLarge, userAndPasswordIn } from "./door-input.ts";
import { jsonLine } from "./json-lines.ts";

const JSON_TYPE = { "content-type": "application/json; charset=utf-8" };
const LINES_TYPE = { "content-type": "application/x-ndjson; charset=utf-8" };

/** The last line of a list or an import that came to its end; one that broke off has none. */
const END = { end: true } as const;

/** HTTP statuses of outcomes, for whoever looks at them; the outcome is in the body. */
const STATUS: Readonly<Record<string, number>> = {
  added: 201,
  exists: 409,
  ambiguous: 409,
  declared: 409,
  unknown: 404,
};

/** What is asked, apart from its body: the method and the folder name a deed, the rest of the path whom it is done to. */
interface Asked {
  readonly deed: string;
  readonly names: readonly string[];
}

/**
 * An administrator over HTTP, in JSON: to be served where only the administrator can reach it. It is spoken between this
 * version's command line and this version's stack, and promised to nobody else.
 *
 * `GET /domains`, `GET /users`, `POST /users` and `PUT /users` (a user and a password), `PUT /rights/NAME`, `DELETE /users/NAME`,
 * `POST /import` (a line each), `GET /contacts/NAME`, `DELETE /contacts/NAME/KEY`, `GET /recent-calls/LIMIT` and
 * `GET /recent-calls/LIMIT/NAME`, `GET /calls/CALL-ID`. What is asked wrongly is refused with 4xx and `{"error": …}`; a list or an import, whose status is out by then, ends with that line.
 */
export function administratorHttp(administrator: Administrator, log: Log): DoorKeeper {
  return async (request, response) => {
    try {
      await answer(administrator, request, response);
    } catch (error) {
      // Whatever is still coming is not wanted, but must not keep the answer from going out.
      request.resume();
      refuse(response, error);
      if (error instanceof BadRequest || request.destroyed) return;
      logFault(log, "administration", error);
    }
  };
}

async function answer(
  administrator: Administrator,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { deed, names } = asked(request);
  const [name = "", key = ""] = names;
  switch (`${deed} ${names.length}`) {
    case "GET domains 0":
      return tell(response, 200, await administrator.domains());
    case "GET users 0":
      return stream(response, administrator.listUsers());
    case "POST users 0": {
      const { user, password } = await userAndPasswordIn(request);
      return tellOutcome(response, await administrator.addUser(user, password));
    }
    case "PUT users 0": {
      const { user, password } = await userAndPasswordIn(request);
      return tellOutcome(response, await administrator.setPassword(user, password));
    }
    case "PUT rights 1":
      return tellOutcome(response, await administrator.setRights(name, await rightsIn(request)));
    case "DELETE users 1":
      return tellOutcome(response, await administrator.removeUser(name));
    case "POST import 0":
      return stream(response, administrator.importUsers(importRowsIn(request)));
    case "GET contacts 1":
      return tellOutcome(response, await administrator.contactsOf(name));
    case "DELETE contacts 2":
      return tellOutcome(response, await administrator.removeContact(name, key));
    case "GET recent-calls 1":
      return tell(response, 200, await administrator.recentCalls({ limit: Number(name), user: null }));
    case "GET recent-calls 2":
      return tell(response, 200, await administrator.recentCalls({ limit: Number(name), user: key }));
    case "GET calls 1":
      return tellOutcome(response, await administrator.callOf(name));
    default:
      return tell(response, 404, { error: "there is nothing here" });
  }
}

function asked({ method = "", url = "/" }: IncomingMessage): Asked {
  const [, folder = "", ...names] = url.split("/");
  try {
    return { deed: `${method} ${folder}`, names: names.map(decodeURIComponent) };
  } catch {
    throw new BadRequest("the path is badly escaped");
  }
}

function tellOutcome(response: ServerResponse, told: { readonly outcome: string }): void {
  tell(response, STATUS[told.outcome] ?? 200, told);
}

function tell(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, JSON_TYPE).end(JSON.stringify(value));
}

/** Values as they come, no faster than they are read. */
async function stream(response: ServerResponse, values: AsyncIterable<unknown>): Promise<void> {
  const closed = new Promise<void>((resolve) => response.once("close", resolve));
  response.writeHead(200, LINES_TYPE).flushHeaders();
  for await (const value of values) {
    if (response.destroyed) return;
    if (!response.write(jsonLine(value))) await Promise.race([drained(response), closed]);
  }
  response.end(jsonLine(END));
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => response.once("drain", resolve));
}

function refuse(response: ServerResponse, error: unknown): void {
  const isTheirs = error instanceof BadRequest;
  const told = { error: isTheirs ? error.message : "a fault, which the stack has logged" };
  if (response.headersSent) response.end(jsonLine(told));
  else tell(response, error instanceof TooLarge ? 413 : isTheirs ? 400 : 500, told);
}

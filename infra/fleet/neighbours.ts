import { Agent, request } from "undici";
import type { Keyring } from "../../functions/keyring/keyring.ts";
import type { ConnectionId } from "../../functions/location/ids.ts";
import type { Octets } from "../../functions/sip/octets.ts";
import { SIGNATURE, signature } from "./signature.ts";

/** In ms. An edge answers in one: it hands a message to a socket, and does not wait for its client. */
const CONNECT_TIMEOUT = 1_000;
const ANSWER_TIMEOUT = 3_000;

/** TCP connections to one edge at most; each carries one request at a time, so that a slow one holds up no other. */
const CONNECTIONS = 64;

/** "silent": no answer came, and nobody knows whether it was done. */
type Answer = "done" | "gone" | "silent";

/** The other edges' `@connections`. */
export interface Neighbours {
  /** Asks the edge at a URL to send a message to a connection of its own, or to close it. Rejects if it answers that it will not. */
  ask(url: string, method: "POST" | "DELETE", connection: ConnectionId, message: Octets): Promise<Answer>;
  close(): Promise<void>;
}

export function neighbours(ring: Keyring, clock: () => number): Neighbours {
  const agent = new Agent({
    connect: { timeout: CONNECT_TIMEOUT },
    connections: CONNECTIONS,
    headersTimeout: ANSWER_TIMEOUT,
    bodyTimeout: ANSWER_TIMEOUT,
  });
  return {
    ask: async (url, method, connection, message) => {
      const path = `/@connections/${connection}`;
      const headers = { [SIGNATURE]: signature(ring, { method, path }, message, clock()) };
      const body = method === "POST" ? Buffer.from(message, "latin1") : null;
      const status = await statusOf(`${url}${path}`, { dispatcher: agent, method, headers, body });
      if (status === undefined) return "silent";
      if (status === 410) return "gone";
      if (status === 200 || status === 204) return "done";
      throw new Error(`the edge at ${url} answered ${status}`);
    },
    close: () => agent.destroy(),
  };
}

async function statusOf(url: string, options: Parameters<typeof request>[1]): Promise<number | undefined> {
  try {
    const { statusCode, body } = await request(url, options);
    await body.dump();
    return statusCode;
  } catch {
    return undefined;
  }
}

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** Stands before a service on loopback, and hands on what comes as it came. */
export interface WireTap {
  readonly url: string;
  /** The forms that were posted, in order. */
  readonly forms: readonly URLSearchParams[];
  close(): Promise<void>;
}

/** What is about one connection, and not for who is behind it. */
const HOP_BY_HOP = new Set(["host", "connection", "content-length", "transfer-encoding", "expect"]);

/** `service` is its URL. */
export async function startWireTap(service: string): Promise<WireTap> {
  const forms: URLSearchParams[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    forms.push(new URLSearchParams(body));
    const ends = Object.entries(request.headers).filter(([name]) => !HOP_BY_HOP.has(name));
    const headers = Object.fromEntries(ends.map(([name, value]) => [name, String(value)]));
    const answer = await fetch(service, { method: "POST", headers, body });
    response.writeHead(answer.status, { "content-type": "text/xml" }).end(await answer.text());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = async () => {
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, forms, close };
}

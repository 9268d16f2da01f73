import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** An error as SNS puts it on the wire. */
export interface SnsFault {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** SNS on loopback that answers what a test wants of it, for what our double never says. */
export interface CannedSns {
  readonly url: string;
  /** What was asked of it, in order. */
  readonly requests: readonly URLSearchParams[];
  close(): Promise<void>;
}

/** `answer` gives the fault to answer an action with, or the inner XML of its result. */
export async function startCannedSns(answer: (action: string) => SnsFault | string): Promise<CannedSns> {
  const requests: URLSearchParams[] = [];
  const server = createServer(async (request, response) => {
    const form = new URLSearchParams(await text(request));
    requests.push(form);
    const action = form.get("Action") ?? "";
    const said = answer(action);
    const xml = typeof said === "string" ? resultXml(action, said) : faultXml(said);
    response.writeHead(typeof said === "string" ? 200 : said.status, { "content-type": "text/xml" }).end(xml);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = async () => {
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, close };
}

function resultXml(action: string, inner: string): string {
  return `<${action}Response><${action}Result>${inner}</${action}Result></${action}Response>`;
}

function faultXml({ code, message }: SnsFault): string {
  return `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;
}

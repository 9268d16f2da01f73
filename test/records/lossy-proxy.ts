import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { closed, listening } from "./dynamodb-double.ts";

/** An HTTP proxy in front of DynamoDB that can lose answers: what was asked has been done, and nobody hears of it. */
export interface LossyProxy {
  readonly url: string;
  /** The operations that came by, in order: `PutItem`, … */
  readonly operations: readonly string[];
  /** Loses the next answer to this operation, once, after doing something more (on the records as they then are). */
  loseNext(operation: string, meanwhile?: () => Promise<void>): void;
  close(): Promise<void>;
}

export async function startLossyProxy(target: string): Promise<LossyProxy> {
  const operations: string[] = [];
  const losses = new Map<string, () => Promise<void>>();
  const server = createServer((incoming, outgoing) => {
    const operation = String(incoming.headers["x-amz-target"]).split(".")[1] ?? "";
    operations.push(operation);
    const meanwhile = losses.get(operation);
    losses.delete(operation);
    forward(target, incoming, (answer) => {
      if (meanwhile === undefined) relay(answer, outgoing);
      else {
        answer.resume();
        answer.on("end", () => void meanwhile().then(() => incoming.socket.destroy()));
      }
    });
  });
  return {
    url: await listening(server),
    operations,
    loseNext: (operation, meanwhile = async () => {}) => void losses.set(operation, meanwhile),
    close: () => closed(server),
  };
}

function forward(target: string, incoming: IncomingMessage, answered: (answer: IncomingMessage) => void) {
  // The Host header is signed: it stays.
  const { method, headers, url = "/" } = incoming;
  incoming.pipe(request(new URL(url, target), { method, headers, agent: false }, answered));
}

function relay(answer: IncomingMessage, outgoing: ServerResponse) {
  outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
  answer.pipe(outgoing);
}

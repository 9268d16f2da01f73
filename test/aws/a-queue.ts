import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A message that was sent to the queue. */
interface Queued {
  readonly QueueUrl: string;
  readonly MessageBody: string;
  readonly DelaySeconds: number;
}

/** SQS on loopback for the real SDK, as far as a sender sees it. */
export interface QueueDouble {
  readonly url: string;
  readonly sent: readonly Queued[];
  close(): Promise<void>;
}

export async function startQueueDouble(): Promise<QueueDouble> {
  const sent: Queued[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const queued: Queued = JSON.parse(Buffer.concat(chunks).toString());
    sent.push(queued);
    const MD5OfMessageBody = createHash("md5").update(queued.MessageBody).digest("hex");
    response.writeHead(200, { "content-type": "application/x-amz-json-1.0" });
    response.end(JSON.stringify({ MessageId: String(sent.length), MD5OfMessageBody }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

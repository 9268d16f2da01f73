import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from "node:http2";
import { MAX_BODY, type Posted } from "./post.ts";

// By Node's own client: undici's (7.30) opens a connection for every POST that goes out at the same time, and drops all that
// are under way when the server says GOAWAY, though it would answer them: they would be pushed twice.

/** A server that is asked over HTTP/2, by one connection for all that is under way (RFC 9113). */
export interface Http2Client {
  /** Posts once. Rejects if no answer comes within `time` ms. */
  post(path: string, headers: Readonly<Record<string, string>>, body: string, time: number): Promise<Posted>;
  /** Answers when all that was under way has ended. */
  close(): Promise<void>;
}

interface Connection {
  readonly session: ClientHttp2Session;
  /** When the server last gave a sign of life, in ms since 1970; first when we began to connect. */
  heardAt: number;
  /** It has been asked for one, by a PING. */
  isProbed: boolean;
}

/** A connection over which nothing came for so long may be dead without a sign, in ms: a function's was frozen, a NAT forgot it. */
const TRUSTED = 10_000;
/** How long such a connection has for the answer to a PING, in ms. */
const PING_TIME = 1_000;

/** `origin` is `https://host:port`; `ca` whose certificates are taken, where those are not the public ones. `clock` in ms since 1970. */
export function http2Client(origin: string, clock: () => number, ca: string | undefined): Http2Client {
  const open = new Set<ClientHttp2Session>();
  let current: Connection | undefined;

  const connection = (): Connection => {
    // Closed, if the server has said GOAWAY: what is under way ends there, and what is new goes elsewhere.
    if (current !== undefined && !current.session.closed && !current.session.destroyed) return current;
    // One stream until the server has said how many: what is more, Apple refuses at first.
    const session = connect(origin, { peerMaxConcurrentStreams: 1, ...(ca === undefined ? {} : { ca }) });
    const fresh = { session, heardAt: clock(), isProbed: false };
    session.on("remoteSettings", () => hear(fresh));
    // Those who wait for an answer hear of it by their streams.
    session.on("error", () => undefined);
    session.on("close", () => open.delete(session));
    open.add(session);
    current = fresh;
    return fresh;
  };
  const hear = (from: Connection) => {
    from.heardAt = clock();
  };

  return {
    post: (path, headers, body, time) => {
      const over = connection();
      if (clock() - over.heardAt > TRUSTED && !over.isProbed) probe(over, hear);
      const stream = over.session.request({
        [constants.HTTP2_HEADER_METHOD]: "POST",
        [constants.HTTP2_HEADER_PATH]: path,
        [constants.HTTP2_HEADER_CONTENT_LENGTH]: Buffer.byteLength(body),
        ...headers,
      });
      stream.once("response", () => hear(over));
      const sentAt = clock();
      const timer = setTimeout(() => {
        stream.destroy(new Error(`no answer in ${time} ms`));
        // Nothing at all has come: the next attempt gets another connection.
        if (over.heardAt <= sentAt) over.session.destroy();
      }, time);
      stream.end(body);
      return answerTo(stream).finally(() => clearTimeout(timer));
    },
    close: async () => {
      const closing = Array.from(open, (session) => {
        const closed = new Promise<void>((resolve) => session.once("close", resolve));
        session.close();
        return closed;
      });
      await Promise.all(closing);
    },
  };
}

/** Ends a connection that gives no sign of life, and with it all that waits for an answer over it. */
function probe(over: Connection, hear: (from: Connection) => void): void {
  over.isProbed = true;
  const timer = setTimeout(() => over.session.destroy(new Error("the connection was silent")), PING_TIME);
  over.session.ping((error) => {
    clearTimeout(timer);
    over.isProbed = false;
    if (error === null) hear(over);
  });
}

/** The answer as far as it comes, once its status has; rejects if that does not. */
function answerTo(stream: ClientHttp2Stream): Promise<Posted> {
  return new Promise((resolve, reject) => {
    let head: Pick<Posted, "status" | "headers"> | undefined;
    const chunks: Buffer[] = [];
    let length = 0;
    const settle = (fault: Error) => {
      const body = Buffer.concat(chunks).subarray(0, MAX_BODY).toString();
      if (head === undefined) reject(fault);
      else resolve({ ...head, body });
    };
    stream.on("response", ({ ":status": status = 0, ...headers }) => {
      head = { status, headers };
    });
    stream.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= MAX_BODY) stream.close(constants.NGHTTP2_CANCEL);
    });
    stream.on("error", settle);
    stream.on("close", () => settle(new Error(`the stream was closed (${stream.rstCode})`)));
  });
}

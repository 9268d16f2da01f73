import { hash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";

const HANDSHAKE_KEY = "dGhlIHNhbXBsZSBub25jZQ==";
/** RFC 6455 §5.2: final, masked, and masked with zeros, which changes nothing. */
const [TEXT, PING, PONG, CLOSE] = [0x81, 0x89, 0x8a, 0x88];
const MASKED = 0x80;
const NOTHING = Buffer.alloc(0);
/** RFC 5626 §3.5.1. */
const KEEP_ALIVE = frame(TEXT, "\r\n\r\n");

/** A phone that costs its own process little: a bare socket, on which it registers, and answers pings. */
export class IdlePhone {
  readonly user: string;
  /** Whether it was registered over the connection that it has. */
  isRegistered = false;
  /** What a refused handshake said: its status, and after how many seconds to come back. */
  refused: { readonly status: number; readonly retryAfter: number } | undefined;
  readonly #instance = randomUUID();
  #socket: Socket | undefined;
  #rest: Buffer = NOTHING;
  #heard: ((text: string) => void) | undefined;
  #lost: ((error: Error) => void) | undefined;

  constructor(user: string) {
    this.user = user;
  }

  /** Connects and registers. Rejects if it is refused, or loses the connection. */
  async come(port: number): Promise<void> {
    this.isRegistered = false;
    this.refused = undefined;
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.#socket = socket;
    socket.on("error", () => {});
    socket.on("close", () => {
      this.isRegistered = false;
      this.#lost?.(new Error(`${this.user} lost its connection`));
    });
    socket.write(
      `GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${HANDSHAKE_KEY}\r\nSec-WebSocket-Protocol: sip\r\n\r\n`,
    );
    const answer = await this.#next(() => socket.once("data", (chunk) => this.#heard?.(chunk.toString())));
    if (!answer.startsWith("HTTP/1.1 101")) {
      const retryAfter = Number(/Retry-After: (\d+)/.exec(answer)?.[1]);
      this.refused = { status: Number(answer.slice(9, 12)), retryAfter };
      socket.destroy();
      throw new Error(`${this.user} was refused: ${this.refused.status}`);
    }
    this.#rest = NOTHING;
    socket.on("data", (chunk) => this.#feed(chunk));
    const challenge = await this.#next(() => this.#register(1, ""));
    const ok = await this.#next(() => this.#register(2, answerTo(challenge, this.user)));
    if (!ok.startsWith("SIP/2.0 200")) throw new Error(`${this.user} heard ${ok.slice(0, 60)}`);
    this.isRegistered = true;
  }

  keepAlive(): void {
    this.#socket?.write(KEEP_ALIVE);
  }

  async leave(): Promise<void> {
    const socket = this.#socket;
    if (socket === undefined || socket.closed) return;
    socket.destroy();
    await once(socket, "close");
  }

  #next(ask: () => void): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#heard = resolve;
      this.#lost = reject;
      ask();
    }).finally(() => {
      this.#heard = undefined;
      this.#lost = undefined;
    }) as Promise<string>;
  }

  #register(cseq: number, authorization: string): void {
    const { user } = this;
    const text = `REGISTER sip:localhost SIP/2.0\r\nVia: SIP/2.0/WS ${user}.invalid;branch=z9hG4bK${user}-${cseq}\r\nMax-Forwards: 70\r\nFrom: <sip:${user}@localhost>;tag=${user}\r\nTo: <sip:${user}@localhost>\r\nCall-ID: ${this.#instance}\r\nCSeq: ${cseq} REGISTER\r\nContact: <sip:${user}@${user}.invalid;transport=ws>;reg-id=1;+sip.instance="<urn:uuid:${this.#instance}>";expires=3600\r\nSupported: path, outbound\r\n${authorization}Content-Length: 0\r\n\r\n`;
    this.#socket?.write(frame(TEXT, text));
  }

  #feed(chunk: Buffer): void {
    let octets = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const isLong = octets[1] === 126;
      const at = isLong ? 4 : 2;
      const end = at + (isLong && octets.length >= at ? octets.readUInt16BE(2) : (octets[1] ?? 0));
      if (octets.length < at || octets.length < end) break;
      const payload = octets.toString("latin1", at, end);
      if (octets[0] === PING) this.#socket?.write(frame(PONG, payload));
      else if (octets[0] === CLOSE) this.#socket?.end();
      // Pongs of keep-alives are no answers.
      else if (payload.startsWith("SIP/2.0 ")) this.#heard?.(payload);
      octets = octets.subarray(end);
    }
    this.#rest = octets.length === 0 ? NOTHING : Buffer.from(octets);
  }
}

function frame(opcode: number, payload: string): Buffer {
  const { length } = payload;
  const head = length < 126 ? [opcode, MASKED | length] : [opcode, MASKED | 126, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), Buffer.from(payload, "latin1")]);
}

/** The answer to the last challenge, which is MD5's (RFC 7616 §3.4.1). */
function answerTo(challenge: string, user: string): string {
  const [, nonce = ""] = /^WWW-Authenticate:.*MD5.*$/im.exec(challenge)?.[0].match(/nonce="([^"]*)"/) ?? [];
  const md5 = (text: string) => hash("md5", text);
  const ha1 = md5(`${user}:localhost:sipwake`);
  const response = md5(`${ha1}:${nonce}:00000001:c:auth:${md5("REGISTER:sip:localhost")}`);
  return `Authorization: Digest algorithm=MD5, username="${user}", realm="localhost", nonce="${nonce}", uri="sip:localhost", response="${response}", qop=auth, cnonce="c", nc=00000001\r\n`;
}

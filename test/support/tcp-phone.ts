import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { onTestFinished } from "vitest";
import { type ContactOptions, SipPhone } from "./sip-phone.ts";
import { wireMessage } from "./wire-message.ts";

/** How a phone connects that is not on plain TCP. */
export interface TcpOptions {
  /** The certificate that it expects, PEM: it speaks TLS. */
  readonly ca?: string;
  /** The certificate that it shows of itself, and its key, PEM. */
  readonly own?: { readonly cert: string; readonly key: string };
  /** The first octets of the connection: a proxy's, say. */
  readonly before?: string | Buffer;
}

/** A native phone: SIP over TCP, or over TLS. What comes is cut into messages by the simplest reading. */
export class TcpPhone extends SipPhone {
  readonly socket: Socket;
  readonly hop: string;
  readonly host: string;
  /** How many CRLFs have come between messages: pongs. */
  pongs = 0;
  /** Whether the other side has ended the connection. */
  isEnded = false;
  #rest = "";

  private constructor(user: string, socket: Socket, isSecure: boolean) {
    super(user);
    const transport = isSecure ? "tls" : "tcp";
    this.socket = socket;
    // Behind its router, as most are: an address that nobody else can use.
    this.hop = `SIP/2.0/${transport.toUpperCase()} 192.168.1.7:5060`;
    this.host = `192.168.1.7:5060;transport=${transport}`;
    socket.on("data", (chunk) => this.#hear(chunk.toString("latin1")));
    socket.on("end", () => {
      this.isEnded = true;
    });
    // What ends a connection is told by its close.
    socket.on("error", () => {});
    socket.on("close", () => {
      this.isEnded = true;
    });
  }

  /** Connects; the connection ends with the test. */
  static async connect(port: number, user: string, { ca, own, before }: TcpOptions = {}): Promise<TcpPhone> {
    const isSecure = ca !== undefined;
    const socket = isSecure
      ? connectTls({ port, host: "127.0.0.1", servername: "localhost", ca, ...own })
      : connect({ port, host: "127.0.0.1" });
    const phone = new TcpPhone(user, socket, isSecure);
    onTestFinished(() => void socket.destroy());
    await once(socket, isSecure ? "secureConnect" : "connect");
    if (before !== undefined) socket.write(before, "latin1");
    return phone;
  }

  /** Connects and registers. */
  static async registered(
    port: number,
    user: string,
    contact: ContactOptions = {},
    options: TcpOptions = {},
  ): Promise<TcpPhone> {
    const phone = await TcpPhone.connect(port, user, options);
    const answer = await phone.register(contact);
    if (answer.status !== 200) throw new Error(`${user} got ${answer.startLine}`);
    return phone;
  }

  say(text: string): void {
    this.socket.write(text, "latin1");
  }

  async vanish(): Promise<void> {
    this.socket.destroy();
    if (!this.socket.closed) await once(this.socket, "close");
  }

  /** When the other side has ended the connection. */
  async ended(): Promise<void> {
    if (!this.isEnded) await once(this.socket, "close");
  }

  #hear(octets: string): void {
    this.#rest += octets;
    for (;;) {
      while (this.#rest.startsWith("\r\n")) {
        this.pongs++;
        this.#rest = this.#rest.slice(2);
      }
      const bodyAt = this.#rest.indexOf("\r\n\r\n") + 4;
      if (bodyAt < 4) return;
      const [, length] = /\r\nContent-Length: (\d+)\r\n/.exec(this.#rest.slice(0, bodyAt)) ?? [];
      if (length === undefined) throw new Error(`not framed: ${this.#rest}`);
      const end = bodyAt + Number(length);
      if (this.#rest.length < end) return;
      this.heard(wireMessage(this.#rest.slice(0, end)));
      this.#rest = this.#rest.slice(end);
    }
  }
}

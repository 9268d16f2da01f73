import { expect, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { type ContactOptions, SipPhone } from "./sip-phone.ts";
import { token } from "./token.ts";
import { type WireMessage, wireMessage } from "./wire-message.ts";

/** What a handshake says beside the subprotocol. */
export interface HandshakeOptions {
  /** With its question mark. */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A phone on a WebSocket. */
export class WirePhone extends SipPhone {
  readonly socket: WebSocket;
  readonly hop: string;
  readonly host: string;

  private constructor(user: string, socket: WebSocket) {
    super(user);
    this.socket = socket;
    this.hop = `SIP/2.0/WS ${user}.invalid`;
    this.host = `${user}.invalid;transport=ws`;
    socket.on("message", (data: Buffer) => this.heard(wireMessage(data.toString("latin1"))));
  }

  /** Connects; the connection ends with the test. */
  static async connect(
    port: number,
    user: string,
    subprotocol = "sip",
    { query = "", headers = {} }: HandshakeOptions = {},
  ): Promise<WirePhone> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/${query}`, subprotocol, { headers });
    const phone = new WirePhone(user, socket);
    await new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    onTestFinished(() => socket.terminate());
    return phone;
  }

  /** Connects and registers. */
  static async registered(port: number, user: string, contact: ContactOptions = {}): Promise<WirePhone> {
    const phone = await WirePhone.connect(port, user);
    const answer = await phone.register(contact);
    if (answer.status !== 200) throw new Error(`${user} got ${answer.startLine}`);
    return phone;
  }

  say(text: string, { binary = false } = {}): void {
    this.socket.send(Buffer.from(text, "latin1"), { binary });
  }

  /** Its system stops the app: the connection stays open, and nobody reads what comes. */
  freeze(): void {
    this.socket.pause();
  }

  /** The app goes on: it reads what has come meanwhile. */
  thaw(): void {
    this.socket.resume();
  }

  async vanish(): Promise<void> {
    this.socket.terminate();
    await new Promise((resolve) => this.socket.once("close", resolve));
  }
}

/** The subscriber's side of a subscription (RFC 6665), to a user's registrations unless it says another event. */
export class Watch {
  readonly callId = token();
  readonly #from: string;
  readonly #user: string;
  #cseq = 0;
  /** What our 200 said: who the other side of the dialog is. */
  #to: string;
  #target: string;

  constructor(user: string, of: string) {
    this.#user = user;
    this.#from = `<sip:${user}@localhost>;tag=${token()}`;
    this.#target = `sip:${of}@localhost`;
    this.#to = `<${this.#target}>`;
  }

  /** Asks for so many seconds, and keeps what makes the dialog. */
  async subscribe(phone: SipPhone, seconds: number, more: readonly string[] = []): Promise<WireMessage> {
    const answer = await phone.ask([
      `SUBSCRIBE ${this.#target} SIP/2.0`,
      `Via: SIP/2.0/WS w.invalid;branch=z9hG4bK${token()}`,
      "Max-Forwards: 70",
      `From: ${this.#from}`,
      `To: ${this.#to}`,
      `Call-ID: ${this.callId}`,
      `CSeq: ${++this.#cseq} SUBSCRIBE`,
      `Contact: <sip:${this.#user}-watcher@w.invalid;transport=ws>`,
      ...(more.some((line) => line.startsWith("Event")) ? [] : ["Event: reg"]),
      `Expires: ${seconds}`,
      ...more,
      "Content-Length: 0",
    ]);
    if (answer.status === 200) {
      this.#to = answer.one("To");
      this.#target = /<([^>]*)>/.exec(answer.one("Contact"))?.[1] ?? "";
    }
    return answer;
  }
}

/** Ends a phone's connection without a closing handshake, and answers when the server has noticed. */
export async function lose(
  phone: SipPhone,
  { edge }: { readonly edge: { readonly connections: number } },
): Promise<void> {
  const left = edge.connections - 1;
  await phone.vanish();
  await expect.poll(() => edge.connections, { interval: 5 }).toBe(left);
}

/** Checks that nothing was said to these phones that nobody has asked for, but that requests are being tried. */
export async function heardNothingMore(...phones: readonly SipPhone[]): Promise<void> {
  await Promise.all(phones.map((phone) => phone.caughtUp()));
  const unasked = phones.flatMap((phone) => phone.unasked.filter(({ status }) => status !== 100));
  expect(unasked.map(({ text }) => text)).toEqual([]);
}

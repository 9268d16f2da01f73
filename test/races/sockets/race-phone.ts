import { answerTo } from "../../support/digest.ts";
import { SipPhone } from "../../support/sip-phone.ts";
import { token } from "../../support/token.ts";
import { type WireMessage, wireMessage } from "../../support/wire-message.ts";
import { connectLine, type Death, type Line, type Transport } from "./line.ts";

/** A run of a phone's app: what its REGISTERs say, over whichever connection. */
export interface AppRun {
  /** The Contact line, without its end. */
  readonly contact: string;
  readonly callId: string;
  /** Of its last REGISTER. */
  cseq: number;
}

export function appRun(contact: string): AppRun {
  return { contact, callId: token(), cseq: 0 };
}

/** Who is to be told that something has been heard. */
export type Changed = () => void;

/** A phone on one real connection, which keeps all that it hears, in order, and reacts to it at once. */
export class RacePhone extends SipPhone {
  readonly hop: string;
  readonly host: string;
  readonly history: WireMessage[] = [];
  /** Is told whenever it has heard something. */
  changed: Changed;
  /** What it does when it hears something. */
  readonly reactions: ((message: WireMessage) => void)[] = [];
  #line: Line | undefined;
  #challenge: readonly string[] = [];
  #uses = 0;

  private constructor(user: string, transport: Transport, changed: Changed) {
    super(user);
    this.changed = changed;
    this.hop = `SIP/2.0/${transport.toUpperCase()} ${user}.invalid`;
    this.host = `${user}.invalid;transport=${transport}`;
  }

  static async connect(
    transport: Transport,
    port: number,
    user: string,
    changed: Changed,
  ): Promise<RacePhone> {
    const phone = new RacePhone(user, transport, changed);
    phone.#line = await connectLine(transport, port, (text) => phone.heard(wireMessage(text)));
    return phone;
  }

  override say(text: string): void {
    this.#line?.say(text);
  }

  /** Forgets all that was, but for its connection. */
  forget(changed: Changed): void {
    this.history.length = 0;
    this.reactions.length = 0;
    this.changed = changed;
  }

  override async vanish(): Promise<void> {
    this.die("destroyed");
  }

  die(how: Death): void {
    this.#line?.die(how);
  }

  /** Asks to be challenged; `prove` may be called once the answer is there. Answers the CSeq. */
  begin(run: AppRun): string {
    return this.#register(run, "");
  }

  /** A REGISTER with the answer to the last challenge: of the run's Contact, or of none, which asks what is registered. Answers its CSeq. */
  prove(run: AppRun, contact = `${run.contact}\r\n`): string {
    const challenge =
      this.history
        .findLast(({ status, one }) => status === 401 && one("Call-ID") === run.callId)
        ?.all("WWW-Authenticate") ?? [];
    const isNew = challenge.join() !== this.#challenge.join();
    this.#challenge = challenge;
    this.#uses = isNew ? 1 : this.#uses + 1;
    const answer = answerTo(challenge, this.user, "sipwake", "REGISTER", "sip:localhost", this.#uses);
    return this.#register(run, `${contact}Authorization: ${answer}\r\n`);
  }

  #register(run: AppRun, more: string): string {
    const cseq = `${++run.cseq} REGISTER`;
    const { hop, address } = this;
    this.say(
      `REGISTER sip:localhost SIP/2.0\r\nVia: ${hop};branch=z9hG4bK${token()}\r\nMax-Forwards: 70\r\nFrom: <${address}>;tag=${run.callId}\r\nTo: <${address}>\r\nCall-ID: ${run.callId}\r\nCSeq: ${cseq}\r\nSupported: path, outbound\r\n${more}Content-Length: 0\r\n\r\n`,
    );
    return cseq;
  }

  /** Asks for an echo; answers the Call-ID that it will have. */
  shout(): string {
    const id = token();
    this.say(
      `OPTIONS sip:localhost SIP/2.0\r\nVia: ${this.hop};branch=z9hG4bK${id}\r\nMax-Forwards: 0\r\nFrom: <${this.address}>;tag=${id}\r\nTo: <sip:localhost>\r\nCall-ID: ${id}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`,
    );
    return id;
  }

  /** The final answers that it has heard to a request. */
  finals(callId: string, cseq: string): readonly WireMessage[] {
    return this.history.filter(
      ({ status = 0, one }) => status >= 200 && one("Call-ID") === callId && one("CSeq") === cseq,
    );
  }

  /** The requests of a method that it has heard, of one call or of all. */
  requests(method: string, callId?: string): readonly WireMessage[] {
    return this.history.filter(
      ({ status, method: its, one }) =>
        status === undefined && its === method && (callId === undefined || one("Call-ID") === callId),
    );
  }

  protected override heard(message: WireMessage): void {
    this.history.push(message);
    for (const react of this.reactions) react(message);
    this.changed();
  }
}

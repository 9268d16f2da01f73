import { answerTo } from "./digest.ts";
import { settling } from "./settling.ts";
import { token } from "./token.ts";
import { type WireMessage, wireMessage } from "./wire-message.ts";

/** What the phone's Contact says beside its address. */
export interface ContactOptions {
  readonly instance?: string;
  /** The flow of the instance that it registers; the first one if it does not say. */
  readonly regId?: number;
  /** pn-* parameters of a device token. */
  readonly token?: string;
  readonly provider?: string;
  readonly param?: string;
  readonly expires?: number;
}

/** What a REGISTER says that a well-behaved phone's does not. */
export interface RegisterOptions {
  readonly password?: string;
  /** Whose address, if it is not the phone's own. */
  readonly of?: string;
  /** The Contact lines as they are to be sent. */
  readonly contacts?: string;
  /** Goes on with a registration that was begun under this Call-ID. */
  readonly callId?: string;
  /** Further header lines. */
  readonly headers?: string;
  /** What is done between the challenge and its answer. */
  readonly beforeProof?: () => Promise<unknown>;
}

const WITHIN_MS = 20_000;

/**
 * A phone that is nothing but a connection: it says what a test tells it to, octet for octet, and keeps what it hears until
 * it is asked for.
 */
export abstract class SipPhone {
  readonly user: string;
  /** What its dialogs say in Contact if that is not where it is registered: a GRUU. */
  target: string | undefined;
  /** Its tag in the dialogs that others begin: two devices of one user have two (RFC 3261 §19.3). */
  tag: string;
  readonly #heard: WireMessage[] = [];
  readonly #waiting: {
    readonly wanted: (message: WireMessage) => boolean;
    readonly got: (message: WireMessage) => void;
  }[] = [];
  #cseq = 0;

  protected constructor(user: string) {
    this.user = user;
    this.tag = `${user}-tag`;
  }

  /** Sends octets, one per character. */
  abstract say(text: string, how?: { readonly binary?: boolean }): void;

  /** The network is gone: no closing handshake. */
  abstract vanish(): Promise<void>;

  /** The transport and the host of its Via. */
  abstract readonly hop: string;

  /** What its Contact has behind the `@`. */
  abstract readonly host: string;

  get address(): string {
    return `sip:${this.user}@localhost`;
  }

  /** The next message that is wanted, heard already or not; what is skipped stays. */
  async hear(what: string, wanted: (message: WireMessage) => boolean): Promise<WireMessage> {
    const at = this.#heard.findIndex(wanted);
    if (at >= 0) return this.#heard.splice(at, 1)[0] as WireMessage;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const heard = this.#heard.map(({ startLine }) => startLine).join(", ") || "nothing";
        reject(new Error(`${this.user} waited for ${what} and heard ${heard}`));
      }, WITHIN_MS);
      this.#waiting.push({
        wanted,
        got: (message) => {
          clearTimeout(timer);
          resolve(message);
        },
      });
    });
  }

  request(method: string): Promise<WireMessage> {
    return this.hear(method, (message) => message.status === undefined && message.method === method);
  }

  response(status: number, method?: string): Promise<WireMessage> {
    return this.hear(
      `${status} ${method ?? ""}`,
      (message) => message.status === status && (method === undefined || message.method === method),
    );
  }

  /** The next final response to a method. */
  final(method: string): Promise<WireMessage> {
    return this.hear(
      `a final response to ${method}`,
      ({ status = 0, method: answered }) => status >= 200 && answered === method,
    );
  }

  /** Everything heard that nobody has asked for. */
  get unasked(): readonly WireMessage[] {
    return this.#heard;
  }

  /**
   * Answers once everything that was sent to this phone so far has been heard: an OPTIONS of its own is answered behind it. Where nothing is
   * kept in order, another one is, once all has been dealt with that came before the first.
   */
  async caughtUp(): Promise<void> {
    await this.#echo();
    const settled = settling();
    if (settled === undefined) return;
    await settled();
    await this.#echo();
  }

  async #echo(): Promise<void> {
    const branch = token();
    this.say(
      `OPTIONS sip:localhost SIP/2.0\r\nVia: ${this.hop};branch=z9hG4bK${branch}\r\nMax-Forwards: 0\r\nFrom: <${this.address}>;tag=${branch}\r\nTo: <sip:localhost>\r\nCall-ID: ${branch}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`,
    );
    await this.hear("its own echo", (message) => message.one("Call-ID") === branch);
  }

  contactUri({ token: prid, provider = "fcm", param = "app" }: ContactOptions = {}): string {
    const push = prid === undefined ? "" : `;pn-provider=${provider};pn-param=${param};pn-prid=${prid}`;
    return `sip:${this.user}@${this.host}${push}`;
  }

  /** Registers, answering the challenge; answers the final response. */
  async register(contact: ContactOptions = {}, how: RegisterOptions = {}): Promise<WireMessage> {
    const { password, of = this.user, contacts = this.#contactLine(contact) } = how;
    const { callId = token(), headers = "" } = how;
    const request = (authorization: string) =>
      `REGISTER sip:localhost SIP/2.0\r\nVia: ${this.hop};branch=z9hG4bK${token()}\r\nMax-Forwards: 70\r\nFrom: <sip:${of}@localhost>;tag=${token()}\r\nTo: <sip:${of}@localhost>\r\nCall-ID: ${callId}\r\nCSeq: ${++this.#cseq} REGISTER\r\n${contacts}${headers}Supported: path, outbound\r\n${authorization}Content-Length: 0\r\n\r\n`;
    this.say(request(""));
    const challenge = await this.final("REGISTER");
    if (challenge.status !== 401) return challenge;
    await how.beforeProof?.();
    const credentials = this.credentials(challenge, "REGISTER", "sip:localhost", password);
    this.say(request(`Authorization: ${credentials}\r\n`));
    return this.final("REGISTER");
  }

  /** What is registered, without the time that is left (RFC 3261 §10.2.3). */
  async bindings(): Promise<readonly string[]> {
    const { all } = await this.register({}, { contacts: "" });
    return all("Contact").map((contact) => contact.replace(/;expires=\d+/, ""));
  }

  #contactLine(contact: ContactOptions): string {
    const { instance, regId = 1, expires = 600 } = contact;
    const params = instance === undefined ? "" : `;reg-id=${regId};+sip.instance="<urn:uuid:${instance}>"`;
    return `Contact: <${this.contactUri(contact)}>${params};expires=${expires}\r\n`;
  }

  /**
   * Says a request as it stands, and if it is challenged once more with credentials, another branch and the next CSeq
   * (RFC 3261 §22.2). Answers the final response.
   */
  async ask(lines: readonly string[], frame: { readonly binary?: boolean } = {}): Promise<WireMessage> {
    const text = `${lines.join("\r\n")}\r\n\r\n`;
    const { method, startLine, one } = wireMessage(text);
    this.say(text, frame);
    const answer = await this.#finalTo(one("Call-ID"), one("CSeq"));
    if (answer.status !== 401 && answer.status !== 407) return answer;
    const header = answer.status === 401 ? "Authorization" : "Proxy-Authorization";
    const credentials = this.credentials(answer, method, startLine.split(" ")[1] ?? "");
    const cseq = `${Number.parseInt(one("CSeq"), 10) + 1} ${method}`;
    this.say(
      text
        .replace(/branch=[^;\r]*/, `branch=z9hG4bK${token()}`)
        .replace(/\r\nCSeq: .*/, `\r\nCSeq: ${cseq}\r\n${header}: ${credentials}`),
      frame,
    );
    return this.#finalTo(one("Call-ID"), cseq);
  }

  #finalTo(callId: string, cseq: string): Promise<WireMessage> {
    return this.hear(
      `a final response to ${cseq}`,
      ({ status = 0, one }) => status >= 200 && one("Call-ID") === callId && one("CSeq") === cseq,
    );
  }

  /** The answer to a 401 or 407. */
  credentials(challenge: WireMessage, method: string, uri: string, password = "sipwake"): string {
    const lines = challenge.all(challenge.status === 401 ? "WWW-Authenticate" : "Proxy-Authenticate");
    return answerTo(lines, this.user, password, method, uri);
  }

  /** Begins a call and answers the INVITE as sent. */
  invite(callee: string, extra = "", body = "v=0\r\n"): WireMessage {
    const text = `INVITE sip:${callee}@localhost SIP/2.0\r\nVia: ${this.hop};branch=z9hG4bK${token()}\r\nMax-Forwards: 70\r\nFrom: "${this.user}" <${this.address}>;tag=${token()}\r\nTo: <sip:${callee}@localhost>\r\nCall-ID: ${token()}\r\nCSeq: ${++this.#cseq} INVITE\r\nContact: <${this.target ?? this.contactUri()}>\r\n${extra}Content-Type: application/sdp\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    this.say(text);
    return wireMessage(text);
  }

  /** A request outside a dialog, without authentication. */
  send(method: string, callee: string, body = "", { binary = false } = {}): void {
    this.say(
      `${method} sip:${callee}@localhost SIP/2.0\r\nVia: ${this.hop};branch=z9hG4bK${token()}\r\nMax-Forwards: 70\r\nFrom: <${this.address}>;tag=${token()}\r\nTo: <sip:${callee}@localhost>\r\nCall-ID: ${token()}\r\nCSeq: ${++this.#cseq} ${method}\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      { binary },
    );
  }

  /** Gives up a call that it began. */
  cancel(invite: WireMessage): void {
    this.say(
      `CANCEL ${invite.startLine.split(" ")[1]} SIP/2.0\r\nVia: ${invite.all("Via")[0]}\r\nMax-Forwards: 70\r\n${routesOf(invite.all("Route"))}From: ${invite.one("From")}\r\nTo: ${invite.one("To")}\r\nCall-ID: ${invite.one("Call-ID")}\r\nCSeq: ${invite.one("CSeq").replace("INVITE", "CANCEL")}\r\nContent-Length: 0\r\n\r\n`,
    );
  }

  /** Answers a request as RFC 3261 §8.2.6 says, with its tag in To; further header lines come as they are. */
  answer(request: WireMessage, status: number, reason: string, body = "", headers = ""): void {
    const to = request.one("To");
    const copied = ["Via", "Record-Route"]
      .map((name) =>
        request
          .all(name)
          .map((value) => `${name}: ${value}\r\n`)
          .join(""),
      )
      .join("");
    const tag = status === 100 || to.includes(";tag=") ? "" : `;tag=${this.tag}`;
    this.say(
      `SIP/2.0 ${status} ${reason}\r\n${copied}From: ${request.one("From")}\r\nTo: ${to}${tag}\r\nCall-ID: ${request.one("Call-ID")}\r\nCSeq: ${request.one("CSeq")}\r\nContact: <${this.target ?? this.contactUri()}>\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`,
    );
  }

  /** Acknowledges a final response to an INVITE: a failure's ACK is part of its transaction, a success's is not. */
  acknowledge(invite: WireMessage, { status = 0, ...final }: WireMessage): void {
    const isSuccess = status < 300;
    const via = isSuccess ? `${this.hop};branch=z9hG4bK${token()}` : invite.all("Via")[0];
    const routes = routesOf(isSuccess ? final.all("Record-Route").toReversed() : invite.all("Route"));
    const target = isSuccess ? uriIn(final.one("Contact")) : invite.startLine.split(" ")[1];
    this.say(
      `ACK ${target} SIP/2.0\r\nVia: ${via}\r\nMax-Forwards: 70\r\n${routes}From: ${invite.one("From")}\r\nTo: ${final.one("To")}\r\nCall-ID: ${invite.one("Call-ID")}\r\nCSeq: ${invite.one("CSeq").replace("INVITE", "ACK")}\r\nContent-Length: 0\r\n\r\n`,
    );
  }

  /** Sends a request within a dialog that this phone's INVITE began, and answers it as sent. */
  withinCalled(method: string, invite: WireMessage, ok: WireMessage): WireMessage {
    return this.#within(
      method,
      uriIn(ok.one("Contact")),
      ok.all("Record-Route").toReversed(),
      invite.one("From"),
      ok.one("To"),
      invite.one("Call-ID"),
    );
  }

  /** Sends a request within a dialog that began with an INVITE to this phone, and answers it as sent. */
  withinAnswered(method: string, invite: WireMessage): WireMessage {
    return this.#within(
      method,
      uriIn(invite.one("Contact")),
      invite.all("Record-Route"),
      `${invite.one("To")};tag=${this.tag}`,
      invite.one("From"),
      invite.one("Call-ID"),
    );
  }

  #within(
    method: string,
    target: string,
    routes: readonly string[],
    from: string,
    to: string,
    callId: string,
  ): WireMessage {
    const text = `${method} ${target} SIP/2.0\r\nVia: ${this.hop};branch=z9hG4bK${token()}\r\nMax-Forwards: 70\r\n${routesOf(routes)}From: ${from}\r\nTo: ${to}\r\nCall-ID: ${callId}\r\nCSeq: ${++this.#cseq + 100} ${method}\r\nContent-Length: 0\r\n\r\n`;
    this.say(text);
    return wireMessage(text);
  }

  /** Acknowledges a 2xx to an INVITE of its own within a dialog: along the routes that this went (RFC 3261 §13.2.2.4). */
  acknowledgeWithin(invite: WireMessage): void {
    this.say(
      invite.text
        .replace(/^INVITE/, "ACK")
        .replace(/branch=[^;\r]*/, `branch=z9hG4bK${token()}`)
        .replace(/(\r\nCSeq: \d+) INVITE/, "$1 ACK"),
    );
  }

  /** To be called with each message that comes. */
  protected heard(message: WireMessage): void {
    const at = this.#waiting.findIndex(({ wanted }) => wanted(message));
    if (at < 0) this.#heard.push(message);
    else this.#waiting.splice(at, 1)[0]?.got(message);
  }
}

function routesOf(routes: readonly string[]): string {
  return routes.map((route) => `Route: ${route}\r\n`).join("");
}

function uriIn(address: string): string {
  return /<([^>]*)>/.exec(address)?.[1] ?? address;
}

import { randomBytes } from "node:crypto";
import type { Dice } from "../fuzz/dice.ts";
import { branchOf, cseqOf, type Heard, heard, responseTo } from "../races/heard.ts";
import type { Call, Plan, Ring } from "./call.ts";
import { connect, type Line } from "./connection.ts";
import { credentialsFor } from "./digest.ts";
import { T1, T2, TIMERS } from "./timers.ts";

/** Where phones are: what they share. */
export interface Place {
  readonly dice: Dice;
  readonly port: () => number;
  readonly calls: Map<string, Call>;
  /** Who got which MESSAGE, by Call-ID: the branches of it that came to each phone. */
  readonly messages: Map<string, Map<Phone, Set<string>>>;
  /** Whether nothing has happened to a call's sides since before it was placed, and its callee could be reached. */
  isSteady(call: Call): boolean;
  /** Something that must never be. */
  wrong(what: string): void;
  count(what: string): void;
}

/** By which service it can be pushed; "none" for a browser. */
type Push = "fcm" | "apns" | "none";

/** What its user wants of it: to be there, to sleep, or not to be reachable at all. */
type Goal = "awake" | "asleep" | "off" | "gone";

/** Names what is new: Call-IDs, branches, tags. */
function fresh(): string {
  return randomBytes(8).toString("hex");
}

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
/** How long its people wait for an answer to anything but an INVITE, in ms (Timer F). */
const PATIENCE = TIMERS.transaction;
/** No REGISTER is handled for longer, in ms. */
const OVERLAP = 10_000;

/** A phone on a WebSocket that does what phones do, and comes back as they do. */
export class Phone {
  readonly name: string;
  readonly user: string;
  readonly push: Push;
  readonly token: string;
  readonly instance: string;
  goal: Goal = "off";
  /** When anything last happened to it that a call might notice: ms since 1970. */
  troubledAt = Date.now();
  /** Its last REGISTER was answered 200 over the connection that it has. */
  isRegistered = false;
  isFrozen = false;
  /** When it was registered last: ms since 1970. */
  registeredAt = 0;
  /** Until then a REGISTER of a former run of its app may still be handled: RFC 3261 §10.3 step 7 orders those of one Call-ID only. */
  overlapsUntil = 0;
  #isUnanswered = false;
  #registering: Promise<unknown> = Promise.resolve();
  readonly #place: Place;
  #line: Line | undefined;
  #callId = fresh();
  #cseq = 0;
  #isBusy = false;
  readonly #pending = new Map<string, (answer: Heard | undefined) => void>();

  constructor(place: Place, name: string, user: string, push: Push) {
    this.#place = place;
    this.name = name;
    this.user = user;
    this.push = push;
    // What APNs gives are octets in hexadecimal.
    this.token = Array.from({ length: 4 }, fresh).join("");
    this.instance = `urn:uuid:7a1f6b1e-6f6c-4b8f-9a53-${fresh().slice(0, 12)}`;
  }

  get isThere(): boolean {
    return this.isRegistered && !this.isFrozen && this.#line?.isOpen() === true;
  }

  /** Whether a call finds it as it has been for a while: there, or asleep and to be woken. */
  isSteadySince(at: number): boolean {
    return this.troubledAt < at && (this.goal !== "awake" || this.isThere);
  }

  /** Its user opens the app, or a push does. */
  come(): void {
    this.goal = "awake";
    void this.#stay();
  }

  /** Its app is started anew: another run may have another Call-ID. */
  restart(): void {
    if (this.#place.dice.below(2) === 0) {
      if (this.#isUnanswered) this.overlapsUntil = Date.now() + OVERLAP;
      this.#callId = fresh();
    }
    this.come();
  }

  /** Its connection ends; its user still wants it to be there. */
  lose(how: "close" | "reset"): void {
    this.troubledAt = Date.now();
    this.#line?.[how]();
  }

  /** Its app goes to sleep. */
  sleep(how: "close" | "reset"): void {
    this.troubledAt = Date.now();
    this.goal = "asleep";
    this.#line?.[how]();
  }

  /** Its system stops it for a while, and then ends its connection. */
  async freeze(ms: number): Promise<void> {
    this.troubledAt = Date.now();
    this.isFrozen = true;
    const line = this.#line;
    line?.freeze();
    await wait(ms);
    this.isFrozen = false;
    this.troubledAt = Date.now();
    line?.reset();
  }

  /** Takes its registration back, and leaves. */
  async leave(): Promise<void> {
    this.troubledAt = Date.now();
    this.goal = "off";
    this.isRegistered = false;
    await this.#register(0);
    // A refresh was faster, or its user wants it back by now.
    this.isRegistered = false;
    this.troubledAt = Date.now();
    const goal: Goal = this.#goalNow();
    if (goal === "awake") void this.#stay();
    if (goal !== "off") return;
    this.#line?.close();
  }

  #goalNow(): Goal {
    return this.goal;
  }

  /** Its connection ends for good, and its registration stays. */
  end(how: "close" | "reset"): void {
    this.goal = "gone";
    this.#line?.[how]();
  }

  refresh(): Promise<boolean> {
    return this.#register(600);
  }

  /** A push has come. */
  pushed(): void {
    if (this.goal !== "asleep") return;
    const delay = 20 + this.#place.dice.below(400);
    setTimeout(() => {
      if (this.goal !== "asleep") return;
      this.#place.count("phones woken");
      this.restart();
    }, delay);
  }

  /** Until it is registered, or is not to be. */
  async #stay(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (let tries = 0; this.goal === "awake" && !this.isRegistered; tries++) {
        if (!this.#line?.isOpen()) await this.#connect();
        if (this.#line?.isOpen() && (await this.#register(600))) return;
        await wait(50 + this.#place.dice.below(Math.min(1_500, 100 * 2 ** tries)));
      }
    } finally {
      this.#isBusy = false;
      // It was lost again meanwhile.
      if (this.goal === "awake" && !this.isRegistered) setTimeout(() => void this.#stay(), 50);
    }
  }

  async #connect(): Promise<void> {
    try {
      const line: Line = await connect(
        this.#place.port(),
        (text) => {
          if (!this.isFrozen) this.#hears(heard(text), line);
        },
        () => this.#lost(line),
      );
      this.#line = line;
      if (this.goal !== "awake") line.close();
    } catch (error) {
      this.#place.count(`connection refused: ${error instanceof Error ? error.message : error}`);
    }
  }

  #lost(line: Line): void {
    if (line !== this.#line) return;
    this.#line = undefined;
    this.isRegistered = false;
    for (const [key, answer] of this.#pending) {
      // Nobody knows what becomes of a REGISTER whose connection has ended.
      this.#pending.delete(key);
      answer(undefined);
    }
    for (const call of this.#place.calls.values()) {
      if (call.caller === this) {
        call.isCallerGone = true;
        if (call.finals.length === 0) call.isCut = true;
      }
      const ring = call.rings.get(this);
      if (ring !== undefined) ring.isCut = true;
    }
    if (this.goal !== "awake") return;
    this.troubledAt = Date.now();
    setTimeout(() => void this.#stay(), 20 + this.#place.dice.below(500));
  }

  // --- what it asks ---

  #via(): string {
    return `Via: SIP/2.0/WS ${this.name}.invalid;branch=z9hG4bK${fresh()}`;
  }

  #contactUri(): string {
    const app = this.push === "fcm" ? "app" : "TEAM123456.com.example.phone.voip";
    const target =
      this.push === "none" ? "" : `;pn-provider=${this.push};pn-param=${app};pn-prid=${this.token}`;
    return `sip:${this.user}@${this.name}.invalid;transport=ws${target}`;
  }

  /** Says a request, some of them twice; answers its final response, or undefined if there is none. */
  async #ask(lines: readonly string[], body = "", isTwice = false): Promise<Heard | undefined> {
    const text = written(lines, body);
    const request = heard(text);
    const key = `${request.one("Call-ID")} ${request.one("CSeq")}`;
    const line = this.#line;
    if (line === undefined) {
      this.#place.count(`${cseqOf(request)[1]} not sent`);
      return undefined;
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#pending.delete(key);
        resolve(undefined);
      }, PATIENCE);
      this.#pending.set(key, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      line.say(text);
      if (isTwice) line.say(text);
    });
  }

  /** The same once more with credentials if it is challenged. */
  async #askProved(
    make: (cseq: number, credentials: readonly string[]) => readonly string[],
    method: string,
    uri: string,
    body = "",
  ): Promise<Heard | undefined> {
    const answer = await this.#ask(make(++this.#cseq, []), body);
    if (answer?.status !== 401 && answer?.status !== 407) return answer;
    return this.#ask(make(++this.#cseq, [credentialsFor(answer, this.user, method, uri)]), body);
  }

  /** One REGISTER at a time (RFC 3261 §10.2); answers whether it was done. */
  #register(expires: number): Promise<boolean> {
    const registering = this.#registering.then(() => this.#registerNow(expires));
    this.#registering = registering;
    return registering;
  }

  /** Tried again after 500 and 503. */
  async #registerNow(expires: number): Promise<boolean> {
    const line = this.#line;
    const callId = this.#callId;
    const address = `<sip:${this.user}@localhost>`;
    const isTwice = this.#place.dice.below(30) === 0;
    for (
      let tries = 0;
      tries < 8 && line?.isOpen() && line === this.#line && callId === this.#callId;
      tries++
    ) {
      const make = (credentials: readonly string[]) => [
        "REGISTER sip:localhost SIP/2.0",
        this.#via(),
        "Max-Forwards: 70",
        `From: ${address};tag=${fresh()}`,
        `To: ${address}`,
        `Call-ID: ${callId}`,
        `CSeq: ${++this.#cseq} REGISTER`,
        `Contact: <${this.#contactUri()}>;reg-id=1;+sip.instance="<${this.instance}>";expires=${expires}`,
        "Supported: path, outbound",
        ...credentials,
      ];
      this.#isUnanswered = true;
      let answer = await this.#ask(make([]));
      if (answer?.status === 401)
        answer = await this.#ask(
          make([credentialsFor(answer, this.user, "REGISTER", "sip:localhost")]),
          "",
          isTwice,
        );
      const status = answer?.status;
      this.#isUnanswered = status === undefined;
      this.#place.count(`REGISTER ${status ?? "unanswered"}`);
      if (status === 200) {
        const isLast = callId === this.#callId && line === this.#line;
        if (expires > 0 && isLast) {
          this.isRegistered = true;
          this.registeredAt = Date.now();
        }
        return isLast;
      }
      if (status === undefined) {
        // As phones do whose server is silent.
        line?.reset();
        return false;
      }
      if (status < 500 && status !== 401) this.#place.wrong(`${this.name}'s REGISTER was answered ${status}`);
      await wait(50 + this.#place.dice.below(250));
    }
    return false;
  }

  /** Sends a MESSAGE; answers its Call-ID and what came of it. */
  async message(user: string): Promise<{ readonly id: string; readonly status: number | undefined }> {
    const id = fresh();
    const uri = `sip:${user}@localhost`;
    const tag = fresh();
    this.#place.messages.set(id, new Map());
    const make = (cseq: number, credentials: readonly string[]) => [
      `MESSAGE ${uri} SIP/2.0`,
      this.#via(),
      "Max-Forwards: 70",
      `From: <sip:${this.user}@localhost>;tag=${tag}`,
      `To: <${uri}>`,
      `Call-ID: ${id}`,
      `CSeq: ${cseq} MESSAGE`,
      "Content-Type: text/plain",
      ...credentials,
    ];
    const answer = await this.#askProved(make, "MESSAGE", uri, `hello ${id}`);
    this.#place.count(`MESSAGE ${answer?.status ?? "unanswered"}`);
    return { id, status: answer?.status };
  }

  /** Asks to be told of its user's registrations. */
  async subscribe(): Promise<void> {
    const [id, tag] = [fresh(), fresh()];
    const uri = `sip:${this.user}@localhost`;
    const make = (cseq: number, credentials: readonly string[]) => [
      `SUBSCRIBE ${uri} SIP/2.0`,
      this.#via(),
      "Max-Forwards: 70",
      `From: <sip:${this.user}@localhost>;tag=${tag}`,
      `To: <${uri}>`,
      `Call-ID: ${id}`,
      `CSeq: ${cseq} SUBSCRIBE`,
      `Contact: <${this.#contactUri()}>`,
      "Event: reg",
      "Expires: 60",
      ...credentials,
    ];
    const answer = await this.#askProved(make, "SUBSCRIBE", uri);
    this.#place.count(`SUBSCRIBE ${answer?.status ?? "unanswered"}`);
  }

  /** Calls somebody, and does all that a caller does, until it is over. */
  call(user: string, plan: Plan, ringing: number, patience: number | undefined): Call {
    const call: Call = {
      id: fresh(),
      caller: this,
      user,
      plan,
      ringing,
      patience,
      placedAt: Date.now(),
      isRepeated: false,
      provisional: false,
      finals: [],
      cancelled: false,
      isCut: false,
      isCallerGone: false,
      cseq: ++this.#cseq,
      rings: new Map(),
      isOver: false,
      wasSteady: false,
      byes: [],
    };
    this.#place.calls.set(call.id, call);
    call.isRepeated = this.#place.dice.below(40) === 0;
    this.#invite(call, []);
    if (call.isRepeated) this.#invite(call, []);
    const placed = Date.now();
    const check = () => {
      if (call.isOver || call.finals.length > 0 || call.isCut) return;
      const waited = Date.now() - placed;
      // Timer B is for who has heard nothing (§17.1.1.2); a CANCEL waits for a provisional response (§9.1).
      if (!call.provisional && waited > TIMERS.transaction) return;
      if (patience !== undefined && waited >= patience && call.provisional) return void this.#cancel(call);
      setTimeout(check, 50);
    };
    if (patience !== undefined) check();
    return call;
  }

  readonly #invites = new Map<string, { readonly branch: string; readonly tag: string }>();

  #invite(call: Call, credentials: readonly string[]): void {
    const known = this.#invites.get(`${call.id} ${call.cseq}`) ?? {
      branch: fresh(),
      tag: [...this.#invites].find(([key]) => key.startsWith(call.id))?.[1].tag ?? fresh(),
    };
    this.#invites.set(`${call.id} ${call.cseq}`, known);
    this.#line?.say(
      written(
        [
          ...this.#head("INVITE", call),
          `Contact: <${this.#contactUri()}>`,
          "Content-Type: application/sdp",
          ...credentials,
        ],
        "v=0\r\n",
      ),
    );
  }

  #head(
    method: "INVITE" | "CANCEL" | "ACK",
    call: Call,
    to = `<sip:${call.user}@localhost>`,
  ): readonly string[] {
    const { branch = "", tag = "" } = this.#invites.get(`${call.id} ${call.cseq}`) ?? {};
    return [
      `${method} sip:${call.user}@localhost SIP/2.0`,
      `Via: SIP/2.0/WS ${this.name}.invalid;branch=z9hG4bK${branch}`,
      "Max-Forwards: 70",
      `From: <sip:${this.user}@localhost>;tag=${tag}`,
      `To: ${to}`,
      `Call-ID: ${call.id}`,
      `CSeq: ${call.cseq} ${method}`,
    ];
  }

  #cancel(call: Call): void {
    call.cancelled = true;
    const text = written(this.#head("CANCEL", call));
    this.#line?.say(text);
    // Its client tries again what was refused (500), as it would after Timer E over UDP.
    this.#pending.set(`${call.id} ${call.cseq} CANCEL`, (answer) => {
      this.#place.count(`CANCEL ${answer?.status ?? "unanswered"}`);
      if (answer?.status === 500 && call.finals.length === 0) setTimeout(() => this.#cancel(call), 200);
    });
  }

  #answered(message: Heard): void {
    const [number, method] = cseqOf(message);
    const status = message.status ?? 0;
    if (method !== "INVITE") {
      if (status < 200) return;
      const key = `${message.one("Call-ID")} ${number} ${method}`;
      const pending = this.#pending.get(key);
      this.#pending.delete(key);
      return void pending?.(message);
    }
    const call = this.#place.calls.get(message.one("Call-ID"));
    if (call === undefined || call.caller !== this)
      return void this.#place.wrong(
        `${this.name} got an answer to a call that is not its own: ${message.lines[0]}`,
      );
    if (status < 200) {
      call.provisional = true;
      return;
    }
    if (status >= 300) this.#line?.say(written(this.#head("ACK", call, message.one("To"))));
    if (number !== call.cseq) return;
    if (status === 401 || status === 407) {
      if (call.finals.length > 0) return;
      const credentials = credentialsFor(message, this.user, "INVITE", `sip:${call.user}@localhost`);
      call.cseq = ++this.#cseq;
      return void this.#invite(call, [credentials]);
    }
    const to = message.one("To");
    if (status < 300) this.#acknowledge(call, message);
    if (call.finals.some((final) => final.status === status && final.to === to)) return;
    if (call.finals.length === 0 && this.#place.isSteady(call)) {
      call.wasSteady = true;
      this.#place.count("calls between phones that were steadily there, or asleep");
    }
    call.finals.push({ status, to, at: Date.now() });
    this.#place.count(`INVITE ${status}`);
    if (status < 300) void this.#talk(call, message);
    else if (!call.finals.some((final) => final.status < 300)) call.isOver = true;
  }

  #within(method: string, cseq: number, call: Call, ok: Heard): readonly string[] {
    const uri = /<([^>]*)>/.exec(ok.one("Contact"))?.[1];
    return [
      `${method} ${uri} SIP/2.0`,
      this.#via(),
      "Max-Forwards: 70",
      ...ok
        .all("Record-Route")
        .toReversed()
        .map((route) => `Route: ${route}`),
      `From: ${ok.one("From")}`,
      `To: ${ok.one("To")}`,
      `Call-ID: ${call.id}`,
      `CSeq: ${cseq} ${method}`,
    ];
  }

  #acknowledge(call: Call, ok: Heard): void {
    this.#line?.say(written(this.#within("ACK", call.cseq, call, ok)));
  }

  async #talk(call: Call, ok: Heard): Promise<void> {
    await wait(200 + this.#place.dice.below(2_000));
    for (let tries = 0; tries < 6; tries++) {
      const answer = await this.#ask(this.#within("BYE", ++this.#cseq, call, ok));
      const status = answer?.status;
      this.#place.count(`BYE ${status ?? "unanswered"}`);
      call.byes.push(status ?? 0);
      if (status !== undefined && status !== 500) break;
      await wait(300);
    }
    call.isOver = true;
  }

  // --- what it is asked ---

  #hears(message: Heard, line: Line): void {
    if (message.status !== undefined) return void this.#answered(message);
    const { dice, calls, messages } = this.#place;
    const id = message.one("Call-ID");
    const respond = (status: number, more: readonly string[] = []) =>
      line.say(responseTo(message, status, this.name, more));
    switch (message.method) {
      case "INVITE":
        return void this.#invited(message, line);
      case "CANCEL": {
        const ring = calls.get(id)?.rings.get(this);
        if (ring === undefined || !ring.branches.has(branchOf(message))) return void respond(481);
        respond(200);
        ring.isCancelled = true;
        if (ring.final === undefined) this.#say(ring, 487);
        return;
      }
      case "ACK": {
        const ring = calls.get(id)?.rings.get(this);
        if (ring !== undefined) ring.isAcknowledged = true;
        return;
      }
      case "MESSAGE": {
        const got = messages.get(id);
        if (got === undefined) return void this.#place.wrong(`${this.name} got a MESSAGE that nobody sent`);
        if (!message.one("To").includes(`sip:${this.user}@`))
          this.#place.wrong(`${this.name} is ${this.user}'s and got a MESSAGE ${message.one("To")}`);
        const branches = got.get(this) ?? new Set();
        got.set(this, branches.add(branchOf(message)));
        setTimeout(() => respond(200), dice.below(50));
        return;
      }
      default:
        return void respond(200);
    }
  }

  #invited(request: Heard, line: Line): void {
    const call = this.#place.calls.get(request.one("Call-ID"));
    if (call === undefined) return void this.#place.wrong(`${this.name} got an INVITE that nobody sent`);
    if (call.user !== this.user)
      this.#place.wrong(`${this.name} is ${this.user}'s and got an INVITE for ${call.user}`);
    const branch = branchOf(request);
    const known = call.rings.get(this);
    if (known !== undefined) {
      known.branches.add(branch);
      const isAnswered = known.final !== undefined;
      line.say(
        responseTo(request, isAnswered ? (known.final as number) : 180, this.name, this.#contactLine()),
      );
      return;
    }
    const ring: Ring = {
      branches: new Set([branch]),
      request,
      final: undefined,
      isAcknowledged: false,
      isCancelled: false,
      isCut: false,
    };
    call.rings.set(this, ring);
    line.say(responseTo(request, 180, this.name, this.#contactLine()));
    const status = { answer: 200, decline: 603, busy: 486, ring: undefined }[call.plan];
    if (status !== undefined)
      setTimeout(() => {
        if (ring.final === undefined && !this.isFrozen) this.#say(ring, status);
      }, call.ringing);
  }

  #contactLine(): readonly string[] {
    return [`Contact: <${this.#contactUri()}>`];
  }

  /** A final response; a 2xx again and again until there is an ACK (§13.3.1.4). */
  #say(ring: Ring, status: number): void {
    ring.final = status;
    const text = responseTo(ring.request, status, this.name, status < 300 ? this.#contactLine() : []);
    let pause = T1;
    const began = Date.now();
    const repeat = () => {
      if (ring.isAcknowledged || Date.now() - began > TIMERS.transaction) return;
      if (!this.isFrozen) this.#line?.say(text);
      if (status >= 300) return;
      setTimeout(repeat, pause);
      pause = Math.min(2 * pause, T2);
    };
    repeat();
  }
}

function written(lines: readonly string[], body = ""): string {
  return [...lines, `Content-Length: ${body.length}`, "", body].join("\r\n");
}

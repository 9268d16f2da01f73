import { setTimeout as wait } from "node:timers/promises";
import { contactUriOf, type Device, viaOf } from "./device.ts";
import { credentialsFor } from "./digest.ts";
import type { Network } from "./network.ts";
import type { Place } from "./place.ts";
import type { Requests } from "./requests.ts";
import { fresh } from "./written.ts";

/** No REGISTER is handled for longer, in ms. */
const OVERLAP = 10_000;
const TRIES = 8;

/** The registration of a phone, from its own side: made, refreshed and taken back. */
export class Registration {
  /** Its last REGISTER was answered 200 over the connection that the phone has. */
  isDone = false;
  /** When it was done last: ms since 1970. */
  doneAt = 0;
  /** Until then a REGISTER of a former run of the app may still be handled: RFC 3261 §10.3 step 7 orders those of one Call-ID only. */
  overlapsUntil = 0;
  readonly #place: Place;
  readonly #device: Device;
  readonly #network: Network;
  readonly #requests: Requests;
  #callId = fresh();
  #isUnanswered = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(place: Place, device: Device, network: Network, requests: Requests) {
    this.#place = place;
    this.#device = device;
    this.#network = network;
    this.#requests = requests;
  }

  /** Another run of the app has another Call-ID. */
  beginAnew(): void {
    if (this.#isUnanswered) this.overlapsUntil = Date.now() + OVERLAP;
    this.#callId = fresh();
  }

  /** One REGISTER at a time (RFC 3261 §10.2), for so many seconds; answers whether it was done. */
  register(expires: number): Promise<boolean> {
    const registering = this.#last.then(() => this.#registerNow(expires));
    this.#last = registering;
    return registering;
  }

  /** Tried again after 500 and 503. */
  async #registerNow(expires: number): Promise<boolean> {
    const { line } = this.#network;
    const callId = this.#callId;
    const isTwice = this.#place.dice.below(30) === 0;
    const isLast = () => line === this.#network.line && callId === this.#callId;
    for (let tries = 0; tries < TRIES && line?.isOpen() && isLast(); tries++) {
      const status = await this.#ask(callId, expires, isTwice);
      this.#place.count(`REGISTER ${status ?? "unanswered"}`);
      if (status === 200) {
        if (expires > 0 && isLast()) {
          this.isDone = true;
          this.doneAt = Date.now();
        }
        return isLast();
      }
      if (status === undefined) {
        // As phones do whose server is silent.
        line.reset();
        return false;
      }
      if (status < 500 && status !== 401)
        this.#place.wrong(`${this.#device.name}'s REGISTER was answered ${status}`);
      await wait(50 + this.#place.dice.below(250));
    }
    return false;
  }

  /** With credentials if it is challenged; answers the status. */
  async #ask(callId: string, expires: number, isTwice: boolean): Promise<number | undefined> {
    const { user, instance } = this.#device;
    const address = `<sip:${user}@localhost>`;
    const make = (credentials: readonly string[]) => [
      "REGISTER sip:localhost SIP/2.0",
      viaOf(this.#device),
      "Max-Forwards: 70",
      `From: ${address};tag=${fresh()}`,
      `To: ${address}`,
      `Call-ID: ${callId}`,
      `CSeq: ${this.#requests.nextCseq()} REGISTER`,
      `Contact: <${contactUriOf(this.#device)}>;reg-id=1;+sip.instance="<${instance}>";expires=${expires}`,
      "Supported: path, outbound",
      ...credentials,
    ];
    this.#isUnanswered = true;
    let answer = await this.#requests.ask(make([]));
    if (answer?.status === 401) {
      const credentials = credentialsFor(answer, user, "REGISTER", "sip:localhost");
      answer = await this.#requests.ask(make([credentials]), "", isTwice);
    }
    this.#isUnanswered = answer === undefined;
    return answer?.status;
  }
}

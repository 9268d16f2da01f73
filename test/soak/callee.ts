import { branchOf, type Heard, responseTo } from "../races/heard.ts";
import type { Call, Ring } from "./call.ts";
import type { Line } from "./connection.ts";
import { contactUriOf, type Device } from "./device.ts";
import type { Network } from "./network.ts";
import type { Place } from "./place.ts";
import { T1, T2, TIMERS } from "./timers.ts";

/** What a phone says to the calls of each plan; nothing while it rings. */
const ANSWERS = { answer: 200, decline: 603, busy: 486, ring: undefined } as const;

/** The calls that a phone takes: it rings, and says what their plan is. */
export class Callee {
  readonly #place: Place;
  readonly #device: Device;
  readonly #network: Network;

  constructor(place: Place, device: Device, network: Network) {
    this.#place = place;
    this.#device = device;
    this.#network = network;
  }

  /** An INVITE has come, the first one or the same again. */
  invited(request: Heard, line: Line): void {
    const { name, user } = this.#device;
    const call = this.#place.calls.get(request.one("Call-ID"));
    if (call === undefined) return void this.#place.wrong(`${name} got an INVITE that nobody sent`);
    if (call.user !== user) this.#place.wrong(`${name} is ${user}'s and got an INVITE for ${call.user}`);
    const known = call.rings.get(this.#device);
    known?.branches.add(branchOf(request));
    line.say(responseTo(request, known?.final ?? 180, name, this.#contact));
    if (known === undefined) this.#ring(call, request);
  }

  cancelled(request: Heard, line: Line): void {
    const ring = this.#ringOf(request);
    const isKnown = ring?.branches.has(branchOf(request)) === true;
    line.say(responseTo(request, isKnown ? 200 : 481, this.#device.name));
    if (!isKnown) return;
    ring.isCancelled = true;
    if (ring.final === undefined) this.#say(ring, 487);
  }

  acknowledged(request: Heard): void {
    const ring = this.#ringOf(request);
    if (ring !== undefined) ring.isAcknowledged = true;
  }

  /** The connection has ended. */
  lost(): void {
    for (const { rings } of this.#place.calls.values()) {
      const ring = rings.get(this.#device);
      if (ring !== undefined) ring.isCut = true;
    }
  }

  get #contact(): readonly string[] {
    return [`Contact: <${contactUriOf(this.#device)}>`];
  }

  #ringOf(request: Heard): Ring | undefined {
    return this.#place.calls.get(request.one("Call-ID"))?.rings.get(this.#device);
  }

  #ring(call: Call, request: Heard): void {
    const ring: Ring = {
      branches: new Set([branchOf(request)]),
      request,
      final: undefined,
      isAcknowledged: false,
      isCancelled: false,
      isCut: false,
    };
    call.rings.set(this.#device, ring);
    const status = ANSWERS[call.plan];
    if (status === undefined) return;
    setTimeout(() => {
      if (ring.final === undefined && !this.#device.isFrozen) this.#say(ring, status);
    }, call.ringing);
  }

  /** A final response; a 2xx again and again until there is an ACK (§13.3.1.4). */
  #say(ring: Ring, status: number): void {
    ring.final = status;
    const contact = status < 300 ? this.#contact : [];
    const text = responseTo(ring.request, status, this.#device.name, contact);
    let pause = T1;
    const began = Date.now();
    const repeat = () => {
      if (ring.isAcknowledged || Date.now() - began > TIMERS.transaction) return;
      if (!this.#device.isFrozen) this.#network.say(text);
      if (status >= 300) return;
      setTimeout(repeat, pause);
      pause = Math.min(2 * pause, T2);
    };
    repeat();
  }
}

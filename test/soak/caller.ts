import { setTimeout as wait } from "node:timers/promises";
import { cseqOf, type Heard } from "../races/heard.ts";
import type { Call, Plan } from "./call.ts";
import type { Device } from "./device.ts";
import { withinDialog } from "./dialog.ts";
import { credentialsFor } from "./digest.ts";
import { Invitation } from "./invitation.ts";
import type { Network } from "./network.ts";
import type { Place } from "./place.ts";
import type { Requests } from "./requests.ts";
import { TIMERS } from "./timers.ts";
import { fresh, written } from "./written.ts";

/** The calls that a phone makes: all that a caller does, until they are over. */
export class Caller {
  readonly #place: Place;
  readonly #device: Device;
  readonly #network: Network;
  readonly #requests: Requests;
  readonly #invitations = new Map<Call, Invitation>();

  constructor(place: Place, device: Device, network: Network, requests: Requests) {
    this.#place = place;
    this.#device = device;
    this.#network = network;
    this.#requests = requests;
  }

  call(user: string, plan: Plan, ringing: number, patience: number | undefined): Call {
    const call: Call = {
      id: fresh(),
      caller: this.#device,
      user,
      plan,
      ringing,
      patience,
      placedAt: Date.now(),
      isRepeated: this.#place.dice.below(40) === 0,
      provisional: false,
      finals: [],
      cancelled: false,
      isCut: false,
      isCallerGone: false,
      cseq: this.#requests.nextCseq(),
      rings: new Map(),
      isOver: false,
      wasSteady: false,
      byes: [],
    };
    const invitation = new Invitation(call);
    this.#place.calls.set(call.id, call);
    this.#invitations.set(call, invitation);
    this.#network.say(invitation.invite());
    if (call.isRepeated) this.#network.say(invitation.invite());
    if (patience !== undefined) this.#losePatience(call, invitation, patience);
    return call;
  }

  /** The connection has ended. */
  lost(): void {
    for (const call of this.#invitations.keys()) {
      call.isCallerGone = true;
      if (call.finals.length === 0) call.isCut = true;
    }
  }

  /** A response to an INVITE has come. */
  answered(message: Heard): void {
    const call = this.#place.calls.get(message.one("Call-ID"));
    const invitation = call && this.#invitations.get(call);
    if (call === undefined || invitation === undefined)
      return void this.#place.wrong(
        `${this.#device.name} got an answer to a call that is not its own: ${message.lines[0]}`,
      );
    const { status = 0 } = message;
    const to = message.one("To");
    if (status < 200) {
      call.provisional = true;
      return;
    }
    if (status >= 300) this.#network.say(invitation.acknowledge(to));
    if (cseqOf(message)[0] !== call.cseq) return;
    if (status === 401 || status === 407) {
      if (call.finals.length > 0) return;
      const credentials = credentialsFor(message, this.#device.user, "INVITE", `sip:${call.user}@localhost`);
      call.cseq = this.#requests.nextCseq();
      return void this.#network.say(invitation.invite([credentials]));
    }
    if (status < 300) this.#network.say(written(withinDialog("ACK", call.cseq, message, this.#device)));
    if (call.finals.some((final) => final.status === status && final.to === to)) return;
    this.#decided(call, status, message);
  }

  /** A final response that is none of those before. */
  #decided(call: Call, status: number, message: Heard): void {
    if (call.finals.length === 0 && this.#place.isSteady(call)) {
      call.wasSteady = true;
      this.#place.count("calls between phones that were steadily there, or asleep");
    }
    call.finals.push({ status, to: message.one("To"), at: Date.now() });
    this.#place.count(`INVITE ${status}`);
    if (status < 300) void this.#talk(call, message);
    else if (!call.finals.some((final) => final.status < 300)) call.isOver = true;
  }

  /** Gives up after so many ms. */
  #losePatience(call: Call, invitation: Invitation, patience: number): void {
    const check = () => {
      if (call.isOver || call.finals.length > 0 || call.isCut) return;
      const waited = Date.now() - call.placedAt;
      // Timer B is for who has heard nothing (§17.1.1.2); a CANCEL waits for a provisional response (§9.1).
      if (!call.provisional && waited > TIMERS.transaction) return;
      if (waited >= patience && call.provisional) return void this.#cancel(call, invitation);
      setTimeout(check, 50);
    };
    check();
  }

  #cancel(call: Call, invitation: Invitation): void {
    call.cancelled = true;
    this.#network.say(invitation.cancel());
    // Its client tries again what was refused (500), as it would after Timer E over UDP.
    this.#requests.whenAnswered(call.id, `${call.cseq} CANCEL`, (answer) => {
      this.#place.count(`CANCEL ${answer?.status ?? "unanswered"}`);
      if (answer?.status === 500 && call.finals.length === 0)
        setTimeout(() => this.#cancel(call, invitation), 200);
    });
  }

  /** For a while; then it hangs up. */
  async #talk(call: Call, ok: Heard): Promise<void> {
    await wait(200 + this.#place.dice.below(2_000));
    for (let tries = 0; tries < 6; tries++) {
      const cseq = this.#requests.nextCseq();
      const answer = await this.#requests.ask(withinDialog("BYE", cseq, ok, this.#device));
      const status = answer?.status;
      this.#place.count(`BYE ${status ?? "unanswered"}`);
      call.byes.push(status ?? 0);
      if (status !== undefined && status !== 500) break;
      await wait(300);
    }
    call.isOver = true;
  }
}

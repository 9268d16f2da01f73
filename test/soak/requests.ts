import { cseqOf, type Heard, heard } from "../races/heard.ts";
import { credentialsFor } from "./digest.ts";
import type { Network } from "./network.ts";
import type { Place } from "./place.ts";
import { TIMERS } from "./timers.ts";
import { written } from "./written.ts";

/** How long its people wait for an answer to anything but an INVITE, in ms (Timer F). */
const PATIENCE = TIMERS.transaction;

/** What a phone asks, and who waits for the answers: all but INVITEs. */
export class Requests {
  readonly #place: Place;
  readonly #user: string;
  readonly #network: Network;
  readonly #pending = new Map<string, (answer: Heard | undefined) => void>();
  #cseq = 0;

  constructor(place: Place, user: string, network: Network) {
    this.#place = place;
    this.#user = user;
    this.#network = network;
  }

  nextCseq(): number {
    return ++this.#cseq;
  }

  /** Says a request, some of them twice; answers its final response, or undefined if there is none. */
  async ask(lines: readonly string[], body = "", isTwice = false): Promise<Heard | undefined> {
    const text = written(lines, body);
    const request = heard(text);
    const { line } = this.#network;
    if (line === undefined) {
      this.#place.count(`${cseqOf(request)[1]} not sent`);
      return undefined;
    }
    const key = `${request.one("Call-ID")} ${request.one("CSeq")}`;
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
  async askProved(
    make: (cseq: number, credentials: readonly string[]) => readonly string[],
    method: string,
    uri: string,
    body = "",
  ): Promise<Heard | undefined> {
    const answer = await this.ask(make(this.nextCseq(), []), body);
    if (answer?.status !== 401 && answer?.status !== 407) return answer;
    return this.ask(make(this.nextCseq(), [credentialsFor(answer, this.#user, method, uri)]), body);
  }

  /** `hear` is told the final answer to a request that was said without `ask`; undefined if its connection ends. */
  whenAnswered(callId: string, cseq: string, hear: (answer: Heard | undefined) => void): void {
    this.#pending.set(`${callId} ${cseq}`, hear);
  }

  /** A response to anything but an INVITE has come. */
  answered(message: Heard): void {
    if ((message.status ?? 0) < 200) return;
    const key = `${message.one("Call-ID")} ${message.one("CSeq")}`;
    const pending = this.#pending.get(key);
    this.#pending.delete(key);
    pending?.(message);
  }

  /** Nobody knows what becomes of a request whose connection has ended. */
  lost(): void {
    for (const [key, answer] of this.#pending) {
      this.#pending.delete(key);
      answer(undefined);
    }
  }
}

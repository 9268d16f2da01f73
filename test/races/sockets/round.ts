import { type Dice, dice } from "../../fuzz/dice.ts";
import { DEATHS, type Death, type Transport } from "./line.ts";
import { type AppRun, appRun, RacePhone } from "./race-phone.ts";
import type { Server } from "./server.ts";

/** How far apart the two are that race, at most, in ms: either may be first. */
const APART = 20;
/** What must happen happens within this, in ms, on a machine that has much to do. */
const WITHIN = 15_000;

/** What a round came to that went well. */
export interface Outcome {
  /** What won, in a few words: told with how often it happened. */
  readonly what: string;
  /** How long its caller waited for the final answer, in ms. */
  readonly latency: number;
}

/** One race over real sockets: two users of its own, their phones, what happens by its seed, and its story. */
export class Round {
  readonly seed: number;
  readonly dice: Dice;
  readonly server: Server;
  readonly transport: Transport;
  readonly story: string[] = [];
  readonly wrongs: string[] = [];
  readonly phones: RacePhone[] = [];
  readonly #number: number;
  readonly #callers: RacePhone[];
  readonly #borrowed: RacePhone[] = [];
  readonly #began = performance.now();
  readonly #waiting = new Set<() => void>();
  readonly #deaf: () => void;

  /** `number` tells its users from those of other rounds; `callers` are phones that have only called, and do so again. */
  constructor(server: Server, transport: Transport, seed: number, number: number, callers: RacePhone[]) {
    this.server = server;
    this.transport = transport;
    this.seed = seed;
    this.#number = number;
    this.#callers = callers;
    this.dice = dice(seed);
    this.#deaf = server.listen(() => this.#changed());
  }

  /** The name that one of the round's people has at the server. */
  user(person: Person): string {
    return userOf(person, this.#number);
  }

  /** Connects a phone, to the edge that is said. */
  async phone(person: Person, edge = 0): Promise<RacePhone> {
    const { ports } = this.server;
    const port = ports[edge % ports.length] ?? 0;
    const phone = await RacePhone.connect(this.transport, port, this.user(person), () => this.#changed());
    this.phones.push(phone);
    return phone;
  }

  /** Has a phone challenged, so that one REGISTER is all that is left to do. */
  async prepare(phone: RacePhone, run: AppRun): Promise<void> {
    const cseq = phone.begin(run);
    await this.until("a challenge", () => phone.finals(run.callId, cseq).length > 0);
  }

  /** Registers a phone; it is answered 200. Answers the connection's name at the server. */
  async register(phone: RacePhone, run: AppRun): Promise<string> {
    await this.prepare(phone, run);
    return this.registered(phone, run, phone.prove(run));
  }

  /** Answers once a REGISTER of the phone has been answered 200, with the connection's name at the server: the one that its user has not used before. */
  async registered(phone: RacePhone, run: AppRun, cseq: string): Promise<string> {
    const { server } = this;
    const known = this.#connections;
    await this.until(
      `an answer to ${phone.user}'s REGISTER`,
      () => phone.finals(run.callId, cseq).length > 0,
    );
    const [answer] = phone.finals(run.callId, cseq);
    if (answer?.status !== 200) throw new Error(`${phone.user}'s REGISTER was answered ${answer?.startLine}`);
    const isNew = (connection: string) => !known.has(connection);
    await this.until("the log of that", () => server.connectionsOf(phone.user).some(isNew));
    const connection = server.connectionsOf(phone.user).find(isNew) ?? "";
    known.add(connection);
    return connection;
  }

  readonly #connections = new Set<string>();

  /** Answers once the server has dealt with a connection's end. */
  ended(connection: string): Promise<void> {
    return this.until(
      "a connection's end to be dealt with",
      () => this.server.leftBy(connection) !== undefined,
    );
  }

  /** A caller with a phone that is registered, until the end of the round: of this round's users, or one who has called in others before. */
  async caller(person: Person = "a"): Promise<RacePhone> {
    const known = this.#callers.pop();
    known?.forget(() => this.#changed());
    const phone = known ?? (await this.phone(person));
    if (known === undefined) await this.register(phone, appRun(instanceContact(phone, this.user(person))));
    this.#borrowed.push(phone);
    return phone;
  }

  /** How long after the one the other happens, in ms; before it if this is negative. Half of them are close to each other. */
  offset(): number {
    const share = this.dice.below(2001) / 1000 - 1;
    return this.dice.below(2) === 0 ? share * APART : share * (APART / 10);
  }

  death(): Death {
    return this.dice.pick(DEATHS[this.transport]);
  }

  /** Does both, the other by the offset after the one. */
  async around(
    offset: number,
    [what, one]: readonly [string, () => void],
    [otherwise, other]: readonly [string, () => void],
  ): Promise<void> {
    const acts = [
      { what, act: one },
      { what: otherwise, act: other },
    ];
    if (offset < 0) acts.reverse();
    for (const [index, { what: told, act }] of acts.entries()) {
      // What is closer than timers can tell happens at once.
      if (index > 0 && Math.abs(offset) >= 0.5) await pause(Math.abs(offset));
      this.note(told);
      act();
    }
  }

  /** Answers once something holds; rejects if it does not come to hold. */
  until(what: string, holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!holds()) return;
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        reject(new Error(`waited in vain for ${what}`));
      }, WITHIN);
      this.#waiting.add(look);
    });
  }

  /** Answers once what these phones have said has been dealt with, and what followed from it. */
  async settled(...phones: readonly RacePhone[]): Promise<void> {
    for (let times = 0; times < 3; times++) {
      await Promise.all(
        phones.map((phone) => {
          const id = phone.shout();
          return this.until(`${phone.user}'s echo`, () => phone.finals(id, "1 OPTIONS").length > 0);
        }),
      );
    }
  }

  check(holds: boolean, otherwise: string): void {
    if (!holds) this.wrongs.push(otherwise);
  }

  note(what: string): void {
    this.story.push(`${(performance.now() - this.#began).toFixed(1).padStart(8)} ms  ${what}`);
  }

  /** Every phone goes, but for callers of whom nothing can come any more. */
  end(): void {
    this.#deaf();
    const isWell = this.wrongs.length === 0;
    if (isWell) this.#callers.push(...this.#borrowed);
    const leaving = [...this.phones, ...this.#borrowed].filter(
      (phone) => !isWell || !this.#borrowed.includes(phone),
    );
    for (const phone of leaving) phone.die("destroyed");
  }

  #changed(): void {
    for (const look of this.#waiting) look();
  }
}

/** Who takes part in a round: somebody who calls, somebody who is called, and somebody else who calls. */
export type Person = "a" | "b" | "c";

export const PEOPLE: readonly Person[] = ["a", "b", "c"];

export function userOf(person: Person, round: number): string {
  return `${person}${round}`;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The Contact of a device: RFC 5626 §4.1. `push` are its pn-* parameters, if it has any. */
export function instanceContact({ user, host }: RacePhone, device: string, push = ""): string {
  const instance = `7a1f6b1e-0000-4000-8000-${Buffer.from(device).toString("hex").padStart(12, "0").slice(-12)}`;
  return `Contact: <sip:${user}@${host}${push}>;reg-id=1;+sip.instance="<urn:uuid:${instance}>";expires=600`;
}

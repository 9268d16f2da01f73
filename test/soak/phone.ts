import { setTimeout as wait } from "node:timers/promises";
import type { Call, Plan } from "./call.ts";
import { Callee } from "./callee.ts";
import { Caller } from "./caller.ts";
import type { Device, Push } from "./device.ts";
import { hears } from "./hearing.ts";
import { type Sent, sendMessage } from "./messages.ts";
import { Network } from "./network.ts";
import type { Place } from "./place.ts";
import { Registration } from "./registration.ts";
import { Requests } from "./requests.ts";
import { subscribe } from "./subscribe.ts";
import { fresh } from "./written.ts";

/** What its user wants of it: to be there, to sleep, or not to be reachable at all. */
type Goal = "awake" | "asleep" | "off" | "gone";

/** How long it is registered for, in s. */
const EXPIRES = 600;

/** A phone on a WebSocket that does what phones do, and comes back as they do. */
export class Phone implements Device {
  readonly name: string;
  readonly user: string;
  readonly push: Push;
  readonly token: string;
  readonly instance: string;
  goal: Goal = "off";
  readonly #place: Place;
  readonly #network: Network;
  readonly #requests: Requests;
  readonly #registration: Registration;
  readonly #caller: Caller;
  readonly #callee: Callee;
  /** When anything last happened to it that a call might notice: ms since 1970. */
  #troubledAt = Date.now();
  /** It was asleep: a call found it then, and finds it while it comes. */
  #isWaking = false;
  #isBusy = false;

  constructor(place: Place, name: string, user: string, push: Push) {
    this.name = name;
    this.user = user;
    this.push = push;
    // What APNs gives are octets in hexadecimal.
    this.token = Array.from({ length: 4 }, fresh).join("");
    this.instance = `urn:uuid:7a1f6b1e-6f6c-4b8f-9a53-${fresh().slice(0, 12)}`;
    this.#place = place;
    this.#network = new Network(name, place.port, {
      hears: (message, line) => hears(place, this, { requests, caller, callee }, message, line),
      lost: () => this.#lost(),
    });
    const requests = new Requests(place, user, this.#network);
    const caller = new Caller(place, this, this.#network, requests);
    const callee = new Callee(place, this, this.#network);
    this.#registration = new Registration(place, this, this.#network, requests);
    this.#requests = requests;
    this.#caller = caller;
    this.#callee = callee;
  }

  // --- how it fares ---

  get isFrozen(): boolean {
    return this.#network.isFrozen;
  }

  get isThere(): boolean {
    return this.#registration.isDone && !this.isFrozen && this.#network.isOpen;
  }

  isSteadySince(at: number): boolean {
    if (this.#troubledAt >= at || !this.#network.isAsTheServerKnows) return false;
    return this.goal !== "awake" || this.isThere;
  }

  /** Whether its last registration may have been overtaken by a REGISTER of a former run of its app. */
  get mayBeOvertaken(): boolean {
    return this.#registration.doneAt < this.#registration.overlapsUntil;
  }

  /** The server has dealt with the end of that connection. */
  noticed(line: string): void {
    if (this.#network.noticed(line)) this.#troubled();
  }

  #troubled(): void {
    this.#troubledAt = Date.now();
    this.#isWaking = false;
  }

  // --- where it is ---

  /** Its user opens the app, or a push does. */
  come(): void {
    this.#isWaking = this.goal === "asleep" && this.push !== "none";
    this.goal = "awake";
    void this.#stay();
  }

  /** Its app is started anew: another run may have another Call-ID. */
  restart(): void {
    if (this.#place.dice.below(2) === 0) this.#registration.beginAnew();
    this.come();
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

  /** Its connection ends; its user still wants it to be there. */
  lose(how: "close" | "reset"): void {
    this.#troubled();
    this.#network.end(how);
  }

  /** Its app goes to sleep. */
  sleep(how: "close" | "reset"): void {
    this.#troubled();
    this.goal = "asleep";
    this.#network.end(how);
  }

  /** Its system stops it for a while, and then ends its connection. */
  async freeze(ms: number): Promise<void> {
    this.#troubled();
    await this.#network.freeze(ms);
    this.#troubled();
  }

  /** Takes its registration back, and leaves. */
  async leave(): Promise<void> {
    this.#troubled();
    this.goal = "off";
    this.#registration.isDone = false;
    await this.#registration.register(0);
    // A refresh was faster, or its user wants it back by now.
    this.#registration.isDone = false;
    this.#troubled();
    const goal = this.goal as Goal;
    if (goal === "awake") void this.#stay();
    if (goal === "off") this.#network.end("close");
  }

  /** Its connection ends for good, and its registration stays. */
  end(how: "close" | "reset"): void {
    this.goal = "gone";
    this.#network.end(how);
  }

  refresh(): Promise<boolean> {
    return this.#register();
  }

  /** Until it is registered, or is not to be. */
  async #stay(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (let tries = 0; this.goal === "awake" && !this.#registration.isDone; tries++) {
        if (!this.#network.isOpen) await this.#connect();
        if (this.#network.isOpen && (await this.#register())) return;
        await wait(50 + this.#place.dice.below(Math.min(1_500, 100 * 2 ** tries)));
      }
    } finally {
      this.#isBusy = false;
      // It was lost again meanwhile.
      if (this.goal === "awake" && !this.#registration.isDone) setTimeout(() => void this.#stay(), 50);
    }
  }

  async #register(): Promise<boolean> {
    const isNew = !this.#registration.isDone;
    const isDone = await this.#registration.register(EXPIRES);
    if (!isDone) return false;
    this.#network.registered();
    // Whoever called before did not find it.
    if (isNew && !this.#isWaking) this.#troubled();
    this.#isWaking = false;
    return true;
  }

  async #connect(): Promise<void> {
    try {
      await this.#network.connect();
      if (this.goal !== "awake") this.#network.end("close");
    } catch (error) {
      this.#place.count(`connection refused: ${error instanceof Error ? error.message : error}`);
    }
  }

  #lost(): void {
    this.#registration.isDone = false;
    this.#requests.lost();
    this.#caller.lost();
    this.#callee.lost();
    if (this.goal !== "awake") return;
    this.#troubled();
    setTimeout(() => void this.#stay(), 20 + this.#place.dice.below(500));
  }

  // --- what it asks, and is asked ---

  message(user: string): Promise<Sent> {
    return sendMessage(this.#place, this, this.#requests, user);
  }

  subscribe(): Promise<void> {
    return subscribe(this.#place, this, this.#requests);
  }

  /** Calls somebody, and does all that a caller does, until it is over. */
  call(user: string, plan: Plan, ringing: number, patience: number | undefined): Call {
    return this.#caller.call(user, plan, ringing, patience);
  }
}

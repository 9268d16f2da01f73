import type { Account, Phone, StartPhone } from "./phone.ts";

/** The device that a panel plays. */
export type Device = Pick<Account, "instance" | "push" | "expires">;

export type State = "off" | "connecting" | "ready" | "asleep" | "calling" | "ringing" | "talking";

/** What the panel says about each state. */
const STATE_TEXT: Readonly<Record<State, string>> = {
  off: "off",
  connecting: "registering …",
  ready: "registered",
  asleep: "asleep",
  calling: "calling …",
  ringing: "ringing",
  talking: "in a call",
};

/** In which states a button does something. */
const BUTTONS: Readonly<Record<string, readonly State[]>> = {
  register: ["off", "asleep"],
  sleep: ["ready", "calling", "ringing", "talking"],
  call: ["ready"],
  answer: ["ringing"],
  hangup: ["calling", "ringing", "talking"],
};

/** The kinds of pushes after which a phone that registers is given something, or keeps what it has. */
const WAKING: ReadonlySet<string> = new Set(["call", "message", "dialog", "refresh"]);

/** How often the audio meter is read, in ms. */
const METERING = 250;

/** How many lines of its life a phone shows. */
const LOG_LINES = 50;

export interface PanelOptions {
  /** Whose phone it is. */
  readonly name: string;
  /** What the phone is made with, for people to read. */
  readonly library: string;
  readonly start: StartPhone;
  readonly server: string;
  /** Asked for each time that it registers an address: a device may get another push target. */
  readonly device: (address: string) => Device;
  /** What its fields say at first. */
  readonly address: string;
  readonly callee: string;
  /** What happens to it, for pages that do more than show it. */
  readonly on?: PanelEvents;
}

export interface PanelEvents {
  shown(state: State): void;
  registered(featureCaps: readonly string[]): void;
  /** It could not register: the server said no, by this status, or went away. */
  failed(why: string, status: number | undefined): void;
}

/** One phone on the page: its buttons, its state, its sound. It outlives the app on it, as a real phone does. */
export class PhonePanel {
  readonly #root: HTMLElement;
  readonly #audio = new Audio();
  readonly #start: StartPhone;
  readonly #server: string;
  readonly #device: PanelOptions["device"];
  readonly #on: PanelEvents | undefined;
  #phone: Phone | undefined;
  #metering = 0;

  /** `root` is a copy of the template in `index.html`, or has its parts; it need not have all buttons. */
  constructor(
    root: HTMLElement,
    { name, library, start, server, device, address, callee, on }: PanelOptions,
  ) {
    this.#root = root;
    this.#start = start;
    this.#server = server;
    this.#device = device;
    this.#on = on;
    root.dataset["phone"] = name.toLowerCase();
    root.ariaLabel = `${name}'s phone`;
    this.#part("name").textContent = name;
    this.#part("library").textContent = library;
    this.#input("address").value = address;
    this.#input("callee").value = callee;
    this.#audio.autoplay = true;
    const actions: Readonly<Record<string, () => void>> = {
      register: () => this.register(),
      sleep: () => this.#sleep(),
      call: () => this.#call(),
      answer: () => this.#phone?.answer(),
      hangup: () => this.#phone?.hangUp(),
    };
    for (const [part, button] of this.#buttons()) button.addEventListener("click", () => actions[part]?.());
    this.#show("off");
  }

  /**
   * A push came in for some device: if it is this one and its app is not running, it starts and registers for what waits
   * for it. It rings by an INVITE only, and does not start for a call that is over, nor for what it does not know.
   */
  receivePush(token: string, kind: string): void {
    if (token !== this.#device(this.address).push["pn-prid"] || this.state !== "asleep") return;
    if (WAKING.has(kind)) this.wake(kind);
  }

  /** Registers, for what a push of this kind has told of. */
  wake(kind: string): void {
    this.say(`woken by a push: ${kind}`);
    this.register();
  }

  get state(): State {
    return this.#root.dataset["state"] as State;
  }

  get address(): string {
    return this.#field("address");
  }

  get password(): string {
    return this.#field("password");
  }

  /** Registers, anew if it was registered; nothing of before goes on. */
  register(): void {
    this.#phone?.drop();
    this.#show("connecting");
    const { address, password } = this;
    const account = { ...this.#device(address), address, password, server: this.#server };
    try {
      this.#phone = this.#start(account, {
        registered: (featureCaps) => {
          if (this.state === "connecting") this.#show("ready");
          this.#on?.registered(featureCaps);
        },
        failed: (why, status) => this.#off(why, status),
        incoming: (from) => this.#show("ringing", `call from ${from}`),
        progress: (what) => this.say(what),
        established: (connection) => this.#talk(connection),
        ended: (why) => this.#idle(why),
      });
    } catch (error) {
      this.#off(error instanceof Error ? error.message : String(error));
    }
  }

  #call(): void {
    const callee = this.#field("callee");
    this.#show("calling", `calling ${callee}`);
    this.#phone?.call(callee);
  }

  #sleep(): void {
    this.#phone?.drop();
    this.#phone = undefined;
    this.#silence();
    this.#show("asleep", "the socket is gone; only a push can wake this phone");
  }

  #off(why: string, status?: number): void {
    this.#phone?.drop();
    this.#phone = undefined;
    this.#silence();
    this.#show("off", why);
    this.#on?.failed(why, status);
  }

  #talk(connection: RTCPeerConnection): void {
    this.#show("talking");
    this.#audio.srcObject = new MediaStream(connection.getReceivers().map(({ track }) => track));
    this.#metering = window.setInterval(() => void this.#meter(connection), METERING);
  }

  async #meter(connection: RTCPeerConnection): Promise<void> {
    for (const stat of (await connection.getStats()).values()) {
      if (stat.type === "inbound-rtp") this.#root.dataset["bytesIn"] = String(stat.bytesReceived);
      if (stat.type === "outbound-rtp") this.#root.dataset["bytesOut"] = String(stat.bytesSent);
    }
    const { bytesIn = "0", bytesOut = "0" } = this.#root.dataset;
    this.#part("meter").textContent = `audio: ${kilobytes(bytesIn)} kB in, ${kilobytes(bytesOut)} kB out`;
  }

  #idle(why: string): void {
    this.#silence();
    this.#show("ready", why);
  }

  #silence(): void {
    clearInterval(this.#metering);
    this.#audio.srcObject = null;
    this.#part("meter").textContent = "";
    delete this.#root.dataset["bytesIn"];
    delete this.#root.dataset["bytesOut"];
  }

  #show(state: State, note?: string): void {
    this.#root.dataset["state"] = state;
    this.#part("state").textContent = STATE_TEXT[state];
    for (const [part, button] of this.#buttons()) button.disabled = !BUTTONS[part]?.includes(state);
    this.say(note ?? STATE_TEXT[state]);
    this.#on?.shown(state);
  }

  /** Adds a line to what happened. */
  say(what: string): void {
    const log = this.#part("log");
    const line = document.createElement("li");
    line.textContent = `${new Date().toLocaleTimeString()} ${what}`;
    log.prepend(line);
    while (log.childElementCount > LOG_LINES) log.lastElementChild?.remove();
  }

  #field(name: string): string {
    return this.#input(name).value.trim();
  }

  #input(name: string): HTMLInputElement {
    return this.#part(name) as HTMLInputElement;
  }

  /** Those of its buttons that it has, by their parts. */
  #buttons(): readonly (readonly [part: string, button: HTMLButtonElement])[] {
    const buttons = this.#root.querySelectorAll<HTMLButtonElement>("button[data-part]");
    return Array.from(buttons, (button) => [button.dataset["part"] ?? "", button] as const);
  }

  #part(name: string): HTMLElement {
    const part = this.#root.querySelector<HTMLElement>(`[data-part="${name}"]`);
    if (part === null) throw new Error(`the page has no ${name}`);
    return part;
  }
}

function kilobytes(bytes: string): string {
  return (Number(bytes) / 1000).toFixed(1);
}

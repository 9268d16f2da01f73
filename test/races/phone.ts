import { deviceOf } from "../../functions/location/device.ts";
import type { Location } from "../../functions/location/location.ts";
import type { PhonePush } from "../../functions/push/phone-push.ts";
import { aor } from "../../functions/sip/aor.ts";
import { branchOf, cseqOf, type Heard, heard, responseTo } from "./heard.ts";
import type { Invocation } from "./invocation.ts";
import type { World } from "./world.ts";

/** What a phone is, and how its user behaves. */
export interface PhoneTraits {
  readonly name: string;
  readonly user: string;
  /** By which service it can be pushed; "none" for a browser. */
  readonly push: "fcm" | "apns" | "none";
  /** Whether its app starts when it is pushed. */
  readonly wakes: boolean;
  /** Whether its app, once started anew, goes on with the Call-ID that its REGISTERs had. */
  readonly keepsCallId: boolean;
  /** What it says to an INVITE, one after the other. */
  readonly answers: readonly number[];
}

/** An INVITE that has come to a phone. */
interface Ringing {
  readonly callId: string;
  readonly branch: string;
  readonly request: Heard;
  readonly connections: Set<string>;
  /** What it has said, the last one last. */
  said: number[];
  isCancelled: boolean;
  isAcknowledged: boolean;
}

/** A REGISTER that was answered with 200. */
interface Registered {
  readonly cseq: number;
  readonly callId: string;
  readonly connection: string;
  readonly at: number;
}

export interface Phone {
  readonly traits: PhoneTraits;
  readonly token: string;
  readonly instance: string;
  /** Every INVITE that was sent to it, by branch, whether or not it heard it. */
  readonly invited: {
    readonly callId: string;
    readonly branch: string;
    readonly to: string;
    readonly connection: string;
    readonly lookedAt: number;
  }[];
  /** Every MESSAGE that was sent to it. */
  readonly messages: { readonly branch: string; readonly callId: string }[];
  readonly ringing: Map<string, Ringing>;
  readonly state: {
    user: string;
    connection: string | undefined;
    callId: string;
    cseq: number;
    token: string;
    isFrozen: boolean;
    /** The last REGISTER that it sent. */
    asked: { readonly cseq: number; readonly callId: string } | undefined;
    answered: Registered | undefined;
    /** The CSeq of the REGISTER by which it goes away. */
    leaving: number | undefined;
    /** When that was written, as a count of what has happened, once it was answered with 200. */
    leftAt: number | undefined;
    /** The same of the REGISTER by which it became another user's. */
    movedAt: number | undefined;
  };
  connect(): string;
  /** REGISTERs over its connection, making one if it has none. 0 for going away. */
  register(expires?: number, more?: { readonly cseq?: number; readonly connection?: string }): void;
  /** Its connection ends. */
  drop(isTold: boolean): void;
  /** Ends its connection and registers over a new one, as Wi-Fi turns into LTE. */
  move(isTold: boolean): void;
  /** Its system stops the app; the socket stays open. */
  freeze(): void;
  /** Its app is started anew, by its user: another connection, and maybe another Call-ID. */
  restart(): void;
  newToken(): void;
  /** Somebody else signs in on it. */
  handOver(user: string): void;
  /** Its next REGISTERs are for another user, over the connection that it has. */
  becomes(user: string): void;
  /** Whether its user's location has it. */
  isBound(): boolean;
  boundTo(): string | undefined;
  boundToken(): string | undefined;
  say(status: number, ringing: Ringing): void;
}

const RETRY = 32_000;
/** When a 2xx that was not acknowledged is repeated, in ms (RFC 3261 §13.3.1.4 has more of them). */
const REPEATS = [500, 4_000, 20_000];

export function aPhone(world: World, traits: PhoneTraits): Phone {
  const { name } = traits;
  let connections = 0;
  let tries = 0;
  let runs = 1;
  const instance = `urn:uuid:${name}`;
  const state: Phone["state"] = {
    user: traits.user,
    connection: undefined,
    callId: `${name}-run1`,
    cseq: 0,
    token: `token-${name}`,
    isFrozen: false,
    asked: undefined,
    answered: undefined,
    leaving: undefined,
    leftAt: undefined,
    movedAt: undefined,
  };

  const contact = () => {
    const target =
      traits.push === "none"
        ? ""
        : traits.push === "fcm"
          ? `;pn-provider=fcm;pn-param=project;pn-prid=${state.token}`
          : `;pn-provider=apns;pn-param=TEAM123456.com.example.phone.voip;pn-prid=${state.token}`;
    return `<sip:${state.user}@${name}.invalid;transport=ws${target}>;reg-id=1;+sip.instance="<${instance}>"`;
  };

  const listener = {
    name,
    isFrozen: () => state.isFrozen,
    lost: (connection: string) => {
      if (connection !== state.connection || state.isFrozen) return;
      world.later(1_000, name, "comes back", () => {
        const isThere = state.connection !== undefined && world.lines.get(state.connection)?.isOpen;
        if (!isThere && state.leftAt === undefined) phone.register(state.leaving === undefined ? 3_600 : 0);
      });
    },
    sent: (text: string, connection: string, by: Invocation) => note(text, connection, by),
    heard: (text: string, connection: string) => hears(heard(text), connection),
  };

  const note = (text: string, connection: string, by: Invocation) => {
    if (text.startsWith("INVITE ")) {
      const message = heard(text);
      phone.invited.push({
        callId: message.one("Call-ID"),
        branch: branchOf(message),
        to: message.one("To"),
        connection,
        lookedAt: by.lookedAt,
      });
    } else if (text.startsWith("MESSAGE ")) {
      const message = heard(text);
      phone.messages.push({ branch: branchOf(message), callId: message.one("Call-ID") });
    } else if (text.startsWith("SIP/2.0 200")) {
      const message = heard(text);
      const [cseq, method] = cseqOf(message);
      if (method !== "REGISTER") return;
      if (cseq === state.leaving) state.leftAt ??= by.lookedAt;
      if (state.user !== traits.user && world.lines.get(connection)?.user === state.user)
        state.movedAt ??= by.lookedAt;
    }
  };

  const hears = (message: Heard, connection: string) => {
    if (message.status !== undefined) return answered(message, connection);
    switch (message.method) {
      case "INVITE":
        return invitedBy(message, connection);
      case "CANCEL":
        return cancelledBy(message, connection);
      case "ACK": {
        for (const ringing of phone.ringing.values())
          if (ringing.callId === message.one("Call-ID")) ringing.isAcknowledged = true;
        return;
      }
      default:
        world.frame(connection, responseTo(message, 200, name));
    }
  };

  const answered = (message: Heard, connection: string) => {
    const [cseq, method] = cseqOf(message);
    if (method !== "REGISTER") return;
    const status = message.status ?? 0;
    const isLast = state.asked?.cseq === cseq && state.asked.callId === message.one("Call-ID");
    if (!isLast) return;
    if (status === 200) {
      state.answered = { cseq, callId: message.one("Call-ID"), connection, at: world.now() };
      tries = 0;
    } else again(2_000);
  };

  const again = (delay: number) => {
    if (tries++ >= 3) return;
    const { asked } = state;
    world.later(delay, name, "tries again", () => {
      const { answered } = state;
      const isAnswered =
        answered !== undefined && answered.cseq === asked?.cseq && answered.callId === asked.callId;
      if (asked !== state.asked || isAnswered || state.leaving !== undefined || state.isFrozen) return;
      phone.register();
    });
  };

  const invitedBy = (message: Heard, connection: string) => {
    const branch = branchOf(message);
    const known = phone.ringing.get(branch);
    if (known !== undefined) {
      known.connections.add(connection);
      const last = known.said.at(-1);
      if (last !== undefined) world.frame(connection, responseTo(message, last, name, contactLine()));
      return;
    }
    const ringing: Ringing = {
      callId: message.one("Call-ID"),
      branch,
      request: message,
      connections: new Set([connection]),
      said: [],
      isCancelled: false,
      isAcknowledged: false,
    };
    phone.ringing.set(branch, ringing);
    const next = (index: number) => {
      const status = traits.answers[index];
      if (status === undefined) return;
      world.move(name, `says ${status}`, () => {
        if (ringing.said.some((said) => said >= 200) || state.isFrozen) return;
        phone.say(status, ringing);
        next(index + 1);
      });
    };
    next(0);
  };

  const cancelledBy = (message: Heard, connection: string) => {
    const ringing = phone.ringing.get(branchOf(message));
    if (ringing === undefined) return world.frame(connection, responseTo(message, 481, name));
    world.frame(connection, responseTo(message, 200, name));
    ringing.isCancelled = true;
    if (!ringing.said.some((said) => said >= 200)) phone.say(487, ringing);
  };

  const contactLine = () => [`Contact: <sip:${state.user}@${name}.invalid;transport=ws>`];

  const start = () => {
    state.isFrozen = false;
    phone.connect();
    if (traits.keepsCallId) return;
    state.callId = `${name}-run${++runs}`;
    state.cseq = 0;
  };

  const binding = () => {
    const { value } = world.shelves.locations.read(aor(state.user, "localhost"));
    return (value as Location | undefined)?.bindings.find(({ key }) => deviceOf(key) === `<${instance}>`);
  };

  const pushed = ({ kind }: PhonePush) => {
    if (!traits.wakes || kind === "cancel") return;
    world.move(name, "wakes", () => {
      const isThere =
        state.connection !== undefined && world.lines.get(state.connection)?.isOpen && !state.isFrozen;
      if (isThere || state.leaving !== undefined) return;
      start();
      phone.register();
    });
  };

  const phone: Phone = {
    traits,
    token: state.token,
    instance,
    invited: [],
    messages: [],
    ringing: new Map(),
    state,
    connect: () => {
      const id = `${name}/${++connections}`;
      world.connect(id, state.user, listener);
      state.connection = id;
      return id;
    },
    register: (expires = 3_600, more = {}) => {
      const isOpen = state.connection !== undefined && world.lines.get(state.connection)?.isOpen;
      const connection = more.connection ?? (isOpen ? (state.connection as string) : phone.connect());
      const cseq = more.cseq ?? state.cseq + 1;
      state.cseq = Math.max(cseq, state.cseq);
      if (expires === 0) state.leaving = cseq;
      if (state.asked === undefined || cseq >= state.asked.cseq || state.asked.callId !== state.callId)
        state.asked = { cseq, callId: state.callId };
      world.tell(() => `${name} → ${connection}: REGISTER (CSeq ${cseq}, expires ${expires})`);
      world.frame(
        connection,
        [
          "REGISTER sip:localhost SIP/2.0",
          `Via: SIP/2.0/WS ${name}.invalid;branch=z9hG4bK${name}${runs}r${cseq}`,
          `From: <sip:${state.user}@localhost>;tag=${name}`,
          `To: <sip:${state.user}@localhost>`,
          `Call-ID: ${state.callId}`,
          `CSeq: ${cseq} REGISTER`,
          "Max-Forwards: 70",
          "Supported: outbound, path",
          `Contact: ${contact()};expires=${expires}`,
          "Content-Length: 0",
          "",
          "",
        ].join("\r\n"),
        state.user,
      );
      again(RETRY);
    },
    drop: (isTold) => {
      const { connection } = state;
      state.connection = undefined;
      if (connection !== undefined) world.end(connection, isTold);
    },
    move: (isTold) => {
      const former = state.connection;
      phone.connect();
      phone.register();
      if (former !== undefined) world.move(name, `loses ${former}`, () => world.end(former, isTold));
    },
    freeze: () => {
      state.isFrozen = true;
    },
    restart: () => {
      start();
      phone.register();
    },
    newToken: () => {
      state.token = `${state.token}b`;
      world.phones.set(state.token, pushed);
    },
    handOver: (user) => {
      phone.drop(true);
      state.user = user;
      start();
    },
    becomes: (user) => {
      state.user = user;
    },
    isBound: () => binding() !== undefined,
    boundTo: () => binding()?.connection,
    boundToken: () => binding()?.push?.prid,
    say: (status, ringing) => {
      ringing.said.push(status);
      const open = [...ringing.connections].findLast((id) => world.lines.get(id)?.isOpen) ?? state.connection;
      if (open === undefined || !world.lines.get(open)?.isOpen) return;
      world.tell(() => `${name} → ${open}: ${status}`);
      world.frame(open, responseTo(ringing.request, status, name, status < 300 ? contactLine() : []));
      if (status >= 200 && status < 300) repeat(ringing, status, 0);
    },
  };

  const repeat = (ringing: Ringing, status: number, index: number) => {
    const delay = REPEATS[index];
    if (delay === undefined) return;
    world.later(delay, name, `repeats ${status} unless it was acknowledged`, () => {
      if (ringing.isAcknowledged || state.isFrozen) return;
      const open = [...ringing.connections].findLast((id) => world.lines.get(id)?.isOpen) ?? state.connection;
      if (open !== undefined && world.lines.get(open)?.isOpen)
        world.frame(open, responseTo(ringing.request, status, name, contactLine()));
      repeat(ringing, status, index + 1);
    });
  };

  world.phones.set(phone.token, pushed);
  return phone;
}

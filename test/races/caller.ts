import { cseqOf, type Heard, heard } from "./heard.ts";
import type { Invocation } from "./invocation.ts";
import type { World } from "./world.ts";

/** A final response to an INVITE, as it was sent to its caller. */
interface Final {
  readonly status: number;
  readonly text: string;
  readonly at: number;
  readonly by: Invocation;
}

/** One call, from its caller's side. */
export interface Call {
  readonly id: string;
  readonly callee: string;
  readonly method: "INVITE" | "MESSAGE";
  readonly finals: Final[];
  readonly provisional: number[];
  placedAt: number | undefined;
  /** Its CANCEL has gone out, or was answered. */
  cancel: "none" | "sent" | "accepted" | "refused";
  hasEnded: boolean;
  /** How often it was sent. */
  times: number;
}

export interface Caller {
  readonly calls: Call[];
  readonly connection: () => string;
  /** The call, placed at once. */
  invite(callee: string): Call;
  message(callee: string): Call;
  /** CANCELs, as soon as a provisional response was heard and unless a final one was. */
  cancel(call: Call): void;
  /** CANCELs without having heard anything. */
  cancelBlindly(call: Call): void;
  bye(call: Call): void;
  /** The same request once more. */
  again(call: Call): void;
}

/** Does something to the first call, if it was placed. */
export function of({ calls: [first] }: Caller, act: (call: Call) => void): void {
  if (first !== undefined) act(first);
}

/** Alice, who is proved over a connection, her first or another one, and not registered. */
export function aCaller(world: World, number = 1): Caller {
  const name = "alice";
  const connection = `${name}/${number}`;
  const routes = new Map<string, readonly string[]>();

  const request = (method: string, { id, callee }: Call, cseq: number, more: readonly string[], body = "") =>
    [
      `${method} sip:${callee}@localhost SIP/2.0`,
      `Via: SIP/2.0/WS ${name}.invalid;branch=z9hG4bK${id}${method === "CANCEL" ? "INVITE" : method}${cseq}`,
      `From: <sip:${name}@localhost>;tag=${name}`,
      `Call-ID: ${id}`,
      `CSeq: ${cseq} ${method}`,
      "Max-Forwards: 70",
      ...more,
      ...(body === "" ? [] : ["Content-Type: text/plain"]),
      `Content-Length: ${body.length}`,
      "",
      body,
    ].join("\r\n");

  const say = (text: string) => {
    world.tell(() => `${name} → ${connection}: ${text.slice(0, text.indexOf("\r\n"))}`);
    world.frame(connection, text);
  };

  const callOf = (message: Heard) => caller.calls.find(({ id }) => id === message.one("Call-ID"));

  world.connect(connection, name, {
    name,
    isFrozen: () => false,
    lost: () => {},
    sent: (text, _, by) => {
      const message = heard(text);
      const call = callOf(message);
      const { status } = message;
      if (call === undefined || status === undefined) return;
      const [, method] = cseqOf(message);
      if (method === "CANCEL") {
        if (status === 200) call.cancel = "accepted";
        else if (call.cancel === "sent") call.cancel = "refused";
      }
      if (method !== call.method) return;
      if (status >= 200) call.finals.push({ status, text, at: world.now(), by });
      else call.provisional.push(status);
    },
    heard: (text) => {
      const message = heard(text);
      const call = callOf(message);
      if (message.method === "BYE") return;
      if (call?.method !== "INVITE" || message.status === undefined || cseqOf(message)[1] !== "INVITE")
        return;
      if (message.status < 200) return wanted(call);
      call.hasEnded = true;
      if (message.status >= 300) return;
      const tag = /;tag=(.*)$/.exec(message.one("To"))?.[1] ?? "";
      routes.set(call.id, message.all("Record-Route").toReversed());
      say(request("ACK", call, 1, within(call, tag)));
    },
  });

  const within = (call: Call, tag: string) => [
    `To: <sip:${call.callee}@localhost>;tag=${tag}`,
    ...(routes.get(call.id) ?? []).map((route) => `Route: ${route}`),
  ];

  const wishes = new Set<Call>();
  const wanted = (call: Call) => {
    if (!wishes.has(call) || call.hasEnded || call.cancel !== "none") return;
    world.move(name, "cancels", () => {
      if (!call.hasEnded && call.cancel === "none") caller.cancelBlindly(call);
    });
  };

  const to = ({ callee }: Call) => [
    `To: <sip:${callee}@localhost>`,
    `Contact: <sip:${name}@${name}.invalid>`,
  ];
  const place = (callee: string, method: Call["method"]): Call => {
    const call: Call = {
      id: `${name}-${method.toLowerCase()}-${caller.calls.length + number}`,
      callee,
      method,
      finals: [],
      provisional: [],
      placedAt: world.now(),
      cancel: "none",
      hasEnded: false,
      times: 0,
    };
    caller.calls.push(call);
    caller.again(call);
    return call;
  };

  const caller: Caller = {
    calls: [],
    connection: () => connection,
    invite: (callee) => place(callee, "INVITE"),
    message: (callee) => place(callee, "MESSAGE"),
    again: (call) => {
      call.times++;
      say(request(call.method, call, 1, to(call), call.method === "MESSAGE" ? "hello" : "v=0\r\n"));
    },
    cancel: (call) => {
      wishes.add(call);
      if (call.provisional.length > 0) wanted(call);
    },
    cancelBlindly: (call) => {
      call.cancel = "sent";
      say(request("CANCEL", call, 1, [`To: <sip:${call.callee}@localhost>`]));
    },
    bye: (call) => say(request("BYE", call, 2, within(call, "x"))),
  };
  return caller;
}

import { AsyncLocalStorage } from "node:async_hooks";
import type { App } from "../../functions/app/app.ts";
import type { GatewayEvent } from "../../functions/gateway/event.ts";
import type { Gateway } from "../../functions/gateway/gateway.ts";
import { ABSENT, type DueStore, type RecordStore } from "../../functions/ports.ts";
import type { Dice } from "../fuzz/dice.ts";
import { cseqOf, type Heard, heard } from "../races/heard.ts";
import type { Run } from "./protocol.ts";

/** What may go wrong at one call of a port: what of test/races/fault.ts can in one process, and what only real time has. */
type Fault =
  /** Nothing is done (a throttle, 429, 5xx). */
  | "refused"
  /** It is done, and the answer is lost (a timeout). */
  | "unanswered"
  /** A swap lost, as it seems; its record is as it was. Of what is not there yet nobody can have lost one. */
  | "stale"
  /** It takes a while. */
  | "slow"
  /** The connection that is sent to ends just now. */
  | "gone"
  | "push failed"
  | "token dead";

/** Which faults a port has; what is named more often is as much more frequent. */
const READ: readonly Fault[] = ["refused", "refused", "slow"];
const SWAP: readonly Fault[] = ["refused", "unanswered", "stale", "stale", "slow"];
const SEND: readonly Fault[] = [
  ...Array<Fault>(6).fill("refused"),
  ...Array<Fault>(3).fill("unanswered"),
  ...Array<Fault>(4).fill("slow"),
  "gone",
];
const CLOSE: readonly Fault[] = ["refused", "slow"];
const PUSH: readonly Fault[] = [
  "refused",
  "unanswered",
  "slow",
  "slow",
  "push failed",
  "push failed",
  "token dead",
];
const ALARM: readonly Fault[] = ["refused", "slow"];

/** Slow is so many ms at the most: longer than a phone may be silent, so that alarms go off before their forks are there. */
const SLOWEST = 1_500;

export const INJECTED = "an injected fault";

export interface Faulty {
  ports(app: App): App;
  handlers(stories: Gateway): Gateway;
  /** No more faults. */
  calm(): void;
  /** How many calls of ports there were, and which faults they met. */
  readonly calls: () => number;
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * Ports that fail by chance (`percent` of their calls), each event that was handled told to `ended` with what has failed in it. `cut`
 * ends a connection.
 */
export function faulty(
  percent: number,
  dice: Dice,
  cut: (connection: string) => void,
  ended: (run: Run, failed: boolean) => void,
): Faulty {
  let isCalm = false;
  let calls = 0;
  const counts: Record<string, number> = {};
  const current = new AsyncLocalStorage<string[]>();

  const drawn = (among: readonly Fault[]): Fault | undefined => {
    if (!isCalm) calls++;
    if (isCalm || dice.below(100) >= percent) return undefined;
    const fault = dice.pick(among);
    counts[fault] = (counts[fault] ?? 0) + 1;
    return fault;
  };

  const at = async <Answer>(
    what: string,
    among: readonly Fault[],
    call: () => Answer | Promise<Answer>,
    instead: Readonly<Partial<Record<Fault, () => Answer | Promise<Answer>>>> = {},
  ): Promise<Answer> => {
    const fault = drawn(among);
    if (fault === undefined) return call();
    current.getStore()?.push(`${what} ${fault}`);
    if (fault === "slow") {
      await new Promise((resolve) => setTimeout(resolve, dice.below(SLOWEST)));
      return call();
    }
    const other = instead[fault];
    if (other !== undefined) return other();
    if (fault === "unanswered") await call();
    throw new Error(INJECTED);
  };

  const store = <Store extends RecordStore<unknown>>(kind: string, inner: Store): Store => {
    const swap: DueStore<unknown>["swap"] = inner.swap;
    return {
      ...inner,
      read: (key: string) => at(`${kind}.read`, READ, () => inner.read(key)),
      swap: (...change: Parameters<typeof swap>) =>
        at(`${kind}.swap`, SWAP, () => swap(...change), {
          stale: () => (change[1] === ABSENT ? swap(...change) : "stale"),
        }),
    };
  };

  const ran = async <Result>(
    what: string,
    callId: string,
    connection: string,
    run: () => Promise<Result>,
  ): Promise<Result> => {
    const hits: string[] = [];
    let failed = true;
    try {
      const result = await current.run(hits, run);
      failed = false;
      return result;
    } finally {
      ended({ what, callId, connection, hits }, failed);
    }
  };

  return {
    ports: (app) => ({
      ...app,
      locations: {
        ...store("locations", app.locations),
        due: (...asked) => at("locations.due", READ, () => app.locations.due(...asked)),
      },
      forks: store("forks", app.forks),
      connections: store("connections", app.connections),
      subscribers: store("subscribers", app.subscribers),
      calls: store("calls", app.calls),
      mailboxes: store("mailboxes", app.mailboxes),
      messages: store("messages", app.messages),
      tokens: store("tokens", app.tokens),
      budgets: store("budgets", app.budgets),
      edge: {
        send: (to, message) => {
          const start = message.slice(0, message.indexOf("\r\n"));
          const { callId, what } = labelOf(heard(message));
          return at(
            `edge.send ${start.startsWith("SIP") ? what : "request"} ${callId}`,
            SEND,
            () => app.edge.send(to, message),
            {
              gone: () => {
                cut(to);
                return app.edge.send(to, message);
              },
            },
          );
        },
        close: (connection) => at("edge.close", CLOSE, () => app.edge.close(connection)),
        proof: (...said) => app.edge.proof?.(...said) ?? "heard",
      },
      push: {
        send: (...push) =>
          at("push.send", PUSH, () => app.push.send(...push), {
            "push failed": () => ({ outcome: "failed", reason: INJECTED }),
            "token dead": () => ({ outcome: "dead", reason: INJECTED }),
          }),
      },
      alarms: { set: (fork, when) => at("alarms.set", ALARM, () => app.alarms.set(fork, when)) },
    }),
    handlers: (stories) => ({
      ...stories,
      message: (event) => {
        const { what, callId } = labelOf(heard(textOf(event)));
        return ran(what, callId, event.requestContext.connectionId, () => stories.message(event));
      },
      disconnect: (event) =>
        ran("$disconnect", "", event.requestContext.connectionId, () => stories.disconnect(event)),
      alarm: (fork) => ran("alarm", fork, "", () => stories.alarm(fork)),
    }),
    calm: () => {
      isCalm = true;
    },
    calls: () => calls,
    counts,
  };
}

/** "INVITE" for a request, "200 INVITE" for a response. */
function labelOf(message: Heard): { readonly what: string; readonly callId: string } {
  const what = message.method ?? `${message.status} ${cseqOf(message)[1]}`;
  return { what, callId: message.one("Call-ID") };
}

function textOf({ body = "", isBase64Encoded }: GatewayEvent): string {
  return isBase64Encoded ? Buffer.from(body, "base64").toString("latin1") : body;
}

import { isUtf8 } from "node:buffer";
import { expect, onTestFinished } from "vitest";
import { gateway } from "../../functions/gateway/gateway.ts";
import { callIdIn } from "../../infra/edge/call-id.ts";
import type { EdgeLimits } from "../../infra/edge/limits.ts";
import { OwnEdge } from "../../infra/edge/own-edge.ts";
import { bystander } from "../support/bystander.ts";
import { notedApp } from "../support/noted-app.ts";
import type { ContactOptions } from "../support/sip-phone.ts";
import { token } from "../support/token.ts";
import type { WireMessage } from "../support/wire-message.ts";
import { WirePhone } from "../support/wire-phone.ts";

/**
 * A real edge with the real functions behind it, which note every write, push and alarm, and the users alice and bob; and a bystander on
 * loopback (`at`, `port`), for hostile messages to name wherever they can name somebody.
 */
export async function guarded(limits: Partial<EdgeLimits> = {}) {
  const { visits, at, port: there } = await bystander();
  const edge = new OwnEdge({ limits, networkOf: () => "192.0.2.1" });
  const { app, costs, told, faults } = await notedApp(edge);
  const connectionIds: string[] = [];
  const handlers = gateway(app);
  const listening = {
    ...handlers,
    connect: (event: Parameters<typeof handlers.connect>[0]) => {
      connectionIds.push(event.requestContext.connectionId);
      return handlers.connect(event);
    },
  };
  const port = await edge.listen(listening, "127.0.0.1", 0);
  onTestFinished(() => edge.stop());
  /** All that was done so far but reading, and forgets it. */
  const deeds = () => [...costs.splice(0).filter((cost) => !cost.startsWith("read ")), ...told.splice(0)];
  return {
    edge,
    port,
    faults,
    deeds,
    /** Of all connections so far, oldest first. */
    connectionIds,
    /** All that was asked of the records since. */
    costs,
    /** Where the bystander listens, by TCP and UDP. */
    at,
    there,
    connect: (user: string) => WirePhone.connect(port, user),
    registered: async (user: string, contact: ContactOptions = {}) => {
      const phone = await WirePhone.registered(port, user, contact);
      deeds();
      return phone;
    },
    /** Holds after whatever came: nothing broke, and nobody went to where the messages pointed. */
    unharmed: () => {
      expect(faults).toEqual([]);
      expect(visits).toEqual([]);
    },
  };
}

export type Guarded = Awaited<ReturnType<typeof guarded>>;

/** A good client can use the same connection: it is asked who it is, proves it and is registered. */
export async function servesAsEver(phone: WirePhone): Promise<void> {
  const contact = `Contact: <sip:${phone.user}@good.invalid;transport=ws>`;
  const user = `<sip:${phone.user}@localhost>`;
  const good = request("REGISTER", { from: `${user};tag=1`, to: user, lines: [contact] });
  expect((await phone.ask(good.trimEnd().split("\r\n"))).status).toBe(200);
}

/** What somebody says otherwise than one should, and what he adds. */
export interface Asked {
  readonly uri?: string;
  readonly via?: string;
  readonly from?: string;
  readonly to?: string;
  readonly cseq?: string;
  readonly callId?: string;
  readonly lines?: readonly string[];
  readonly body?: string;
  readonly length?: string;
}

/** A request by somebody who minds no rules. What is not said is as it should be. */
export function request(method: string, asked: Asked = {}): string {
  const {
    uri = method === "REGISTER" ? "sip:localhost" : "sip:bob@localhost",
    via = `SIP/2.0/WS x.invalid;branch=z9hG4bK${token()}`,
    from = "<sip:alice@localhost>;tag=1",
    to = method === "REGISTER" ? "<sip:alice@localhost>" : "<sip:bob@localhost>",
    cseq = `1 ${method}`,
    callId = token(),
    lines = [],
    body = "",
    length = String(body.length),
  } = asked;
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: ${via}`,
    "Max-Forwards: 70",
    `From: ${from}`,
    `To: ${to}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq}`,
    ...lines,
    `Content-Length: ${length}`,
    "",
    body,
  ].join("\r\n");
}

/**
 * What is said to a frame, but for 100s. The connection must still be good for an OPTIONS, and nothing comes behind the answer to that: it has the
 * Call-ID of the frame, and one Call-ID is dealt with in order.
 */
export async function answersTo(phone: WirePhone, frame: string): Promise<readonly WireMessage[]> {
  const heard = phone.unasked.length;
  const branch = `z9hG4bK${token()}`;
  const via = `SIP/2.0/WS still-there.invalid;branch=${branch}`;
  const options = request("OPTIONS", {
    uri: "sip:localhost",
    via,
    to: "<sip:localhost>",
    callId: callIdIn(frame),
  });
  phone.say(frame, { binary: !isUtf8(Buffer.from(frame, "latin1")) });
  phone.say(options);
  await phone.hear("an answer to its OPTIONS", ({ one }) => one("Via").includes(branch));
  return phone.unasked.slice(heard).filter(({ status }) => status !== 100);
}

import { equal, ok } from "node:assert/strict";
import { checkRequest } from "../../functions/sip/check-request.ts";
import { Via } from "../../functions/sip/fields.ts";
import type { SipMessage } from "../../functions/sip/message.ts";
import { parse } from "../../functions/sip/parse.ts";
import { aGateway, type Deeds } from "./a-gateway.ts";
import { FRAMES } from "./frames.ts";
import { placesInMessages } from "./places.ts";
import { unlessMalformed, unlessRefused, unlessTooLong } from "./refused.ts";
import { same } from "./same.ts";
import type { Target } from "./target.ts";

// What happens to a frame, from the gateway on.

const line = (...of: readonly string[]) => [...of, "", ""].join("\r\n");

/** A request of Alice's to Bob; with a body or without. */
const toBob = (method: string, ...more: readonly string[]) =>
  line(
    `${method} sip:bob@localhost SIP/2.0`,
    "Via: SIP/2.0/WS a.invalid;branch=z9hG4bKa",
    "Max-Forwards: 70",
    "To: <sip:bob@localhost>",
    "From: <sip:alice@localhost>;tag=1",
    "Call-ID: a",
    `CSeq: 1 ${method}`,
    "Contact: <sip:alice@a.invalid;transport=ws>",
    ...more,
  );

const SEEDS = [
  toBob("INVITE"),
  `${toBob("MESSAGE", "Content-Type: text/plain")}hello`,
  toBob("OPTIONS", "Accept-Contact: *;video;require"),
  toBob("SUBSCRIBE", "Event: presence"),
  toBob("CANCEL"),
  toBob("BYE", "Route: <sip:localhost;lr>"),
  ...FRAMES,
] as const satisfies readonly [string, ...string[]];

async function heardFrom(connectionId: string, text: string): Promise<Deeds> {
  const { handlers, deeds } = await aGateway();
  const body = Buffer.from(text, "latin1").toString("base64");
  const { statusCode } = await handlers.message({
    requestContext: { connectionId },
    body,
    isBase64Encoded: true,
  });
  equal(statusCode, 200);
  same(deeds.faults, []);
  const message = unlessMalformed(() => parse(text));
  const answers = deeds.sent.flatMap(({ to, text: octets }) => {
    const sent = unlessTooLong(octets);
    return to === connectionId && sent !== undefined ? [sent] : [];
  });
  const finals = answers.filter((each) => each.kind === "response" && each.status >= 200);
  ok(finals.length <= 1, "two final responses");
  for (const answer of finals) answersTo(message, answer);
  return deeds;
}

/** A final response has the Vias of its request, if that could be read (RFC 3261 §8.2.6.2); ACKs and responses have none. */
function answersTo(message: SipMessage | undefined, answer: SipMessage): void {
  ok(
    message === undefined || (message.kind === "request" && message.method !== "ACK"),
    "an answer to what has none",
  );
  if (message !== undefined) same(answer.headers.pick(Via), message.headers.pick(Via));
}

/** Whether it is a request that must lead to something. */
function mustBeHeard(text: string): boolean {
  const message = unlessMalformed(() => parse(text));
  if (message?.kind !== "request" || message.method === "ACK") return false;
  return unlessRefused(() => checkRequest(message) ?? true) === true;
}

export const GATEWAY_TARGETS: readonly Target[] = [
  {
    name: "a frame of a user",
    seeds: SEEDS,
    places: placesInMessages,
    run: async (text) => {
      const { sent, pushes, alarms } = await heardFrom("alice", text);
      if (mustBeHeard(text)) ok(sent.length + pushes + alarms > 0, "a request that leads to nothing");
    },
  },
  {
    name: "a frame of a stranger",
    seeds: SEEDS,
    places: placesInMessages,
    run: async (text) => {
      const { sent, writes, pushes, alarms } = await heardFrom("stranger", text);
      same({ writes, pushes, alarms }, { writes: 0, pushes: 0, alarms: 0 });
      ok(
        sent.every(({ to }) => to === "stranger"),
        "a stranger's frame reaches somebody",
      );
    },
  },
];

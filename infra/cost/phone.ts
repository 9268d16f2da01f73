import { randomBytes } from "node:crypto";
import { type Algorithm, ha1s, responseOf } from "../../functions/auth/digest.ts";
import { octetsOf } from "../../functions/sip/octets.ts";
import { DOMAIN, PASSWORD, type World } from "./world.ts";

/** A phone of a user, as far as its frames go: of the size that real ones have, and with all that a push needs. */
export interface Phone {
  readonly user: string;
  /** Connects, registers, answering the challenge, and is there. */
  come(): Promise<void>;
  /** Registers again over its connection, with a challenge, as clients do that remember none. */
  refresh(): Promise<void>;
  ping(): Promise<void>;
  leave(): Promise<void>;
  /** A request that begins something; answers it as sent. */
  request(method: "INVITE" | "MESSAGE", callee: string, type: string, body: string): Promise<string>;
  /** A request within the dialog that the response to our INVITE made. */
  within(method: "ACK" | "BYE", response: string): Promise<void>;
  answer(request: string, status: string, body?: string): Promise<void>;
  /** The last message that begins like this, heard of late. Throws if there is none. */
  heard(start: string): string;
  hear(connection: string, text: string): void;
}

/** As long as a phone is granted that can be pushed, in seconds. */
export const EXPIRES = 30 * 86_400;
/** As long as Google's are. */
const TOKEN = "x".repeat(163);

export function phone(world: () => World, user: string): Phone {
  let connection = "";
  let cseq = 0;
  const inbox: string[] = [];
  const callId = `${user}-${hex(16)}@phone.invalid`;
  const instance = `urn:uuid:${hex(4)}-0000-4000-8000-${hex(6)}`;
  const address = `sip:${user}@${DOMAIN}`;
  const contact = `sip:${user}@${hex(6)}.invalid;transport=ws;pn-provider=fcm;pn-param=my-project;pn-prid=${TOKEN}`;
  const say = (lines: readonly string[], body = "") =>
    world().frame(connection, `${[...lines, `Content-Length: ${body.length}`].join("\r\n")}\r\n\r\n${body}`);
  const heard = (start: string) => {
    const found = inbox.findLast((text) => text.startsWith(start));
    if (found === undefined) throw new Error(`${user} heard no ${start}`);
    return found;
  };
  const head = (method: string, uri: string, to: string, call: string, number: number) => [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/WSS ${hex(6)}.invalid;branch=z9hG4bK${hex(8)}`,
    "Max-Forwards: 70",
    `From: <${address}>;tag=${user}`,
    `To: ${to}`,
    `Call-ID: ${call}`,
    `CSeq: ${number} ${method}`,
    "User-Agent: Example Phone 1.0 (Android 16)",
  ];
  const register = async () => {
    const uri = `sip:${DOMAIN}`;
    const lines = (...more: readonly string[]) => [
      ...head("REGISTER", uri, `<${address}>`, callId, ++cseq),
      `Contact: <${contact}>;reg-id=1;+sip.instance="<${instance}>";expires=${EXPIRES}`,
      "Supported: path, gruu, outbound",
      "Allow: INVITE,ACK,CANCEL,BYE,UPDATE,MESSAGE,OPTIONS,REFER,INFO,NOTIFY",
      ...more,
    ];
    await say(lines());
    await say(lines(`Authorization: ${credentials(heard("SIP/2.0 401"), user, uri)}`));
    heard("SIP/2.0 200");
  };
  return {
    user,
    come: async () => {
      connection = hex(8);
      await world().connect(connection);
      await register();
    },
    refresh: register,
    ping: () => world().frame(connection, "\r\n\r\n"),
    leave: () => world().disconnect(connection),
    request: async (method, callee, type, body) => {
      const uri = `sip:${callee}@${DOMAIN}`;
      const lines = [
        ...head(method, uri, `<${uri}>`, `${hex(16)}@phone.invalid`, 1),
        `Contact: <${contact}>`,
        `Content-Type: ${type}`,
      ];
      await say(lines, body);
      return lines.join("\r\n");
    },
    within: (method, response) => {
      const remote = /<([^>]*)>/.exec(value(response, "Contact"))?.[1] ?? "";
      const number = method === "ACK" ? 1 : 2;
      return say([
        ...head(method, remote, value(response, "To"), value(response, "Call-ID"), number),
        ...values(response, "Record-Route")
          .toReversed()
          .map((route) => `Route: ${route}`),
      ]);
    },
    answer: (request, status, body = "") => {
      const to = value(request, "To");
      return say(
        [
          `SIP/2.0 ${status}`,
          ...values(request, "Via").map((via) => `Via: ${via}`),
          ...values(request, "Record-Route").map((route) => `Record-Route: ${route}`),
          `From: ${value(request, "From")}`,
          `To: ${to}${to.includes(";tag=") ? "" : `;tag=${user}`}`,
          `Call-ID: ${value(request, "Call-ID")}`,
          `CSeq: ${value(request, "CSeq")}`,
          `Contact: <${contact}>`,
        ],
        body,
      );
    },
    heard,
    hear: (to, text) => {
      if (to === connection) inbox.push(text);
    },
  };
}

function credentials(challenged: string, user: string, uri: string): string {
  const challenge = value(challenged, "WWW-Authenticate");
  const part = (name: string) => new RegExp(`${name}="?([^",]*)`).exec(challenge)?.[1] ?? "";
  const algorithm = part("algorithm") as Algorithm;
  const ha1 = ha1s(octetsOf(user), octetsOf(DOMAIN), octetsOf(PASSWORD))[algorithm];
  const input = { method: "REGISTER", uri, nonce: part("nonce"), nc: "00000001", cnonce: hex(4) };
  const response = responseOf(algorithm, ha1, {
    method: octetsOf(input.method),
    uri: octetsOf(input.uri),
    nonce: octetsOf(input.nonce),
    nc: octetsOf(input.nc),
    cnonce: octetsOf(input.cnonce),
  });
  return `Digest username="${user}", realm="${part("realm")}", nonce="${input.nonce}", uri="${uri}", response="${response}", algorithm=${algorithm}, cnonce="${input.cnonce}", qop=auth, nc=00000001`;
}

function values(text: string, name: string): readonly string[] {
  return Array.from(text.matchAll(new RegExp(`^${name}: ?(.*?)\\r$`, "gim")), ([, found = ""]) => found);
}

function value(text: string, name: string): string {
  return values(text, name)[0] ?? "";
}

/** So many random octets. Whatever they are, all have the same length. */
function hex(octets: number): string {
  return randomBytes(octets).toString("hex");
}

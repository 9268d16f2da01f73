import { expect, test } from "vitest";
import { callIdIn } from "../../infra/edge/call-id.ts";
import { localStack } from "../support/stack.ts";
import { TcpPhone } from "../support/tcp-phone.ts";
import { token } from "../support/token.ts";
import { RFC4475, RFC5118 } from "./outcomes.ts";
import { archived, mended5118 } from "./the-messages.ts";

// The same messages over TCP, where each ends by its Content-Length (RFC 3261 §18.3): what comes of it is the same but for these.

/** What comes of a message instead, and that nothing that is sent behind it is read. */
const ENDED: Readonly<Record<string, readonly number[]>> = {
  // Two requests here; the body of the second is longer than it says, and what is left of it is no message.
  dblreq: [401, 100, 407],
  ncl: [400],
  mcl01: [400],
  inv2543: [400],
};

/** They take what comes behind them for a part of themselves. */
const UNFINISHED: readonly string[] = ["clerr", "baddn"];

async function stranger(): Promise<TcpPhone> {
  const environment = { SIP_DOMAINS: "example.com,[2001:db8::10]", SIP_USERS: "user:sipwake", TCP_PORT: "0" };
  const { ports } = await localStack(environment);
  return TcpPhone.connect(ports.TCP ?? 0, "stranger");
}

/** An OPTIONS that is dealt with behind a message of this Call-ID, and its branch. */
function behind(message: string): readonly [text: string, branch: string] {
  const branch = `z9hG4bK${token()}`;
  const lines = [
    "OPTIONS sip:example.com SIP/2.0",
    `Via: SIP/2.0/TCP still-there.invalid;branch=${branch}`,
    "From: <sip:stranger@example.com>;tag=1",
    "To: <sip:example.com>",
    `Call-ID: ${callIdIn(message) || "none"}`,
    "CSeq: 1 OPTIONS",
    "Content-Length: 0",
  ];
  return [`${lines.join("\r\n")}\r\n\r\n`, branch];
}

/** What is heard of it; the connection must still be good for another request. */
async function heardOf(phone: TcpPhone, message: string): Promise<readonly (number | undefined)[]> {
  const [options, branch] = behind(message);
  phone.say(message + options);
  const echo = await phone.hear("an answer to its OPTIONS", ({ one }) => one("Via").includes(branch));
  expect(echo.status).toBe(200);
  return phone.unasked.map(({ status }) => status);
}

const MESSAGES = [
  ...RFC4475.map((outcome) => [outcome, archived("rfc4475", outcome.name)] as const),
  ...RFC5118.map((outcome) => [outcome, mended5118(outcome.name)] as const),
].map(([{ name, section, comes }, message]) => [name, section, comes, message] as const);

const framed = MESSAGES.filter(([name]) => !(name in ENDED) && !UNFINISHED.includes(name));

test.each(framed)("%s (§%s): %j, and the connection goes on", async (_name, _section, comes, message) => {
  expect(await heardOf(await stranger(), message)).toEqual(comes);
});

test.each(
  MESSAGES.filter(([name]) => name in ENDED).map(([name, section, , message]) => [name, section, message]),
)("%s (§%s) ends its connection, with an answer", async (name, _section, message) => {
  const phone = await stranger();
  phone.say(message + behind(message)[0]);
  await phone.ended();
  expect(phone.unasked.map(({ status }) => status).sort()).toEqual([...(ENDED[name] ?? [])].sort());
});

test("clerr (RFC 4475 §3.1.2.2): the rest of its body is waited for, and taken from what comes", async () => {
  const message = archived("rfc4475", "clerr");
  const [head = "", body = ""] = message.split("\r\n\r\n");
  const length = Number(/Content-Length: *(\d+)/i.exec(head)?.[1]);
  expect(length).toBeGreaterThan(body.length);
  expect(await heardOf(await stranger(), message + "x".repeat(length - body.length))).toEqual([100, 407]);
});

test("baddn (RFC 4475 §3.1.2.15), whose last empty line is missing: the request behind it is taken for its headers", async () => {
  const message = archived("rfc4475", "baddn");
  expect(await heardOf(await stranger(), message + behind(message)[0])).toEqual([400]);
});

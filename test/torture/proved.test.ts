import { isUtf8 } from "node:buffer";
import { expect, test } from "vitest";
import { localStack } from "../support/stack.ts";
import { token } from "../support/token.ts";
import { WirePhone } from "../support/wire-phone.ts";
import { archived, mended5118 } from "./the-messages.ts";

// What becomes of the well-formed messages of RFC 4475 and RFC 5118 whose senders prove who they are.

/** The lines of a request without a body, for a phone to ask. */
const linesOf = (text: string): readonly string[] => text.trimEnd().split("\r\n");

/** A phone on a connection over which it has registered an address, as the user of that name. */
async function registered(port: number, user: string, aor: string): Promise<WirePhone> {
  const phone = await WirePhone.connect(port, user);
  const { status } = await phone.ask([
    `REGISTER ${aor.replace(/:.*@/, ":")} SIP/2.0`,
    `Via: SIP/2.0/WS phone.invalid;branch=z9hG4bK${token()}`,
    `From: <${aor}>;tag=1`,
    `To: <${aor}>`,
    `Call-ID: ${token()}`,
    "CSeq: 1 REGISTER",
    `Contact: <sip:${token()}@phone.invalid;transport=ws>`,
  ]);
  expect(status).toBe(200);
  return phone;
}

// No user name of ours has a NUL, so §3.1.1.4 is about another user, and the NULs in the contacts.
test.each([
  ["3.1.1.4", "escnull", "user", ["<sip:%00@host5.example.com>", "<sip:%00%00@host5.example.com>"]],
  ["3.1.1.8", "dblreq", "j.user", ["<sip:j.user@host.example.com>"]],
  ["3.1.2.13", "regbadct", "user", ["<sip:user@example.com?Route=%3Csip:sip.example.com%3E>"]],
  ["3.3.7", "regaut01", "j.user", []],
  ["3.3.12", "cparam01", "watson", ["<sip:+19725552222@gw1.example.net>;unknownparam"]],
  ["3.3.13", "cparam02", "watson", ["<sip:+19725552222@gw1.example.net;unknownparam>"]],
  ["3.3.14", "regescrt", "user", ["<sip:user@example.com?Route=%3Csip:sip.example.com%3E>"]],
])("RFC 4475 §%s, %s: %s registers %j, and is told the same later", async (_, name, user, contacts) => {
  const { port } = await localStack({
    SIP_DOMAINS: "example.com",
    SIP_USERS: "user:sipwake,watson:sipwake,j.user:sipwake",
  });
  const phone = await WirePhone.connect(port, user);
  const lines = linesOf(archived("rfc4475", name).replaceAll("null-%00-null", user));
  const question = lines
    .filter((line) => !/^(?:Contact|M):/.test(line))
    .map((line) => line.replace(/^CSeq: .*/, "CSeq: 2000000000 REGISTER"));
  for (const asked of [lines, question]) {
    const { status, all } = await phone.ask(asked);
    expect(status).toBe(200);
    expect(all("Contact").map((contact) => contact.replace(/;expires=\d+$/, ""))).toEqual(contacts);
  }
  expect(phone.unasked).toEqual([]);
});

test("headers in a contact's URI do not get into the Request-URI of what goes there, nor among its headers (RFC 4475 §3.3.14, RFC 3261 §16.6 step 2)", async () => {
  const { port } = await localStack({ SIP_DOMAINS: "example.com", SIP_USERS: "user:sipwake,caller:sipwake" });
  const callee = await WirePhone.connect(port, "user");
  const { status } = await callee.ask(linesOf(archived("rfc4475", "regescrt")));
  expect(status).toBe(200);
  const caller = await registered(port, "caller", "sip:caller@example.com");
  const invite = [
    "INVITE sip:user@example.com SIP/2.0",
    "Via: SIP/2.0/WS caller.invalid;branch=z9hG4bKcalls",
    "From: <sip:caller@example.com>;tag=1",
    "To: <sip:user@example.com>",
    "Call-ID: calls",
    "CSeq: 1 INVITE",
    "Contact: <sip:caller@caller.invalid;transport=ws>",
  ];
  caller.say(`${invite.join("\r\n")}\r\n\r\n`);
  const received = await callee.request("INVITE");
  expect(received.startLine).toBe("INVITE sip:user@example.com SIP/2.0");
  expect(received.all("Route")).toEqual([]);
  callee.answer(received, 180, "Ringing");
  await caller.response(180);
  const cancel = [...invite.slice(0, 5), "CSeq: 1 CANCEL"].join("\r\n");
  caller.say(`${cancel.replace("INVITE", "CANCEL")}\r\n\r\n`);
  expect((await callee.request("CANCEL")).startLine).toBe("CANCEL sip:user@example.com SIP/2.0");
});

/** The message, for another callee; a new dialog, and by no routes. */
function callTo(callee: string, message: string): string {
  const end = message.indexOf("\r\n\r\n");
  const head = message
    .slice(0, end)
    .replace(/^(\S+) .* (SIP\/2\.0\r\n)/, `$1 ${callee} $2`)
    .replace(/\r\nRoute:(?:[^\r]|\r\n )*/, "")
    .replace(" ;   tag    = 1918181833n", "");
  return head + message.slice(end);
}

/** The header lines that a proxy has nothing to do with, unfolded; who sends it is ours to say (RFC 3325). */
function untouched(head: string): readonly string[] {
  return head
    .replace(/\r\n[ \t]+/g, " ")
    .split("\r\n")
    .slice(1)
    .map((line) => line.replace(/^(\S+)[ \t]+:/, "$1:"))
    .filter((line) => !/^(?:Max-Forwards|P-Asserted-Identity):/i.test(line));
}

test.each([
  ["RFC 4475 §3.1.1.1", "wsinv"],
  ["RFC 4475 §3.1.1.2, without its NUL", "intmeth"],
  ["RFC 4475 §3.1.1.3", "esc01"],
  ["RFC 4475 §3.1.1.5", "esc02"],
  ["RFC 4475 §3.1.1.6", "lwsdisp"],
  ["RFC 4475 §3.1.1.7", "longreq"],
  ["RFC 4475 §3.1.1.9", "semiuri"],
  ["RFC 4475 §3.1.1.10", "transports"],
  ["RFC 4475 §3.1.1.11", "mpart01"],
  ["RFC 4475 §3.1.2.11", "escruri"],
  ["RFC 4475 §3.1.2.12", "baddate"],
  ["RFC 4475 §3.1.2.14", "badaspec"],
  ["RFC 4475 §3.2.1", "badbranch"],
  ["RFC 4475 §3.3.6", "invut"],
  ["RFC 4475 §3.3.15", "sdp01"],
  ["RFC 4475 §3.4.1", "inv2543"],
  ["RFC 5118 §4.6", "ipv6-in-sdp"],
  ["RFC 5118 §4.8", "mult-ip-in-sdp"],
  ["RFC 5118 §4.9", "ipv4-mapped-ipv6"],
  ["RFC 5118 §4.10", "ipv6-bug-abnf-3-colons"],
  ["RFC 5118 §4.10", "ipv6-correct-abnf-2-colons"],
])("%s, %s: goes on as it came, and so does its answer back", async (section, name) => {
  const message = section.startsWith("RFC 5118")
    ? mended5118(name)
    : archived("rfc4475", name).replace("\0", "0");
  const [, user = "", domain = ""] = /^f(?:rom)?[ \t]*:.*?sip:([^@]+)@([^;>\r]+)/im.exec(message) ?? [];
  const sender = decodeURIComponent(user);
  const { port } = await localStack({ SIP_DOMAINS: domain, SIP_USERS: `${sender}:sipwake,callee:sipwake` });
  const callee = await registered(port, "callee", `sip:callee@${domain}`);
  const caller = await registered(port, sender, `sip:${user}@${domain}`);
  const sent = callTo(`sip:callee@${domain}`, message);
  caller.say(sent, { binary: !isUtf8(Buffer.from(sent, "latin1")) });
  const [head = "", body = ""] = sent.split(/\r\n\r\n(.*)/s);
  const received = await callee.request(head.slice(0, head.indexOf(" ")));
  expect(received.body).toBe(body);
  const lines = received.text
    .slice(0, received.text.indexOf("\r\n\r\n"))
    // Where it asks where it comes from, it is told (RFC 3581 §4).
    .replace(/;rport=\d+;received=127\.0\.0\.1/, ";rport")
    .split("\r\n");
  // It may go on over a stream (RFC 3261 §18.3).
  if (!/^(?:Content-Length|l)[ \t]*:/im.test(head))
    expect(lines.pop()).toBe(`Content-Length: ${body.length}`);
  expect(lines.slice(-untouched(head).length)).toEqual(untouched(head));
  callee.answer(received, 486, "Busy Here");
  await caller.hear("the answer", ({ status }) => status === 486);
});

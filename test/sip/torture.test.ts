import { expect, test } from "vitest";
import { aorIn } from "../../functions/sip/aor.ts";
import { checkRequest } from "../../functions/sip/check-request.ts";
import { Contact, CSeq, From, MaxForwards, Route, To, Via } from "../../functions/sip/fields.ts";
import type { SipRequest } from "../../functions/sip/message.ts";
import { octetsOf, textOf } from "../../functions/sip/octets.ts";
import { parse } from "../../functions/sip/parse.ts";
import { unquoted } from "../../functions/sip/scanner.ts";
import { parseUri } from "../../functions/sip/uri.ts";

// After the messages of RFC 4475 and RFC 5118, each named by its section; shortened where the point is elsewhere.

/** The request in this text, after all that every request has to pass. */
function accepted(text: string): SipRequest {
  const request = parse(octetsOf(text.replaceAll("\n", "\r\n"))) as SipRequest;
  checkRequest(request);
  parseUri(request.uri, "Request-URI");
  return request;
}

/** An OPTIONS with these lines; the usual ones are there if there is none of their name, and so is the start line. */
function options(...given: readonly string[]): string {
  const usual = [
    "To: sip:user@example.com",
    "From: sip:caller@example.net;tag=34525",
    "Max-Forwards: 6",
    "Call-ID: torture.dj0234sxdfl3",
    "CSeq: 8 OPTIONS",
    "Via: SIP/2.0/UDP host.example.com;branch=z9hG4bKkdjuw",
  ];
  const missing = usual.filter(
    (line) => !given.some((other) => other.startsWith(line.slice(0, line.indexOf(":")))),
  );
  const start = given[0]?.startsWith("OPTIONS") ? [] : ["OPTIONS sip:user@example.com SIP/2.0"];
  return [...start, ...given, ...missing, "", ""].join("\n");
}

test("a short tortuous INVITE (RFC 4475 §3.1.1.1)", () => {
  const { headers, uri, body } =
    accepted(String.raw`INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0
TO :
 sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n
from   : "J Rosenberg \\\""       <sip:jdrosen@example.com>
  ;
  tag = 98asjd8
MaX-fOrWaRdS: 0068
Call-ID: wsinv.ndaksdj@192.0.2.1
Content-Length   : 5
cseq: 0009
  INVITE
Via  : SIP  /   2.0
 /UDP
    192.0.2.2;branch=390skdjuw
s :
NewFangledHeader:   newfangled value
 continued newfangled value
UnknownHeaderWithUnusualValue: ;;,,;;,;
Content-Type: application/sdp
Route:
 <sip:services.example.com;lr;unknownwith=value;unknown-no-value>
v:  SIP  / 2.0  / TCP     spindle.example.com   ;
  branch  =   z9hG4bK9ikj8  ,
 SIP  /    2.0   / UDP  192.168.255.111   ; branch=
 z9hG4bK30239
m:"Quoted string \"\"" <sip:jdrosen@example.com> ; newparam =
      newvalue ;
  secondparam ; q = 0.33

v=0
`);
  expect(parseUri(uri)).toMatchObject({ user: "vivekg", params: [["unknownparam"]] });
  expect(headers.first(To)).toMatchObject({
    uri: "sip:vivekg@chair-dnrc.example.com",
    params: [["tag", "1918181833n"]],
  });
  expect(unquoted(headers.first(From)?.display ?? "")).toBe('J Rosenberg \\"');
  expect(headers.first(MaxForwards)).toBe(68);
  expect(headers.first(CSeq)).toEqual({ number: 9, method: "INVITE" });
  expect(headers.all(Via)).toEqual([
    { transport: "UDP", sentBy: "192.0.2.2", params: [["branch", "390skdjuw"]] },
    { transport: "TCP", sentBy: "spindle.example.com", params: [["branch", "z9hG4bK9ikj8"]] },
    { transport: "UDP", sentBy: "192.168.255.111", params: [["branch", "z9hG4bK30239"]] },
  ]);
  expect(headers.first(Route)?.uri).toBe("sip:services.example.com;lr;unknownwith=value;unknown-no-value");
  expect(headers.first(Contact)).toEqual({
    display: String.raw`"Quoted string \"\""`,
    uri: "sip:jdrosen@example.com",
    params: [["newparam", "newvalue"], ["secondparam"], ["q", "0.33"]],
  });
  const unknown = headers.lines.filter(({ key }) => key.includes("newfangled") || key.includes("unusual"));
  expect(unknown.map((line) => line.text)).toEqual([
    "NewFangledHeader:   newfangled value continued newfangled value",
    "UnknownHeaderWithUnusualValue: ;;,,;;,;",
  ]);
  expect(body).toBe("v=0\r\n");
});

/** §3.1.1.2, where the To has a quoted NUL. */
const interesting = (nul: string) => `!interesting-Method0123456789_*+\`.%indeed'~ \
sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0
Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+\`'~
To: "BEL:\\\x07 NUL:\\${nul} DEL:\\\x7f" <sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com>
From: token1~\` token2'+_ token3*%!.- <sip:mundane@example.com>
 ;fromParam''~+*_!.-%="работающий"
 ;tag=_token~1'+\`*%!-.
Call-ID: intmeth.word%ZK-!.*_+'@word\`~)(><:\\/"][?}{
CSeq: 139122385 !interesting-Method0123456789_*+\`.%indeed'~
Max-Forwards: 255
extensionHeader-!.%*+_\`'~:大停電
Content-Length: 0

`;

test("a wide range of valid characters (RFC 4475 §3.1.1.2)", () => {
  const { method, uri, headers } = accepted(interesting("0"));
  expect(method).toBe("!interesting-Method0123456789_*+`.%indeed'~");
  expect(parseUri(uri)).toMatchObject({
    user: "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*",
    password: "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)",
  });
  expect(unquoted(headers.first(To)?.display ?? "")).toBe("BEL:\x07 NUL:0 DEL:\x7f");
  expect(headers.first(From)?.display).toBe("token1~` token2'+_ token3*%!.-");
  expect(headers.first(From)?.params).toEqual([
    ["fromParam''~+*_!.-%", octetsOf('"работающий"')],
    ["tag", "_token~1'+`*%!-."],
  ]);
  const extension = headers.lines.find((line) => line.key === "extensionheader-!.%*+_`'~");
  expect(textOf(extension?.value ?? "")).toBe("大停電");
});

test("a NUL among the headers is refused even where the grammar has it (unlike RFC 4475 §3.1.1.2)", () => {
  expect(() => accepted(interesting("\0"))).toThrow(/^message: a NUL among the headers at \d+$/);
});

test("valid use of the % escape (RFC 4475 §3.1.1.3)", () => {
  const { uri, headers } = accepted(
    options(
      "OPTIONS sip:sips%3Auser%40example.com@example.net SIP/2.0",
      "From: <sip:I%20have%20spaces@h>;tag=938",
    ),
  );
  expect(aorIn(uri, "Request-URI")).toBe("sip:sips%3Auser%40example.com@example.net");
  expect(aorIn(headers.first(From)?.uri ?? "", "From")).toBe("sip:I%20have%20spaces@h");
});

test("% where it is no escape (RFC 4475 §3.1.1.5)", () => {
  const { headers } = accepted(
    options('To: "%Z%45" <sip:a@h>', "Contact: <sip:b@h>", "C%6Fntact: <sip:c@h>"),
  );
  expect(headers.first(To)?.display).toBe('"%Z%45"');
  expect(headers.all(Contact)).toEqual([{ display: undefined, uri: "sip:b@h", params: [] }]);
});

test("long values, and Via in all its spellings (RFC 4475 §3.1.1.7)", () => {
  const tag = `12${"982".repeat(50)}424`;
  const spellings = "Via:v:V:ViA:VIa:VIA:via:viA:vIa:vIA:V :v :V  :v  :Via  ".split(":");
  const vias = spellings.map((name, hop) => `${name}: SIP/2.0/TCP sip${hop}.example.com`);
  const { headers } = accepted(options(`From: sip:${"amazinglylong".repeat(5)}@h;tag=${tag}`, ...vias));
  expect(headers.first(From)?.params).toEqual([["tag", tag]]);
  expect(headers.all(Via).map((via) => via.sentBy)).toEqual(
    spellings.map((_, hop) => `sip${hop}.example.com`),
  );
});

test("octets behind the body that look like a request are nothing (RFC 4475 §3.1.1.8)", () => {
  const { headers, body } = accepted(`${options("Content-Length: 0")}${options("CSeq: 9 OPTIONS")}`);
  expect([headers.all(CSeq), body]).toEqual([[{ number: 8, method: "OPTIONS" }], ""]);
});

test("known and unknown transports (RFC 4475 §3.1.1.10)", () => {
  const transports = ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"];
  const { headers } = accepted(options(...transports.map((name) => `Via: SIP/2.0/${name} t.example.com`)));
  expect(headers.all(Via).map((via) => via.transport)).toEqual(transports);
});

test("an unusual reason phrase (RFC 4475 §3.1.1.12)", () => {
  const phrase = "= 2**3 * 5**2 но сто девяносто девять - простое";
  const response = parse(octetsOf(`SIP/2.0 200 ${phrase}\r\n\r\n`));
  expect(response.kind === "response" && textOf(response.reason)).toBe(phrase);
});

test("an INVITE of RFC 2543: no branch, From tag, Content-Length or Max-Forwards (RFC 4475 §3.4.1)", () => {
  const { headers, body } = accepted(`INVITE sip:UserB@example.com SIP/2.0
Via: SIP/2.0/UDP iftgw.example.com
From: <sip:+13035551111@ift.client.example.net;user=phone>
Record-Route: <sip:UserB@example.com;maddr=ss1.example.com>
To: sip:+16505552222@ss1.example.net;user=phone
Call-ID: inv2543.1717@ift.client.example.com
CSeq: 56 INVITE
Content-Type: application/sdp

v=0
`);
  expect(headers.first(From)).toMatchObject({
    uri: "sip:+13035551111@ift.client.example.net;user=phone",
    params: [],
  });
  expect(headers.first(To)).toMatchObject({
    uri: "sip:+16505552222@ss1.example.net",
    params: [["user", "phone"]],
  });
  expect(body).toBe("v=0\r\n");
});

test.each([
  ["4475 §3.3.4", "<name:John_Smith>", "name:John_Smith", []],
  ["4475 §3.3.12", "sip:+1@gw1.example.net;unknownparam", "sip:+1@gw1.example.net", [["unknownparam"]]],
  ["4475 §3.3.13", "<sip:+1@gw1.example.net;unknownparam>", "sip:+1@gw1.example.net;unknownparam", []],
  ["4475 §3.3.14", "<sip:user@h?Route=%3Csip:h%3E>", "sip:user@h?Route=%3Csip:h%3E", []],
  ["5118 §4.1", '"Caller" <sip:caller@[2001:db8::1]>', "sip:caller@[2001:db8::1]", []],
])("a well-formed Contact (RFC %s): %s", (_, contact, uri, params) => {
  expect(accepted(options(`Contact: ${contact}`)).headers.first(Contact)).toMatchObject({ uri, params });
});

test.each([
  [
    "4.5",
    "[2001:db8::9:1];received=[2001:db8::9:255]",
    "[2001:db8::9:1]",
    [["received", "[2001:db8::9:255]"]],
  ],
  ["4.5", "[2001:db8::9:1];received=2001:db8::9:255", "[2001:db8::9:1]", [["received", "2001:db8::9:255"]]],
  ["4.9", "[::ffff:192.0.2.10]:19823", "[::ffff:192.0.2.10]:19823", []],
])("a well-formed Via (RFC 5118 §%s): %s", (_, via, sentBy, params) => {
  expect(accepted(options(`Via: SIP/2.0/UDP ${via}`)).headers.first(Via)).toMatchObject({ sentBy, params });
});

test.each([
  ["4475 §3.1.2.1", "Via: SIP/2.0/UDP 192.0.2.15;;,;,,", 400, "Via"],
  ["4475 §3.1.2.2", "Content-Length: 9999", 400, "Content-Length"],
  ["4475 §3.1.2.3", "Content-Length: -999", 400, "Content-Length"],
  ["4475 §3.1.2.4", "CSeq: 36893488147419103232 OPTIONS", 400, "CSeq"],
  ["4475 §3.1.2.4", "Max-Forwards: 300", 400, "Max-Forwards"],
  ["4475 §3.1.2.6", 'To: "Mr. J. User <sip:j.user@example.com>', 400, "To"],
  ["4475 §3.1.2.7", "OPTIONS <sip:user@example.com> SIP/2.0", 400, "Request-URI"],
  ["4475 §3.1.2.8", "OPTIONS sip:user@example.com; lr SIP/2.0", 400, "start line"],
  ["4475 §3.1.2.9", "OPTIONS  sip:user@example.com  SIP/2.0", 400, "start line"],
  ["4475 §3.1.2.10", "OPTIONS sip:remote-target@example.com SIP/2.0  ", 400, "start line"],
  ["4475 §3.1.2.15", "To:      Watson, Thomas <sip:t.watson@example.org>", 400, "To"],
  ["4475 §3.1.2.16", "OPTIONS sip:t.watson@example.org SIP/7.0", 505, "start line"],
  ["4475 §3.1.2.17", "CSeq: 8 INVITE", 400, "CSeq"],
  ["4475 §3.3.8", "To: sip:user@example.com\nTo: sip:other@example.net", 400, "To"],
  ["4475 §3.3.9", "Content-Length: 13\nContent-Length: 5", 400, "Content-Length"],
  ["5118 §4.2", "OPTIONS sip:2001:db8::10 SIP/2.0", 400, "Request-URI"],
])("malformed (RFC %s): %j is answered %i for its %s", (_, lines, status, part) => {
  expect(() => accepted(`${options(lines)}thirteen octs`)).toThrow(expect.objectContaining({ status, part }));
});

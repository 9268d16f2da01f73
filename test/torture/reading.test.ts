import { expect, test } from "vitest";
import { aorIn } from "../../functions/sip/aor.ts";
import { checkRequest } from "../../functions/sip/check-request.ts";
import { Contact, CSeq, From, MaxForwards, Route, To, Via } from "../../functions/sip/fields.ts";
import type { SipMessage, SipRequest } from "../../functions/sip/message.ts";
import { octetsOf, textOf } from "../../functions/sip/octets.ts";
import { parse } from "../../functions/sip/parse.ts";
import { unquoted } from "../../functions/sip/scanner.ts";
import { parseUri } from "../../functions/sip/uri.ts";
import { archived, mended5118 } from "./the-messages.ts";

// What the parser makes of the messages of RFC 4475 and RFC 5118: what they say, and what is called wrong with the others.

/** The request, after all that every request has to pass. */
function accepted(text: string): SipRequest {
  const request = parse(text) as SipRequest;
  checkRequest(request);
  return request;
}

const read4475 = (name: string): SipRequest => accepted(archived("rfc4475", name));

test("a short tortuous INVITE (RFC 4475 §3.1.1.1)", () => {
  const { headers, uri, body } = read4475("wsinv");
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
  expect(body).toHaveLength(150);
});

test("a wide range of valid characters (RFC 4475 §3.1.1.2)", () => {
  const { method, uri, headers } = accepted(archived("rfc4475", "intmeth").replace("\0", "0"));
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
  expect(textOf(extension?.value ?? "")).toBe("\ufeff大停電");
});

test("a NUL among the headers is refused even where the grammar has it (unlike RFC 4475 §3.1.1.2)", () => {
  expect(() => read4475("intmeth")).toThrow(/^message: a NUL among the headers at \d+$/);
});

test("valid use of the % escape (RFC 4475 §3.1.1.3)", () => {
  const { uri, headers } = read4475("esc01");
  expect(aorIn(uri, "Request-URI")).toBe("sip:sips%3Auser%40example.com@example.net");
  expect(aorIn(headers.first(To)?.uri ?? "", "To")).toBe("sip:user@example.com");
  expect(aorIn(headers.first(From)?.uri ?? "", "From")).toBe("sip:I%20have%20spaces@example.net");
});

test("NULs that are escaped end no user (RFC 4475 §3.1.1.4)", () => {
  const { headers } = read4475("escnull");
  expect(aorIn(headers.first(To)?.uri ?? "", "To")).toBe("sip:null-%00-null@example.com");
  expect(headers.all(Contact)).toMatchObject([
    { uri: "sip:%00@host5.example.com" },
    { uri: "sip:%00%00@host5.example.com" },
  ]);
});

test("% where it is no escape (RFC 4475 §3.1.1.5)", () => {
  const { method, headers } = read4475("esc02");
  expect(method).toBe("RE%47IST%45R");
  expect(headers.first(To)?.display).toBe('"%Z%45"');
  expect(headers.all(Contact)).toMatchObject([
    { uri: "sip:alias1@host1.example.com" },
    { uri: "sip:alias3@host3.example.com" },
  ]);
});

test("no space between a display name and its URI (RFC 4475 §3.1.1.6)", () => {
  expect(read4475("lwsdisp").headers.first(From)).toMatchObject({
    display: "caller",
    uri: "sip:caller@example.com",
  });
});

test("long values, and Via in all its spellings (RFC 4475 §3.1.1.7)", () => {
  const { headers } = read4475("longreq");
  const [tag] = headers.first(From)?.params ?? [];
  expect(tag).toEqual(["tag", `12${"982".repeat(50)}424`]);
  const hops = Array.from({ length: 33 }, (_, hop) => `sip${33 - hop}.example.com`);
  expect(headers.all(Via).map((via) => via.sentBy)).toEqual([...hops, "host.example.com"]);
});

test("octets behind the body that look like a request are nothing (RFC 4475 §3.1.1.8)", () => {
  const { headers, body } = read4475("dblreq");
  expect([headers.all(CSeq), body]).toEqual([[{ number: 8, method: "REGISTER" }], ""]);
});

test("a parameter within a user (RFC 4475 §3.1.1.9)", () => {
  expect(parseUri(read4475("semiuri").uri)).toMatchObject({ user: "user;par=u%40example.net", params: [] });
});

test("known and unknown transports (RFC 4475 §3.1.1.10)", () => {
  const transports = read4475("transports")
    .headers.all(Via)
    .map((via) => via.transport);
  expect(transports).toEqual(["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]);
});

test("a binary body is as long as it says (RFC 4475 §3.1.1.11)", () => {
  const { body } = read4475("mpart01");
  expect(body).toHaveLength(553);
  expect(body.endsWith("\r\n--7a9cbec02ceef655--\r\n")).toBe(true);
});

test.each([
  ["3.1.1.12", "unreason", "= 2**3 * 5**2 но сто девяносто девять - простое"],
  ["3.1.1.13", "noreason", ""],
])("an unusual reason phrase (RFC 4475 §%s, %s): %j", (_, name, phrase) => {
  const response: SipMessage = parse(archived("rfc4475", name));
  expect(response.kind === "response" && textOf(response.reason)).toBe(phrase);
});

test("an INVITE of RFC 2543: no branch, From tag, Content-Length or Max-Forwards (RFC 4475 §3.4.1)", () => {
  const { headers, body } = read4475("inv2543");
  expect(headers.first(From)).toMatchObject({
    uri: "sip:+13035551111@ift.client.example.net;user=phone",
    params: [],
  });
  expect(headers.first(To)).toMatchObject({
    uri: "sip:+16505552222@ss1.example.net",
    params: [["user", "phone"]],
  });
  expect(body).toMatch(/^v=0\r\n.*\r\n$/s);
});

test.each([
  ["3.3.4", "unksm2", "name:John_Smith", []],
  ["3.3.12", "cparam01", "sip:+19725552222@gw1.example.net", [["unknownparam"]]],
  ["3.3.13", "cparam02", "sip:+19725552222@gw1.example.net;unknownparam", []],
  ["3.3.14", "regescrt", "sip:user@example.com?Route=%3Csip:sip.example.com%3E", []],
])("a well-formed Contact (RFC 4475 §%s, %s): %s", (_, name, uri, params) => {
  expect(read4475(name).headers.first(Contact)).toMatchObject({ uri, params });
});

test.each([
  ["4.1", "ipv6-good", "[2001:db8::9:1]", []],
  ["4.5", "via-received-param-with-delim", "[2001:db8::9:1]", [["received", "[2001:db8::9:255]"]]],
  ["4.5", "via-received-param-no-delim", "[2001:db8::9:1]", [["received", "2001:db8::9:255"]]],
  ["4.7", "mult-ip-in-header", "[2001:db8::9:1]:6050", []],
  ["4.9", "ipv4-mapped-ipv6", "[::ffff:192.0.2.10]:19823", []],
])("a well-formed Via (RFC 5118 §%s, %s): %s", (_, name, sentBy, received) => {
  const via = accepted(mended5118(name)).headers.first(Via);
  expect(via?.sentBy).toBe(sentBy);
  expect(via?.params.filter(([param]) => param !== "branch")).toEqual(received);
});

test.each([
  ["4.3", "port-ambiguous", "[2001:db8::10:5070]", undefined],
  ["4.4", "port-unambiguous", "[2001:db8::10]", 5070],
  ["4.10", "ipv6-bug-abnf-3-colons", "[2001:db8:::192.0.2.1]", undefined],
  ["4.10", "ipv6-correct-abnf-2-colons", "[2001:db8::192.0.2.1]", undefined],
])("a well-formed Request-URI (RFC 5118 §%s, %s): %s, port %s", (_, name, host, port) => {
  expect(parseUri(accepted(mended5118(name)).uri)).toMatchObject({ host, port });
});

test.each([
  ["3.1.2.1", "badinv01", 400, "Via"],
  ["3.1.2.2", "clerr", 400, "Content-Length"],
  ["3.1.2.3", "ncl", 400, "Content-Length"],
  ["3.1.2.4", "scalar02", 400, "CSeq"],
  ["3.1.2.6", "quotbal", 400, "To"],
  ["3.1.2.7", "ltgtruri", 400, "Request-URI"],
  ["3.1.2.8", "lwsruri", 400, "start line"],
  ["3.1.2.9", "lwsstart", 400, "start line"],
  ["3.1.2.10", "trws", 400, "start line"],
  ["3.1.2.16", "badvers", 505, "start line"],
  ["3.1.2.17", "mismatch01", 400, "CSeq"],
  ["3.1.2.18", "mismatch02", 400, "CSeq"],
  ["3.1.2.19", "bigcode", 400, "start line"],
  ["3.3.1", "insuf", 400, "From"],
  ["3.3.8", "multi01", 400, "From"],
  ["3.3.9", "mcl01", 400, "Content-Length"],
])("malformed (RFC 4475 §%s): %s is answered %i for its %s", (_, name, status, part) => {
  expect(() => read4475(name)).toThrow(expect.objectContaining({ status, part }));
});

test("malformed (RFC 4475 §3.1.2.15): a name that is no token, also with the empty line that the archive lacks", () => {
  const baddn = archived("rfc4475", "baddn");
  expect(() => accepted(baddn)).toThrow("message: no empty line after the headers");
  expect(() => accepted(`${baddn}\r\n`)).toThrow(expect.objectContaining({ status: 400, part: "From" }));
});

test("malformed (RFC 5118 §4.2): an IPv6 address without its brackets", () => {
  expect(() => accepted(mended5118("ipv6-bad"))).toThrow(
    expect.objectContaining({ status: 400, part: "Request-URI" }),
  );
});

test.each(["unkscm", "novelsc"])(
  "a Request-URI that is well-formed and not SIP's is refused as such (RFC 4475 §3.3.2, §3.3.3): %s",
  (name) => {
    expect(() => read4475(name)).toThrow("416 Unsupported URI Scheme");
  },
);

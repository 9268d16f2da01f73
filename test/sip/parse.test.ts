import { expect, test } from "vitest";
import { Contact } from "../../functions/sip/fields.ts";
import type { SipMessage, SipRequest } from "../../functions/sip/message.ts";
import { octetsOf, textOf } from "../../functions/sip/octets.ts";
import { MAX_HEADER_LINES, MAX_LINE_OCTETS, MAX_MESSAGE_OCTETS, parse } from "../../functions/sip/parse.ts";
import { SipSyntaxError } from "../../functions/sip/syntax-error.ts";

const START = "OPTIONS sip:h SIP/2.0";
const VIA = "Via: SIP/2.0/WSS x.invalid;branch=z9hG4bK1";

/** A message of these lines, and its body. */
const message = (lines: readonly string[], body = "") => `${lines.join("\r\n")}\r\n\r\n${body}`;
const linesOf = ({ headers }: SipMessage) => headers.lines.map((line) => line.text);
const errorOf = (text: string): unknown => {
  try {
    return parse(text);
  } catch (error) {
    return error;
  }
};
/** What the text is refused with, what of it could be read left aside. */
const refusalOf = (text: string) => {
  const error = errorOf(text);
  return error instanceof SipSyntaxError ? [error.status, error.message] : error;
};
const salvagedFrom = (text: string): SipRequest | undefined => {
  const error = errorOf(text);
  return error instanceof SipSyntaxError ? error.salvaged : undefined;
};

test("a request is a method, a URI, header lines and a body (RFC 3261 §7.1)", () => {
  const request = parse(message(["MESSAGE sip:bob@h;transport=ws SIP/2.0", VIA, "Content-Length: 2"], "hi"));
  expect(request).toMatchObject({
    kind: "request",
    method: "MESSAGE",
    uri: "sip:bob@h;transport=ws",
    body: "hi",
  });
  expect(linesOf(request)).toEqual([VIA, "Content-Length: 2"]);
});

test("a response is a status, a reason, header lines and a body (RFC 3261 §7.2)", () => {
  const response = parse(message(["SIP/2.0 486 Busy Here", VIA], "b"));
  expect(response).toMatchObject({ kind: "response", status: 486, reason: "Busy Here", body: "b" });
  expect(linesOf(response)).toEqual([VIA]);
});

test.each([
  ["invite sip:h SIP/2.0", { method: "invite" }], // §7.1: methods are case-sensitive
  ["IN%56ITE sip:h SIP/2.0", { method: "IN%56ITE" }], // RFC 4475 §3.1.1.2: no escape in a method
  ["INVITE tel:+49301234 sip/2.0", { uri: "tel:+49301234" }], // §7.1: the version's case is nothing
  ["SIP/2.0 100 ", { status: 100, reason: "" }], // RFC 4475 §3.1.1.13
  ["SIP/2.0 100", { status: 100, reason: "" }],
  ["SIP/2.0 699 a  b\t", { status: 699, reason: "a  b\t" }],
  ["sip/2.0 200 OK", { kind: "response", status: 200, reason: "OK" }],
])("%j is a start line (RFC 3261 §25.1)", (line, parts) => {
  expect(parse(message([line]))).toMatchObject(parts);
});

const SHAPE = "start line: expected a method, one space, a URI, one space and the version at 8";
const STATUS = "start line: expected a status from 100 to 699 at 8";

test.each([
  ["", 400, "message: no empty line after the headers at 4"],
  ["OPTIONS", 400, "start line: expected a method at 0"],
  ["OPT{ONS sip:h SIP/2.0", 400, "start line: expected a method at 0"],
  [" OPTIONS sip:h SIP/2.0", 400, "start line: expected a method at 0"],
  ["OPTIONS  sip:h SIP/2.0", 400, SHAPE],
  ["OPTIONS sip:h  SIP/2.0", 400, SHAPE],
  ["OPTIONS sip:h\t SIP/2.0", 400, SHAPE],
  ["OPTIONS sip:h SIP/2.0 ", 400, SHAPE],
  ["OPTIONS sip:h", 400, SHAPE],
  ["OPTIONS sip:h HTTP/1.1", 400, "start line: expected SIP/2.0 at 14"],
  ["OPTIONS sip:h SIP/3.0", 505, "start line: expected SIP/2.0 at 14"], // §21.5.6
  ["OPTIONS sip:h sip/2.01", 505, "start line: expected SIP/2.0 at 14"],
  ["SIP/3.0 200 OK", 400, "start line: expected a method at 0"],
  ["SIP/2.0 099 Low", 400, STATUS],
  ["SIP/2.0 700 High", 400, STATUS],
  ["SIP/2.0 2000 Long", 400, STATUS],
  ["SIP/2.0 2e2 OK", 400, STATUS], // digits, not any number
  ["SIP/2.0 abc OK", 400, STATUS],
  ["SIP/2.0  200 OK", 400, STATUS],
])("the start line %j is refused with %i", (line, status, problem) => {
  expect(refusalOf(message([line]))).toEqual([status, problem]);
});

test("empty lines before the start line are ignored (RFC 3261 §7.5)", () => {
  expect(parse(`\r\n\r\n${message([START])}`)).toMatchObject({ kind: "request", method: "OPTIONS" });
});

test.each([
  ["spaces around the value stay", "Subject:  a b\t", "subject", "  a b\t"],
  ["nothing but a name", "Subject:", "subject", ""],
  ["colons in the value", "X-Url: http://h:1/", "x-url", " http://h:1/"],
  ["a name in any case", "cALL-id: 1", "call-id", " 1"],
  ["a name nobody knows", "X-Unknown: ;;,,;", "x-unknown", " ;;,,;"],
  ["a compact name (§7.3.3)", "i: 1", "call-id", " 1"],
  ["a compact name in upper case", "V: x", "via", " x"],
  ["UTF-8 in the value", octetsOf("Subject: größer"), "subject", " gr\xc3\xb6\xc3\x9fer"],
  ["a name of all token octets", "x-!.%*_+`'~: 1", "x-!.%*_+`'~", " 1"],
])("a header line is kept as spelled and found by its name (RFC 3261 §7.3.1): %s", (_, line, key, value) => {
  const [header, ...others] = parse(message([START, line])).headers.lines;
  expect([header?.text, header?.key, header?.value, others]).toEqual([line, key, value, []]);
});

test.each([
  ["a", "accept-contact"], // RFC 3841 §9
  ["b", "referred-by"], // RFC 3892 §3
  ["c", "content-type"],
  ["d", "request-disposition"], // RFC 3841 §9
  ["e", "content-encoding"],
  ["f", "from"],
  ["i", "call-id"],
  ["j", "reject-contact"], // RFC 3841 §9
  ["k", "supported"],
  ["l", "content-length"],
  ["m", "contact"],
  ["n", "identity-info"], // RFC 4474 §9
  ["o", "event"], // RFC 6665 §8.2.1
  ["r", "refer-to"], // RFC 3515 §2.1
  ["s", "subject"],
  ["t", "to"],
  ["u", "allow-events"], // RFC 6665 §8.2.2
  ["v", "via"],
  ["x", "session-expires"], // RFC 4028 §4
  ["y", "identity"], // RFC 4474 §9
  ["z", "z"], // nobody's
])("the compact name %s, in either case, stands for %s (RFC 3261 §7.3.3)", (name, key) => {
  const { headers } = parse(message([START, `${name}: 0`, `${name.toUpperCase()}: 0`]));
  expect(headers.lines.map((line) => line.key)).toEqual([key, key]);
});

test.each(["Subject : a", "Subject\t: a", "Subject \t : a"])(
  "white space between name and colon goes, so that the next hop reads the same name (RFC 3261 §7.3.1): %j",
  (line) => {
    const [header] = parse(message([START, line])).headers.lines;
    expect([header?.text, header?.key, header?.value]).toEqual(["Subject: a", "subject", " a"]);
  },
);

test.each([
  ["Subject: a\r\n b", "Subject: a b"],
  ["Subject: a\r\n\t \tb\t\r\n  c", "Subject: a b c"],
  ["Subject:\r\n a", "Subject: a"],
  ["Subject: a\r\n \r\n b", "Subject: a  b"],
])("a folded header line is one value (RFC 3261 §7.3.1): %j", (folded, line) => {
  expect(linesOf(parse(message([START, folded, VIA])))).toEqual([line, VIA]);
});

test("a contact folded within its parameters reads as one (RFC 3261 §7.3.1)", () => {
  const { headers } = parse(
    message([START, "Contact: <sip:a@h>;reg-id=1;\r\n  expires=60\r\n ,\r\n\t<sip:b@h>"]),
  );
  expect(headers.all(Contact)).toEqual([
    {
      display: undefined,
      uri: "sip:a@h",
      params: [
        ["reg-id", "1"],
        ["expires", "60"],
      ],
    },
    { display: undefined, uri: "sip:b@h", params: [] },
  ]);
});

test.each([
  ["no colon", "Subject", "header: a line without a colon at 23"],
  ["no name", ": a", "header: a name that is no token at 23"],
  ["nothing to continue", " folded: a", "header: a name that is no token at 23"],
  ["a control octet in the name", "Contact\x01: a", "header: a name that is no token at 23"],
  ["a space in the name", "Call ID: a", "header: a name that is no token at 23"],
  ["UTF-8 in the name", "Gr\xc3\xb6\xc3\x9fe: a", "header: a name that is no token at 23"],
  ["a NUL", "Subject: a\0b", "message: a NUL among the headers at 33"],
  ["a lone CR", "Subject: a\rTo: b", "message: a CR without LF at 33"],
  ["a lone LF", "Subject: a\nTo: b", "message: a LF without CR at 33"],
])("a header line is refused with its position: %s", (_, line, problem) => {
  expect(refusalOf(message([START, line, VIA]))).toEqual([400, problem]);
});

test("lines that end in LF alone are refused: the next hop may see other lines (RFC 3261 §7)", () => {
  const text = message([START, VIA]).replaceAll("\r", "");
  expect(refusalOf(text)).toEqual([400, "message: a LF without CR at 21"]);
  expect(salvagedFrom(text)?.headers.lines.map((line) => line.text)).toEqual([VIA]);
});

test.each([START, `${START}\r\n`, `${START}\r\n${VIA}`, `${START}\r\n${VIA}\r\n`])(
  "headers without an empty line after them are half a message (RFC 3261 §7): %j",
  (text) => {
    expect(refusalOf(text)).toEqual([400, `message: no empty line after the headers at ${text.length}`]);
  },
);

test("a body is all octets after the empty line, whatever they are (RFC 3261 §7.4)", () => {
  const body = "\0\r\n\r\n\xff\n v=0\r\n";
  expect(parse(message([START, `Content-Length: ${body.length}`], body)).body).toBe(body);
  expect(parse(message([START], body)).body).toBe(body);
});

test("Content-Length counts octets, not letters (RFC 3261 §20.14)", () => {
  const { body } = parse(message([START, "l: 5"], octetsOf("größe")));
  expect(textOf(body)).toBe("grö\ufffd");
});

test.each([
  ["less than came: the rest is dropped (§18.3)", ["Content-Length: 2"], "ab"],
  ["zero", ["l: 0"], ""],
  ["twice the same", ["Content-Length: 3", "l: 3"], "abc"],
  ["leading zeros", ["Content-Length: 0003"], "abc"],
])("Content-Length is obeyed: %s", (_, lines, body) => {
  expect(parse(message([START, ...lines], "abcd")).body).toBe(body);
});

test.each([
  ["more than came (§18.3)", ["Content-Length: 5"], "Content-Length: 5 octets announced, 4 came at 0"],
  ["two that differ", ["Content-Length: 3", "l: 4"], "Content-Length: two that differ at 0"],
  ["two on one line", ["Content-Length: 4, 4"], "Content-Length: an octet that does not belong here at 2"],
  ["none", ["Content-Length:"], "Content-Length: expected a number at 0"],
  ["a word", ["Content-Length: five"], "Content-Length: expected a number at 1"],
  ["below zero", ["Content-Length: -4"], "Content-Length: expected a number at 1"],
  ["a fraction", ["Content-Length: 4.0"], "Content-Length: an octet that does not belong here at 2"],
  ["no decimal", ["Content-Length: 0x4"], "Content-Length: an octet that does not belong here at 2"],
  [
    "beyond 32 bits",
    ["Content-Length: 4294967296"],
    "Content-Length: expected a number up to 4294967295 at 1",
  ],
])("Content-Length is refused (RFC 3261 §20.14): %s", (_, lines, problem) => {
  expect(refusalOf(message([START, ...lines], "abcd"))).toEqual([400, problem]);
});

test("a message of 128 KB is read, one octet more is refused unread", () => {
  const head = message([START, VIA]);
  const body = "x".repeat(MAX_MESSAGE_OCTETS - head.length);
  expect(parse(head + body).body).toHaveLength(body.length);
  expect(errorOf(`${head}${body}x`)).toEqual(
    new SipSyntaxError("message", 131_072, "more than 131072 octets", { salvaged: undefined }),
  );
});

test("128 header lines are read, one more is refused", () => {
  const lines = (count: number) =>
    message([START, ...Array.from({ length: count }, (_, i) => `X: ${i % 10}`)]);
  expect(linesOf(parse(lines(MAX_HEADER_LINES)))).toHaveLength(128);
  expect(refusalOf(lines(129))).toEqual([400, "message: more than 128 header lines at 797"]);
});

test("continuation lines count as header lines", () => {
  const folds = (count: number) => message([START, "X: 1", ...Array<string>(count).fill(" 2")]);
  expect(linesOf(parse(folds(MAX_HEADER_LINES - 1)))).toEqual([`X: 1${" 2".repeat(127)}`]);
  expect(refusalOf(folds(MAX_HEADER_LINES))).toEqual([400, "message: more than 128 header lines at 541"]);
});

test("a header line of 8 KB is read, one octet more is refused, folded or not", () => {
  const longest = `X: ${"x".repeat(MAX_LINE_OCTETS - 3)}`;
  expect(linesOf(parse(message([START, longest])))).toEqual([longest]);
  const problem = [400, "header: a line of more than 8192 octets at 23"];
  expect(refusalOf(message([START, `${longest}x`]))).toEqual(problem);
  expect(refusalOf(message([START, longest, " "]))).toEqual(problem);
});

test("a start line of 8 KB is read, one octet more is refused, and can be answered", () => {
  const uri = `sip:${"x".repeat(MAX_LINE_OCTETS - "OPTIONS sip: SIP/2.0".length)}`;
  expect(parse(message([`OPTIONS ${uri} SIP/2.0`, VIA]))).toMatchObject({ uri });
  const tooLong = message([`OPTIONS ${uri}x SIP/2.0`, VIA]);
  expect(refusalOf(tooLong)).toEqual([400, "start line: a line of more than 8192 octets at 0"]);
  expect(salvagedFrom(tooLong)).toMatchObject({ method: "OPTIONS" });
});

test("what could be read of a refused request is there to answer it", () => {
  const salvaged = salvagedFrom(message(["OPTIONS sip:h SIP/3.0", VIA, "Garbage", "CSeq: 1 OPTIONS"], "b"));
  expect(salvaged).toMatchObject({ kind: "request", method: "OPTIONS", uri: "sip:h", body: "b" });
  expect(salvaged && linesOf(salvaged)).toEqual([VIA, "CSeq: 1 OPTIONS"]);
});

test.each(["To: a\rb", "To: a\0b", "To: a\n b\r\0"])(
  "an answer must not repeat a CR or NUL, so %j is not salvaged",
  (line) => {
    const salvaged = salvagedFrom(message([START, VIA, line, "CSeq: 1 OPTIONS"]));
    expect(salvaged && linesOf(salvaged)).toEqual([VIA, "CSeq: 1 OPTIONS"]);
  },
);

test.each([
  ["a response, for nobody answers one", message(["SIP/2.0 999 Odd", VIA])],
  ["a request without a method", message(["{} sip:h SIP/2.0", VIA])],
])("nothing is salvaged of %s", (_, text) => {
  expect(errorOf(text)).toBeInstanceOf(SipSyntaxError);
  expect(salvagedFrom(text)).toBeUndefined();
});

test("of several faults the first is told", () => {
  expect(refusalOf(message([START, "Garbage", "Content-Length: 9"]))).toEqual([
    400,
    "header: a line without a colon at 23",
  ]);
});

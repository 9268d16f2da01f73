import fc from "fast-check";

// Messages as RFC 3261 §25.1 has them, also in ways that nobody writes them: compact names, folded lines, odd spacing, escapeds.

const one = fc.constantFrom;
const token = fc.stringMatching(/^[\w.!%*+`'~-]{1,10}$/);
const word = fc.stringMatching(/^[A-Za-z0-9]{1,8}$/);
const escaped = one("%41", "%00", "%0d%0A", "%2B", "%c3%a9");
const host = one("example.com", "LOCALHOST", "a.b-c.invalid", "192.0.2.1", "[2001:db8::1]", "localhost");
const port = one("", "", ":5060", ":0", ":65535");
const lws = one("", " ", "\t", " \r\n ", "\r\n\t");
const quoted = fc
  .array(fc.oneof(word, one(" ", '\\"', "\\\\", ",", ";", "<", "(", "\xc3\xa9")), { maxLength: 6 })
  .map((parts) => `"${parts.join("")}"`);
const value = fc.oneof(token, quoted, host);

const joined = (...parts: readonly fc.Arbitrary<string>[]) =>
  fc.tuple(...parts).map((texts) => texts.join(""));
const some = (part: fc.Arbitrary<string>, max: number) =>
  fc.array(part, { maxLength: max }).map((parts) => parts.join(""));
const list = (part: fc.Arbitrary<string>, max: number) =>
  fc.array(part, { minLength: 1, maxLength: max }).map((parts) => parts.join(", "));

const headerParam = fc.oneof(
  joined(lws, one(";"), lws, token),
  joined(one(";"), token, lws, one("="), value),
);
const uriParam = fc.oneof(
  joined(one(";"), word),
  joined(one(";"), word, one("="), fc.oneof(word, escaped)),
  one(
    ";lr",
    ";transport=ws",
    ";user=phone",
    ";pn-provider=apns;pn-param=T.com.a.voip;pn-prid=0a",
    ";gr",
    ";ob",
  ),
);
const user = some(fc.oneof(word, escaped, one("+", "-", ";x=y", "/", "?")), 4).filter((text) => text !== "");
const uri = fc.oneof(
  joined(one("sip:", "sips:", "SIP:"), host, port, some(uriParam, 2)),
  joined(
    one("sip:"),
    user,
    one("", "", ":pw"),
    one("@"),
    host,
    port,
    some(uriParam, 4),
    one("", "", "?a=b&Route=%3Cx%3E"),
  ),
  one(
    "tel:+49;phone-context=a",
    "urn:service:sos",
    "sip:bob@localhost",
    "sip:alice@localhost",
    "sip:localhost",
  ),
);
const address = fc.oneof(
  joined(fc.oneof(quoted, one("", "A B ")), lws, one("<"), uri, one(">"), some(headerParam, 3)),
  joined(one("sip:"), word, one("@"), host, some(headerParam, 2)),
);
const via = joined(
  one("SIP/2.0/WSS ", "sip / 2.0 / ws\t", "SIP/2.0/UDP "),
  host,
  port,
  joined(one(";branch=z9hG4bK", ";branch=", ";BRANCH=z9hG4bKf."), word),
  some(headerParam, 2),
);
const feature = one(
  ";video",
  ';+sip.a="<x>"',
  ';language="en,!de"',
  ';+g.b="#>=3,!#5"',
  ";require;explicit",
  ';methods="INVITE"',
);

const METHODS = [
  "INVITE",
  "REGISTER",
  "MESSAGE",
  "OPTIONS",
  "SUBSCRIBE",
  "ACK",
  "BYE",
  "CANCEL",
  "NOTIFY",
  "x-A!",
] as const;
const method = one(...METHODS);
const named = (names: readonly [string, ...string[]], content: fc.Arbitrary<string>) =>
  joined(one(...names), one("", "", " ", "\t"), one(":"), lws, content);

/** A header line each; most messages have none of them, or few. */
const optional = fc.oneof(
  named(["Contact", "m", "CONTACT"], fc.oneof(list(address, 3), one("*"))),
  named(["Route", "Record-Route", "Path", "Service-Route"], list(address, 2)),
  named(["Expires", "Min-Expires", "Max-Breadth", "Flow-Timer"], one("0", "60", "3600", "4294967295")),
  named(
    ["Require", "Proxy-Require", "Supported", "k", "Allow", "Allow-Events", "Request-Disposition"],
    list(token, 3),
  ),
  named(["Accept-Contact", "a", "Reject-Contact", "j"], list(joined(one("*"), some(feature, 3)), 2)),
  named(["Event", "o"], joined(one("reg", "presence"), some(headerParam, 2))),
  named(["Accept"], one("application/reginfo+xml", "*/*;q=0.1, text/plain", "")),
  named(
    ["Authorization", "Proxy-Authorization"],
    list(joined(one("Digest username="), quoted, one(',realm="localhost",qop=auth,nc=1')), 1),
  ),
  named(
    ["Date", "Timestamp", "Retry-After", "Subject", "X-P-Push"],
    one(
      "Mon, 23 Nov 2026 09:00:00 GMT",
      "device-os=ios;device-uid=0a;app-id=com.a;allow-call-push=true",
      "5 (a)",
    ),
  ),
  named(["Content-Type", "c"], one("application/sdp", "message/cpim", "text/plain;charset=utf-8")),
);

const mandatory = (name: fc.Arbitrary<string>) =>
  fc
    .tuple(
      fc.array(named(["Via", "v"], list(via, 2)), { minLength: 1, maxLength: 3 }),
      named(["From", "f"], address),
      named(["To", "t"], address),
      named(["Call-ID", "i", "call-id"], joined(word, one("", "@h", '<a>:"/[]?{}'))),
      named(["CSeq"], joined(one("1", "2147483647"), one(" ", "\t  "), name)),
      fc.array(named(["Max-Forwards"], one("70", "0", "255")), { maxLength: 1 }),
    )
    .map((parts) => parts.flat());

const lines = (name: fc.Arbitrary<string>) =>
  fc
    .tuple(mandatory(name), fc.array(optional, { maxLength: 5 }))
    .chain(([must, may]) => fc.shuffledSubarray([...must, ...may], { minLength: must.length + may.length }));

const body = fc.oneof(
  one("", "v=0\r\n"),
  fc.string({ maxLength: 30 }).map((text) => Buffer.from(text).toString("latin1")),
);
const start = (name: string) => joined(one(`${name} `), uri, one(" SIP/2.0"));
const request = method.chain((name) => message(start(name), one(name)));
const response = message(joined(one("SIP/2.0 180 Ringing", "sip/2.0 200 ", "SIP/2.0 699 \xc3\xa9")), method);

function message(startLine: fc.Arbitrary<string>, name: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(startLine, lines(name), body, fc.boolean())
    .map(([first, rest, content, isCounted]) =>
      [first, ...rest, ...(isCounted ? [`Content-Length: ${content.length}`] : []), "", content].join("\r\n"),
    );
}

/** As many messages, the same ones for the same seed. */
export function messages(seed: number, count: number): readonly string[] {
  return fc.sample(fc.oneof({ arbitrary: request, weight: 4 }, { arbitrary: response, weight: 1 }), {
    seed,
    numRuns: count,
  });
}

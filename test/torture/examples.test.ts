import { expect, test } from "vitest";
import type { ReadableField } from "../../functions/sip/field.ts";
import * as fields from "../../functions/sip/fields.ts";
import { format } from "../../functions/sip/format.ts";
import type { SipMessage } from "../../functions/sip/message.ts";
import { parse } from "../../functions/sip/parse.ts";
import { parseUri } from "../../functions/sip/uri.ts";
import { type Example, examplesOf } from "./the-messages.ts";

// The messages that RFC 3261 and RFC 3665 show are what every implementation was first tried with.

const FIELDS: readonly ReadableField<unknown>[] = Object.values(fields);

/** Where the RFCs slip: what they say, what they mean, and what is said of it here. */
const SLIPS = [
  ["3261", "22.1", ", <...>", "", "Authorization: expected a parameter name"],
  [
    "3665",
    "2.1",
    '"atlanta.example.com"\r\n nonce',
    '"atlanta.example.com",\r\n nonce',
    "Authorization: an octet",
  ],
  ["3665", "3.9", "SIP/2.0  486", "SIP/2.0 486", "start line: expected a status"],
  ["3665", "3.10", "lr>,\r\n<sip:", "lr>,\r\n <sip:", "header: a name that is no token"],
] as const;

const mended = ({ section, head, body }: Example): Example => ({
  section,
  head: SLIPS.reduce((so, [, , slip, meant]) => so.replace(slip, meant), head),
  body,
});

/** The message on the wire. A body that the RFC does not show is as long as it says that it is. */
function wireText({ head, body }: Example): string {
  const length = Number(/^Content-Length: *(\d+)/m.exec(head)?.[1] ?? 0);
  return `${head}\r\n\r\n${body === "" ? "x".repeat(length) : body}`;
}

/** All that can be read of a message: its start line, and every value of every header that we know. */
function contentsOf(message: SipMessage) {
  const { headers, body } = message;
  const start =
    message.kind === "request" ? [message.method, parseUri(message.uri)] : [message.status, message.reason];
  const known = FIELDS.filter((field) => headers.has(field)).map((field) => [field.name, headers.all(field)]);
  return { start, known, names: headers.lines.map(({ key }) => key), body };
}

const EXAMPLES = (["3261", "3665"] as const).flatMap((rfc) =>
  examplesOf(`rfc${rfc}`).map((example, index) => {
    const [startLine = ""] = example.head.split("\r\n");
    return { rfc, index: index + 1, section: example.section, startLine, example };
  }),
);

test.each(["3261", "3665"] as const)("none of RFC %s's examples is missing", (rfc) => {
  expect(EXAMPLES.filter((each) => each.rfc === rfc)).toHaveLength(rfc === "3261" ? 50 : 181);
});

test.each(
  EXAMPLES.map(
    ({ rfc, section, index, startLine, example }) => [rfc, section, index, startLine, example] as const,
  ),
)(
  "RFC %s §%s, no. %i, %s: is read whole, and written so that it reads the same",
  (_rfc, _section, _index, _startLine, example) => {
    const text = wireText(mended(example));
    const message = parse(text);
    const contents = contentsOf(message);
    expect(text.slice(text.indexOf("\r\n\r\n") + 4).startsWith(contents.body)).toBe(true);
    expect(contentsOf(parse(format(message)))).toEqual(contents);
  },
);

test.each(SLIPS)(
  "RFC %s §%s slips: %j, which should be %j, is refused (%s)",
  (rfc, section, slip, _, problem) => {
    const found = EXAMPLES.filter((each) => each.rfc === rfc && each.example.head.includes(slip));
    expect(new Set(found.map((each) => each.section))).toEqual(new Set([section]));
    for (const { example } of found) expect(() => contentsOf(parse(wireText(example)))).toThrow(problem);
  },
);

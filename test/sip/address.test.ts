import { expect, test } from "vitest";
import { type Address, formatAddress } from "../../functions/sip/address.ts";
import { Contact, From } from "../../functions/sip/fields.ts";
import { HeaderLine } from "../../functions/sip/headers.ts";
import { octetsOf } from "../../functions/sip/octets.ts";
import { SipSyntaxError } from "../../functions/sip/syntax-error.ts";

const read = (text: string) => new HeaderLine(From.key, text, 0).read(From)[0];
const contacts = (text: string) => new HeaderLine(Contact.key, text, 0).read(Contact);
const uri = "sip:alice@example.com";

test.each<[idea: string, text: string, address: Address]>([
  ["a URI alone", uri, { display: undefined, uri, params: [] }],
  ["a URI in brackets", `<${uri}>`, { display: undefined, uri, params: [] }],
  ["a name of tokens", `Alice A.  <${uri}>`, { display: "Alice A.", uri, params: [] }],
  ["no space before the bracket", `Alice<${uri}>`, { display: "Alice", uri, params: [] }], // RFC 4475 §3.1.1.6
  ["a quoted name, its quotes kept", `"Alice" <${uri}>`, { display: '"Alice"', uri, params: [] }],
  ["an empty quoted name", `""<${uri}>`, { display: '""', uri, params: [] }],
  [
    "commas, brackets and escapes in quotes",
    `"A, <b> \\"c\\" \\\\" <${uri}>`,
    { display: '"A, <b> \\"c\\" \\\\"', uri, params: [] },
  ],
  ["a name in UTF-8", octetsOf(`"Zoë" <${uri}>`), { display: '"Zo\xc3\xab"', uri, params: [] }],
  ["spaces within the brackets", `< ${uri} >`, { display: undefined, uri, params: [] }], // RFC 4475 §3.1.2.14
  [
    "what follows a bare URI is the header's (§20.10)",
    `${uri};tag=1;x`,
    { display: undefined, uri, params: [["tag", "1"], ["x"]] },
  ],
  [
    "what is inside the brackets is the URI's",
    `<${uri};transport=ws?a=b> ; tag=1`,
    { display: undefined, uri: `${uri};transport=ws?a=b`, params: [["tag", "1"]] },
  ],
])("an address (RFC 3261 §20.10): %s", (_, text, address) => {
  expect(read(text)).toEqual(address);
});

test("an address is written in brackets, its name and parameters as spelled (RFC 3261 §20.10)", () => {
  const written = (text: string) => formatAddress(read(text) ?? { display: undefined, uri: "", params: [] });
  expect(written(`${uri} ;Tag=a1`)).toBe(`<${uri}>;Tag=a1`);
  expect(written(`"A, \\"b\\""<${uri};ob>;+sip.instance="<urn:uuid:1>";reg-id=1`)).toBe(
    `"A, \\"b\\"" <${uri};ob>;+sip.instance="<urn:uuid:1>";reg-id=1`,
  );
});

test("a comma separates contacts, unless it is quoted or in brackets (RFC 3261 §7.3.1)", () => {
  expect(contacts(`"a, b" <sip:a,b@h>;q=0.5, sip:c@h , <sip:d@h>`)).toEqual([
    { display: '"a, b"', uri: "sip:a,b@h", params: [["q", "0.5"]] },
    { display: undefined, uri: "sip:c@h", params: [] },
    { display: undefined, uri: "sip:d@h", params: [] },
  ]);
});

test("a star stands for all contacts (RFC 3261 §10.2.2)", () => {
  expect(contacts(" * ")).toEqual(["*"]);
  // JsSIP adds the parameters of its Contact even here.
  expect(contacts("*;pn-provider=fcm;expires=0")).toEqual(["*"]);
  expect(Contact.write("*")).toBe("*");
});

test.each([
  ["", 0, "expected a URI"],
  [";tag=1", 0, "expected a URI"],
  ["<>", 1, "expected a URI"],
  ["< >", 1, "expected a URI"],
  [`<${uri}`, 1, 'expected ">" after the URI'],
  [`"Alice" ${uri}`, 8, 'expected "<"'],
  [`"Alice <${uri}>`, 1, "a quoted string without an end"], // RFC 4475 §3.1.2.6
  [`"Alice\\" <${uri}>`, 1, "a quoted string without an end"],
  [`Al"ice" <${uri}>`, 2, "a quote inside a name or a URI"],
  [`Bell, Al <${uri}>`, 4, "an octet that does not belong here"], // RFC 4475 §3.1.2.15
  [`<${uri}> x`, 24, "an octet that does not belong here"],
  [`<${uri}>, <${uri}>`, 23, "an octet that does not belong here"], // From holds one address
  [`${uri}>`, 21, 'a ">" without its "<"'], // in brackets it would end the URI early
])("%j is refused where it goes wrong", (text, at, problem) => {
  expect(() => read(text)).toThrow(new SipSyntaxError("From", at, problem));
});

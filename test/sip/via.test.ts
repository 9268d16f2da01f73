import { expect, test } from "vitest";
import { Via } from "../../functions/sip/fields.ts";
import { HeaderLine } from "../../functions/sip/headers.ts";
import { SipSyntaxError } from "../../functions/sip/syntax-error.ts";
import { formatVia, type Via as ViaValue } from "../../functions/sip/via.ts";

const read = (text: string) => new HeaderLine(Via.key, text, 0).read(Via);

test.each<[text: string, via: ViaValue]>([
  [
    "SIP/2.0/WSS k2m9x0qv7t1a.invalid;branch=z9hG4bK4410221",
    { transport: "WSS", sentBy: "k2m9x0qv7t1a.invalid", params: [["branch", "z9hG4bK4410221"]] },
  ],
  ["SIP/2.0/TLS [2001:db8::9:1]:5061", { transport: "TLS", sentBy: "[2001:db8::9:1]:5061", params: [] }],
  [
    "SIP / 2.0 / UDP  192.0.2.2 : 5060 ; rport",
    { transport: "UDP", sentBy: "192.0.2.2:5060", params: [["rport"]] },
  ],
  ["sip/2.0/ws h;alias", { transport: "ws", sentBy: "h", params: [["alias"]] }],
])("a hop is a transport, a sent-by and parameters (RFC 3261 §20.42): %s", (text, via) => {
  expect(read(text)).toEqual([via]);
});

test("two hops on one line are two values, the topmost first (RFC 3261 §7.3.1)", () => {
  const vias = read("SIP/2.0/WSS a.invalid;branch=z9hG4bK1 , SIP/2.0/UDP b.example.com;branch=z9hG4bK2");
  expect(vias.map((via) => via.sentBy)).toEqual(["a.invalid", "b.example.com"]);
});

test("a hop is written without the white space it came with", () => {
  const [via] = read("SIP / 2.0 / UDP  192.0.2.2 : 5060 ; branch = z9hG4bK1;rport");
  expect(via && formatVia(via)).toBe("SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK1;rport");
});

test.each([
  ["HTTP/2.0/WSS h", 8, "expected SIP/2.0"],
  ["SIP/3.0/WSS h", 7, "expected SIP/2.0"],
  ["SIP 2.0/WSS h", 4, 'expected "/"'],
  ["SIP/2.0 WSS h", 8, 'expected "/"'],
  ["SIP/2.0/ ", 9, "expected a transport"],
  ["SIP/2.0/WSS", 11, "expected a host"],
  ["SIP/2.0/WSS ;branch=1", 12, "expected a host"],
  ["SIP/2.0/WSS 2001:db8::1", 17, "expected a number"], // RFC 5118 §4.5: sent-by needs its brackets
  ["SIP/2.0/WSS [::1", 16, 'expected "]"'],
  ["SIP/2.0/WSS h:65536", 14, "expected a number up to 65535"],
  ["SIP/2.0/WSS h,", 14, "expected a protocol name"],
  ["SIP/2.0/WSS h h", 14, "an octet that does not belong here"],
])("%j is refused where it goes wrong", (text, at, problem) => {
  expect(() => read(text)).toThrow(new SipSyntaxError("Via", at, problem));
});

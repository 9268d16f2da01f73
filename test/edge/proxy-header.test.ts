import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { proxyHeaderIn } from "../../infra/edge/proxy-header.ts";
import { proxyV2 } from "./proxy-v2.ts";

const SIP = "REGISTER sip:localhost SIP/2.0\r\n";

function read(text: string | Buffer) {
  return proxyHeaderIn(typeof text === "string" ? Buffer.from(text, "latin1") : text);
}

const V4 = proxyV2(0x21, 0x11, [192, 0, 2, 7, 198, 51, 100, 1, 0xc3, 0x50, 0x13, 0xc4]);
const V6_ADDRESSES = [
  ...[0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6],
  ...Array(16).fill(1),
  ...[0xc3, 0x50, 0x13, 0xc4],
];
const MAPPED = [...Array(10).fill(0), 0xff, 0xff, 192, 0, 2, 7, ...V6_ADDRESSES.slice(16)];

describe("the header of the PROXY protocol", () => {
  test.each([
    [
      "version 1, IPv4",
      "PROXY TCP4 192.0.2.7 198.51.100.1 50000 5060\r\n",
      { address: "192.0.2.7", port: 50_000 },
    ],
    [
      "version 1, IPv6",
      "PROXY TCP6 2001:db8::7 2001:db8::1 50000 5060\r\n",
      { address: "2001:db8::7", port: 50_000 },
    ],
    ["version 1, of nobody it knows", "PROXY UNKNOWN whatever\r\n", undefined],
    ["version 1, of nobody", "PROXY UNKNOWN\r\n", undefined],
    ["version 2, IPv4", V4, { address: "192.0.2.7", port: 50_000 }],
    ["version 2, IPv6", proxyV2(0x21, 0x21, V6_ADDRESSES), { address: "2001:db8:1:2:3:4:5:6", port: 50_000 }],
    ["version 2, IPv4 in IPv6", proxyV2(0x21, 0x21, MAPPED), { address: "192.0.2.7", port: 50_000 }],
    [
      "version 2, with more behind the addresses",
      proxyV2(0x21, 0x11, [...V4.subarray(16), 3, 0, 1, 9]),
      { address: "192.0.2.7", port: 50_000 },
    ],
    ["version 2, for the proxy itself", proxyV2(0x20, 0, []), undefined],
    ["version 2, of another family", proxyV2(0x21, 0x31, Array(216).fill(0)), undefined],
    ["version 2, too short for its family", proxyV2(0x21, 0x11, [1, 2, 3]), undefined],
  ])("%s", (_, header, source) => {
    const octets = Buffer.concat([Buffer.from(header as string, "latin1"), Buffer.from(SIP)]);
    expect(read(octets)).toEqual({ length: header.length, source });
    for (let length = 0; length < header.length; length++)
      expect(read(octets.subarray(0, length))).toBe("more");
  });

  test.each([
    ["version 1 with a name", "PROXY TCP4 localhost localhost 1 2\r\n"],
    ["version 1 without ports", "PROXY TCP4 192.0.2.7 192.0.2.1\r\n"],
    ["version 1 without an end", `PROXY UNKNOWN ${"x".repeat(200)}`],
    ["version 1 with a bare LF", "PROXY TCP4 192.0.2.7 192.0.2.1 1 2\n"],
    ["another version", proxyV2(0x31, 0x11, [])],
  ])("that cannot be read: %s", (_, octets) => {
    expect(read(octets)).toBe("broken");
  });

  test.each([
    ["SIP", SIP],
    ["a ping and SIP", `\r\n\r\n${SIP}`],
    ["a TLS handshake", "\x16\x03\x01"],
    ["HTTP", "GET / HTTP/1.1\r\n"],
    ["a method that begins so", "PROXYING sip:a SIP/2.0\r\n"],
  ])("is not taken for one: %s", (_, octets) => {
    expect(read(octets)).toBe("none");
  });

  test("is read to its end and no further, whatever it is made of", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom(V4, Buffer.from("PROXY ")),
        (rest, start) => {
          const octets = Buffer.concat([start.subarray(0, 12), rest]);
          const header = read(octets);
          if (typeof header === "object") expect(header.length).toBeLessThanOrEqual(octets.length);
        },
      ),
    );
  });
});

import { describe, expect, test } from "vitest";
import { Via } from "../../functions/sip/fields.ts";
import { format } from "../../functions/sip/format.ts";
import { parse } from "../../functions/sip/parse.ts";
import { withReceived } from "../../functions/sip/received.ts";

function viasSeenFrom(address: string, vias: string, isStream = true): readonly string[] {
  const request = parse(`INFO sip:a SIP/2.0\r\nMax-Forwards: 7\r\n${vias}\r\nTo: <sip:a>\r\n\r\n`);
  if (request.kind !== "request") throw new Error("no request");
  const stamped = parse(format(withReceived(request, { address, port: 40_000, isStream })));
  return stamped.headers.all(Via).map((via) => Via.write(via));
}

describe("the topmost Via of what comes over a stream", () => {
  test.each([
    ["192.0.2.7", "Via: SIP/2.0/TCP 10.0.0.1;branch=b", "SIP/2.0/TCP 10.0.0.1;branch=b;received=192.0.2.7"],
    ["192.0.2.7", "v: SIP/2.0/TCP 192.0.2.7:5060;branch=b", "SIP/2.0/TCP 192.0.2.7:5060;branch=b"],
    [
      "192.0.2.7",
      "Via: SIP/2.0/TCP h;RPORT;branch=b",
      "SIP/2.0/TCP h;rport=40000;branch=b;received=192.0.2.7",
    ],
    ["192.0.2.7", "Via: SIP/2.0/TCP 192.0.2.7;rport", "SIP/2.0/TCP 192.0.2.7;rport=40000;received=192.0.2.7"],
    ["192.0.2.7", "Via: SIP/2.0/TCP h;Received=1.2.3.4", "SIP/2.0/TCP h;received=192.0.2.7"],
    ["2001:db8::7", "Via: SIP/2.0/TLS [2001:DB8::7]:5061", "SIP/2.0/TLS [2001:DB8::7]:5061"],
    ["2001:db8::7", "Via: SIP/2.0/TLS h", "SIP/2.0/TLS h;received=2001:db8::7"],
  ])("from %s, %s", (address, line, expected) => {
    expect(viasSeenFrom(address, line)).toEqual([expected]);
  });

  test("is the only one that changes, on one line with others or not", () => {
    const others = ["SIP/2.0/UDP b;rport", "SIP/2.0/WS c"];
    const first = "SIP/2.0/TCP a;received=192.0.2.7";
    expect(viasSeenFrom("192.0.2.7", `Via: SIP/2.0/TCP a, ${others[0]}\r\nVia: ${others[1]}`)).toEqual([
      first,
      ...others,
    ]);
    const lines = ["SIP/2.0/TCP a", ...others].map((via) => `Via: ${via}`).join("\r\n");
    expect(viasSeenFrom("192.0.2.7", lines)).toEqual([first, ...others]);
  });
});

test("a WebSocket's Via stays as it is unless it asks for the port (RFC 7118 §5.1)", () => {
  const via = "SIP/2.0/WS h.invalid;branch=b";
  expect(viasSeenFrom("192.0.2.7", `Via: ${via}`, false)).toEqual([via]);
  expect(viasSeenFrom("192.0.2.7", `Via: ${via};rport`, false)).toEqual([
    `${via};rport=40000;received=192.0.2.7`,
  ]);
});

test("a request without a Via has none", () => {
  expect(viasSeenFrom("192.0.2.7", "X: y")).toEqual([]);
});

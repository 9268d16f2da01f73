import { expect, test } from "vitest";
import { MaxForwards, Via } from "../../functions/sip/fields.ts";
import { format } from "../../functions/sip/format.ts";
import { Headers } from "../../functions/sip/headers.ts";
import { parse } from "../../functions/sip/parse.ts";

const headers = Headers.none.append(MaxForwards, 70);

test("a request is its start line, its header lines, an empty line and its body (RFC 3261 §7)", () => {
  expect(format({ kind: "request", method: "OPTIONS", uri: "sip:h", headers, body: "\0\xff" })).toBe(
    "OPTIONS sip:h SIP/2.0\r\nMax-Forwards: 70\r\n\r\n\0\xff",
  );
});

test("a response without a reason keeps the space before it (RFC 3261 §7.2)", () => {
  expect(format({ kind: "response", status: 200, reason: "", headers, body: "" })).toBe(
    "SIP/2.0 200 \r\nMax-Forwards: 70\r\n\r\n",
  );
});

test("lines that nobody touched leave as they came, around those that changed (RFC 3261 §16.6)", () => {
  const text = (via: string, hops: number) =>
    [
      "INVITE sip:bob@h SIP/2.0",
      `${via}v:SIP/2.0/UDP a ;branch = 1`,
      "X-odd :  ;;,, \t",
      "x-ODD: twice",
      `Max-Forwards: ${hops}`,
      "Subject:\tgr\xc3\xbc\xc3\x9fe \xff",
      "l: 3",
      "",
      "b\0\n",
    ].join("\r\n");
  const request = parse(text("", 70));
  const forwarded = request.headers
    .replace(MaxForwards, 69)
    .prepend(Via, { transport: "WSS", sentBy: "p", params: [["branch", "z9hG4bK2"]] });
  expect(format({ ...request, headers: forwarded })).toBe(
    text("Via: SIP/2.0/WSS p;branch=z9hG4bK2\r\n", 69).replace("X-odd :", "X-odd:"),
  );
});

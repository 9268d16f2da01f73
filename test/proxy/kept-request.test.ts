import fc from "fast-check";
import { expect, test } from "vitest";
import { keepRequest, keptRequest } from "../../functions/proxy/kept-request.ts";
import { ContentLength } from "../../functions/sip/fields.ts";
import { format } from "../../functions/sip/format.ts";
import { octetsOfBytes } from "../../functions/sip/octets.ts";
import { parse } from "../../functions/sip/parse.ts";
import { invite, linesOf, request } from "../support/a-request.ts";

const token = fc.string({ unit: fc.constantFrom(..."abcXYZ019-.!%*_+`'~"), minLength: 1, maxLength: 12 });
const value = fc
  .uint8Array({ maxLength: 40 })
  .map((bytes) => octetsOfBytes(Buffer.from(bytes)).replace(/[\r\n\0]/g, ""));
const line = fc
  .tuple(
    token.map((name) => `X-${name}`),
    value,
  )
  .map(([name, text]) => `${name}:${text}`);
const body = fc.uint8Array({ maxLength: 100 }).map((bytes) => octetsOfBytes(Buffer.from(bytes)));

test("a request is kept as it came, to the octet, whatever its headers and its body hold", () => {
  fc.assert(
    fc.property(token, fc.array(line, { maxLength: 8 }), body, (method, lines, content) => {
      const asked = request([`${method} sip:bob@example.com SIP/2.0`, ...lines], content);
      const kept = keptRequest(keepRequest(asked));
      expect([kept.method, kept.uri, kept.body]).toEqual([method, "sip:bob@example.com", content]);
      expect(linesOf({ ...kept, headers: kept.headers.without(ContentLength) })).toEqual(lines);
      expect(kept.headers.first(ContentLength)).toBe(content.length);
      // And what is sent of it is read as the same request again.
      expect(parse(format(kept))).toMatchObject({ method, body: content });
    }),
  );
});

test("its Content-Length is that of the body that is left: none once that was dropped", () => {
  const { head, body: content } = keepRequest(invite("l: 5"));
  expect(content).toBe("v=0\r\n");
  const light = keptRequest({ head, body: "" });
  expect(light.headers.all(ContentLength)).toEqual([0]);
  expect(light.body).toBe("");
});

test("only a request is a kept request", () => {
  expect(() => keptRequest({ head: "SIP/2.0 200 OK\r\n\r\n", body: "" })).toThrow("a response was kept");
});

import { describe, expect, test } from "vitest";
import { checkProxyRequire } from "../../functions/proxy/proxy-require.ts";
import { checkRequest } from "../../functions/sip/check-request.ts";
import { Unsupported } from "../../functions/sip/fields.ts";
import { Headers } from "../../functions/sip/headers.ts";
import { Refusal } from "../../functions/sip/refusal.ts";
import { SipSyntaxError } from "../../functions/sip/syntax-error.ts";
import { invite, request } from "../support/a-request.ts";

// What a request must be before it is proxied (RFC 3261 §16.3).

/** The option tags that a request is refused for; undefined if it is not refused. */
function unsupported(method: string, ...lines: string[]): readonly string[] | undefined {
  try {
    checkProxyRequire(request([`${method} sip:bob@example.com SIP/2.0`, ...lines]));
    return undefined;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    expect([error.status, error.reason]).toEqual([420, "Bad Extension"]);
    return new Headers(error.headers).all(Unsupported);
  }
}

describe("a Proxy-Require that we do not understand is refused, and said which (§16.3 step 5)", () => {
  test.each([
    ["one tag", ["Proxy-Require: sec-agree"], ["sec-agree"]],
    ["two of them on one line", ["Proxy-Require: foo, Bar"], ["foo", "Bar"]],
    ["two of them on two lines", ["Proxy-Require: foo", "proxy-require: bar"], ["foo", "bar"]],
    ["one beside one that is understood", ["Proxy-Require: pref, foo"], ["foo"]],
  ])("%s", (_, lines, tags) => {
    for (const method of ["INVITE", "MESSAGE", "BYE", "FLUMMOX"])
      expect(unsupported(method, ...lines)).toEqual(tags);
  });

  test.each([
    ["none at all", []],
    ["an empty one", ["Proxy-Require:"]],
    ["caller preferences (RFC 3841 §5)", ["Proxy-Require: PREF"]],
    ["what is required of the callee, which is not ours to judge (§8.2.2.3)", ["Require: 100rel, foo"]],
  ])("but not %s", (_, lines) => {
    expect(unsupported("INVITE", ...lines)).toBeUndefined();
  });

  test.each(["ACK", "CANCEL"])("nor in a %s, where it is ignored (§8.2.2.3)", (method) => {
    expect(unsupported(method, "Proxy-Require: foo")).toBeUndefined();
  });
});

test.each(["seventy", "-1", "256", "70 71", "", "1.5", "0x10"])(
  "a Max-Forwards of '%s' is malformed (§16.3 step 1, §20.22)",
  (hops) => {
    const lines = invite().headers.lines.filter(({ key }) => key !== "max-forwards");
    const asked = request([
      "INVITE sip:bob@example.com SIP/2.0",
      ...lines.map(({ text }) => text),
      `Max-Forwards: ${hops}`,
    ]);
    expect(() => checkRequest(asked)).toThrow(SipSyntaxError);
  },
);

test("headers that we do not look into may be malformed (§16.3 step 1)", () => {
  expect(() => checkRequest(invite("Date: whenever", "Content-Disposition: ;;", "Contact: <"))).not.toThrow();
});

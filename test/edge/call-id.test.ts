import { expect, test } from "vitest";
import { callIdIn } from "../../infra/edge/call-id.ts";

function frameWith(...lines: string[]): string {
  return [
    "INVITE sip:bob@example.com SIP/2.0",
    "Via: SIP/2.0/WS x",
    ...lines,
    "CSeq: 1 INVITE",
    "",
    "body",
  ].join("\r\n");
}

test.each([
  ["as everybody writes it", "Call-ID: a84b4c76@pc33"],
  ["without a blank", "Call-ID:a84b4c76@pc33"],
  ["with blanks all around", "Call-ID \t:\t a84b4c76@pc33 \t"],
  ["in capitals", "CALL-ID: a84b4c76@pc33"],
  ["in small letters", "call-id: a84b4c76@pc33"],
  ["in its compact form", "i: a84b4c76@pc33"],
  ["in its compact form in capitals", "I : a84b4c76@pc33"],
])("a Call-ID is seen %s", (_, line) => {
  expect(callIdIn(frameWith(line))).toBe("a84b4c76@pc33");
});

test("the case of a Call-ID's value counts (RFC 3261 §8.1.1.4)", () => {
  expect(callIdIn(frameWith("i: aBcD"))).toBe("aBcD");
});

test("headers that begin alike are passed over", () => {
  expect(
    callIdIn(frameWith("Identity: x", "In-Reply-To: y", "Call-Info: z", "Call-IDs: w", "i: right")),
  ).toBe("right");
});

test("what a body says is not looked at, even if it is a message", () => {
  expect(callIdIn(`${frameWith("i: right")}\r\nCall-ID: wrong\r\n\r\n`)).toBe("right");
  expect(callIdIn(`${frameWith()}\r\nCall-ID: wrong\r\n\r\n`)).toBe("");
});

test("empty lines before a message are passed over (RFC 3261 §7.5)", () => {
  expect(callIdIn(`\r\n\r\n${frameWith("i: right")}`)).toBe("right");
});

test("a letter that Unicode makes longer in lower case moves nothing", () => {
  expect(callIdIn(frameWith('From: "İpek İ" <sip:ipek@example.com>', "i: a84b4c76@pc33"))).toBe(
    "a84b4c76@pc33",
  );
});

test("frames without a Call-ID that can be seen have the same one", () => {
  for (const frame of ["", "\r\n\r\n", "no SIP", frameWith(), "i: without an end", frameWith("Call-ID")]) {
    expect(callIdIn(frame)).toBe("");
  }
});

test("a Call-ID at the very end of a frame is seen, too", () => {
  expect(callIdIn("OPTIONS sip:x SIP/2.0\r\nCall-ID: cut-off")).toBe("cut-off");
});

test("what a body says in the compact form is no Call-ID", () => {
  expect(callIdIn("MESSAGE sip:x SIP/2.0\r\nCSeq: 1 MESSAGE\r\n\r\nlist\r\ni: not this")).toBe("");
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { type CallPush, pushData, uuidOf } from "../../functions/push/call-push.ts";

const CALL: CallPush = {
  callId: "7mw2k5q1x9c8v0b3n6h4d2",
  from: "sip:alice@example.com",
  name: "Alice Liddell",
  to: "sip:bob@example.com",
  expiresAt: Date.UTC(2026, 10, 23, 9, 0, 25),
};

test("a push tells the phone which INVITE will come, from whom, for whom, and until when", () => {
  expect(pushData(CALL)).toEqual({
    v: "1",
    kind: "call",
    callId: "7mw2k5q1x9c8v0b3n6h4d2",
    uuid: uuidOf(CALL.callId),
    from: "sip:alice@example.com",
    name: "Alice Liddell",
    to: "sip:bob@example.com",
    expires: "2026-11-23T09:00:25.000Z",
  });
});

test("all its values are strings, as FCM demands", () => {
  for (const value of Object.values(pushData({ ...CALL, name: "" }))) expect(typeof value).toBe("string");
});

test("a call has one UUID, version 8, for its push, its INVITE and any repetition (RFC 9562 §5.8)", () => {
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      expect(uuidOf(one)).toMatch(uuid);
      expect(uuidOf(one)).toBe(uuidOf(one));
      if (one !== other) expect(uuidOf(one)).not.toBe(uuidOf(other));
    }),
  );
  // sha256("call-1"), with the version and the variant put in.
  expect(uuidOf("call-1")).toBe("5d7963c4-f471-8142-b5a7-2214a9666fb1");
});

test("whatever a stranger calls itself, the push is small and its letters are whole", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 600 });
  fc.assert(
    fc.property(text, text, text, (callId, from, name) => {
      const data = pushData({ ...CALL, callId, from, name });
      expect(Array.from(data.name).length).toBeLessThanOrEqual(64);
      for (const value of Object.values(data)) expect(Buffer.from(value).toString()).toBe(value);
      for (const [cut, whole] of [
        [data.callId, callId],
        [data.from, from],
        [data.name, name],
      ] as const) {
        expect(whole.startsWith(cut)).toBe(true);
      }
    }),
  );
  const emoji = "🐇".repeat(5_000);
  const { callId, from, to, name } = pushData({
    ...CALL,
    callId: emoji,
    from: emoji,
    to: emoji,
    name: emoji,
  });
  expect([callId, from, to].map((value) => value.length)).toEqual([512, 512, 512]);
  expect(name).toBe("🐇".repeat(64));
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { uuidOf } from "../../functions/push/call-uuid.ts";
import { pushData } from "../../functions/push/push-data.ts";
import { DATA, PUSHES, RABBITS } from "./a-push.ts";

test.each(Object.values(PUSHES))("a $kind push tells the phone this, and no more", (push) => {
  expect(pushData(push)).toEqual(DATA[push.kind]);
});

test.each(["cancelled", "answered elsewhere", "declined elsewhere", "missed"] as const)(
  "a phone hears that its call is over because it was %s, and finds the call by the UUID that it had",
  (reason) => {
    const data = pushData({ ...PUSHES.cancel, reason });
    expect(data).toMatchObject({ reason, uuid: pushData(PUSHES.call)["uuid"] });
  },
);

test("a call has one UUID, version 8, for its pushes, its INVITE and any repetition (RFC 9562 §5.8)", () => {
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

test("the UUID is of the whole Call-ID, also where the push has room for its beginning only", () => {
  const [one, other] = ["a", "b"].map((end) => `${"x".repeat(300)}${end}`) as [string, string];
  for (const push of [PUSHES.call, PUSHES.cancel]) {
    expect(pushData({ ...push, callId: one })["uuid"]).toBe(uuidOf(one));
    expect(pushData({ ...push, callId: one })["callId"]).toBe(pushData({ ...push, callId: other })["callId"]);
    expect(pushData({ ...push, callId: one })["uuid"]).not.toBe(pushData({ ...push, callId: other })["uuid"]);
  }
});

test.each(Object.values(PUSHES))(
  "whatever strangers call themselves, a $kind push has strings of whole letters, as FCM demands",
  (push) => {
    const text = fc.string({ unit: "grapheme", maxLength: 600 });
    fc.assert(
      fc.property(fc.record({ callId: text, from: text, name: text, to: text, method: text }), (texts) => {
        const whole: Readonly<Record<string, string>> = texts;
        const data = pushData({ ...push, ...texts });
        expect(Object.keys(data)).toEqual(Object.keys(DATA[push.kind]));
        for (const [field, value] of Object.entries(data)) {
          expect(Buffer.from(value).toString()).toBe(value);
          expect((whole[field] ?? value).startsWith(value)).toBe(true);
        }
      }),
    );
  },
);

test.each(RABBITS)(
  "a $kind push has 256 characters at most of an address or id, and 64 of a name",
  (push) => {
    for (const [field, value] of Object.entries(pushData(push))) {
      const isShort = field === "name" || field === "method";
      if (value.includes("🐇")) expect([field, value]).toEqual([field, "🐇".repeat(isShort ? 64 : 256)]);
      else expect(["v", "kind", "uuid", "reason", "expires"]).toContain(field);
    }
  },
);

import fc from "fast-check";
import { expect, test } from "vitest";
import { type RefreshPush, refreshData } from "../../functions/push/refresh-push.ts";

const REFRESH: RefreshPush = { to: "sip:bob@example.com", expiresAt: Date.UTC(2026, 10, 23, 9, 2, 30) };

test("a push for a refresh tells the phone whose registration ends, and when", () => {
  expect(refreshData(REFRESH)).toEqual({
    v: "1",
    kind: "refresh",
    to: "sip:bob@example.com",
    expires: "2026-11-23T09:02:30.000Z",
  });
});

test("whoever it is for, the push is small and its letters are whole", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 600 }), (to) => {
      const data = refreshData({ ...REFRESH, to });
      expect(to.startsWith(data.to)).toBe(true);
      expect(Array.from(data.to).length).toBeLessThanOrEqual(256);
      // FCM takes strings only.
      for (const value of Object.values(data)) expect(Buffer.from(value).toString()).toBe(value);
    }),
  );
  expect(refreshData({ ...REFRESH, to: "🐇".repeat(5_000) }).to).toBe("🐇".repeat(256));
});

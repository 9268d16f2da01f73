import fc from "fast-check";
import { expect, test } from "vitest";
import { webPushMessage } from "../../functions/push/web-push-message.ts";
import { DATA, NOW, PUSHES } from "./a-push.ts";
import { hostilePush } from "./strangers.ts";

const CALL_TOPIC = "5d7963c4f4718142b5a72214a9666fb1";

test.each([
  [PUSHES.call, 25, "high", CALL_TOPIC],
  // It takes the place of its call where the browser has not had that.
  [PUSHES.cancel, 20, "high", CALL_TOPIC],
  [PUSHES.message, 3_600, "normal", undefined],
  [PUSHES.dialog, 30, "high", undefined],
  [PUSHES.refresh, 150, "normal", "refresh"],
] as const)("a browser gets a $kind as the JSON of its fields (RFC 8030 §5)", (push, ttl, urgency, topic) => {
  expect(webPushMessage(push, NOW)).toEqual({ text: JSON.stringify(DATA[push.kind]), ttl, urgency, topic });
});

test("a subscription's NOTIFY is not urgent", () => {
  expect(webPushMessage({ ...PUSHES.dialog, method: "NOTIFY" }, NOW).urgency).toBe("normal");
});

test("a topic is at most 32 characters of base64url, whatever a Call-ID is (RFC 8030 §5.4)", () => {
  fc.assert(
    fc.property(hostilePush, (push) => {
      expect(webPushMessage(push, NOW).topic ?? "none").toMatch(/^[A-Za-z0-9_-]{1,32}$/);
    }),
  );
});

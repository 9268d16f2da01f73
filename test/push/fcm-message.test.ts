import { expect, test } from "vitest";
import { firebaseMessage } from "../../functions/push/fcm-message.ts";
import { DATA, NOW, PUSHES } from "./a-push.ts";

test.each([
  [PUSHES.call, { priority: "high", ttl: "25s" }],
  [PUSHES.cancel, { priority: "high", ttl: "20s" }],
  [PUSHES.message, { priority: "normal", ttl: "3600s" }],
  [PUSHES.dialog, { priority: "high", ttl: "30s" }],
  [PUSHES.refresh, { priority: "normal", ttl: "150s", collapse_key: "refresh" }],
] as const)(
  "Android gets a $kind as data and nothing else, urgent only if it is of a call",
  (push, android) => {
    // Strictly: FCM refuses what it does not know, and a `notification` would be shown without the app.
    expect(firebaseMessage(push, NOW)).toStrictEqual({ data: DATA[push.kind], android });
  },
);

test.each([
  ["BYE", "high"],
  ["INVITE", "high"],
  ["UPDATE", "high"],
  ["INFO", "high"],
  ["REFER", "high"],
  // An app that shows nothing for urgent pushes would lose its calls.
  ["NOTIFY", "normal"],
  ["SUBSCRIBE", "normal"],
] as const)(
  "a %s within a dialog is of %s priority: calls are urgent, subscriptions are not (RFC 6665)",
  (method, priority) => {
    expect(firebaseMessage({ ...PUSHES.dialog, method }, NOW).android.priority).toBe(priority);
  },
);

test("a push whose time is up is tried once", () => {
  expect(firebaseMessage({ ...PUSHES.call, expiresAt: NOW }, NOW).android.ttl).toBe("0s");
});

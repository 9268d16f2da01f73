import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { appleMessage } from "../../functions/push/apns-message.ts";
import type { Destination, Platform } from "../../functions/push/destination.ts";
import { DATA, NOW, PUSHES } from "./a-push.ts";
import { hostilePush } from "./strangers.ts";

type AlertPayload = { readonly aps: { readonly alert?: { readonly title: string } } };

function destination(platform: Platform, topic?: string): Destination {
  return { platform, app: "TEAM.org.acme", token: "TOKEN", topic };
}

describe.each([
  ["production", ""],
  ["Apple's sandbox", "_SANDBOX"],
] as const)("in %s", (_, suffix) => {
  test("a VoIP push is bare data, at once, to the topic of VoIP pushes, and one of its call", () => {
    const to = destination(`APNS_VOIP${suffix}`, "org.acme.voip");
    expect(appleMessage(to, PUSHES.call, NOW)).toEqual({
      payload: { aps: {}, ...DATA.call },
      pushType: "voip",
      priority: 10,
      topic: "org.acme.voip",
      collapseId: DATA.call.uuid,
      ttl: 25,
    });
  });

  test.each([
    [PUSHES.call, "Incoming call", DATA.call.uuid, 25],
    [PUSHES.message, "New message", undefined, 3_600],
  ] as const)(
    "a $kind is an alert that can be read by itself: from whom, and what",
    (push, body, collapseId, ttl) => {
      expect(appleMessage(destination(`APNS${suffix}`, "org.acme"), push, NOW)).toEqual({
        payload: { aps: { alert: { title: "Alice", body }, sound: "default" }, ...DATA[push.kind] },
        pushType: "alert",
        priority: 10,
        topic: "org.acme",
        collapseId,
        ttl,
      });
    },
  );

  test.each([
    [PUSHES.dialog, undefined, 30],
    [PUSHES.refresh, "refresh", 150],
  ] as const)(
    "a $kind wakes the app in the background and shows nothing, without hurry",
    (push, collapseId, ttl) => {
      expect(appleMessage(destination(`APNS${suffix}`, "org.acme"), push, NOW)).toEqual({
        payload: { aps: { "content-available": 1 }, ...DATA[push.kind] },
        pushType: "background",
        priority: 5,
        topic: "org.acme",
        collapseId,
        ttl,
      });
    },
  );
});

test.each([
  ["no name", ""],
  ["a name of blanks", " \t "],
  ["a name that nobody can see", "\u200b\u202e\u3164"],
])("from somebody with %s, the alert shows the address", (_, name) => {
  for (const push of [PUSHES.call, PUSHES.message]) {
    const { payload } = appleMessage(destination("APNS"), { ...push, name }, NOW);
    expect(payload).toMatchObject({ aps: { alert: { title: "sip:alice@example.com" } }, name: "" });
  }
});

test("whatever strangers call themselves, the title is one line in its own direction", () => {
  fc.assert(
    fc.property(hostilePush, (push) => {
      const { aps } = appleMessage(destination("APNS"), push, NOW).payload as AlertPayload;
      expect(aps.alert?.title ?? "").not.toMatch(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/u);
    }),
  );
});

test("a collapse id is at most 64 octets long, whatever a Call-ID is", () => {
  fc.assert(
    fc.property(hostilePush, (push) => {
      const { collapseId = "" } = appleMessage(destination("APNS"), push, NOW);
      expect(Buffer.byteLength(collapseId)).toBeLessThanOrEqual(64);
    }),
  );
});

test("alerts of two messages never share a collapse id, also when they share a Call-ID", () => {
  const one = appleMessage(destination("APNS"), PUSHES.message, NOW);
  expect(one.collapseId).toBeUndefined();
});

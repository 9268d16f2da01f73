import fc from "fast-check";
import { expect, test } from "vitest";
import { uuidOf } from "../../functions/push/call-uuid.ts";
import { pushData } from "../../functions/push/push-data.ts";
import { DATA, PUSHES } from "./a-push.ts";
import { hostilePush, saying } from "./strangers.ts";

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

test.each([PUSHES.call, PUSHES.cancel, PUSHES.message, PUSHES.dialog])(
  "a Call-ID of a $kind that has to be cut is still told from another one, by the UUID of the whole",
  (push) => {
    const [one, other] = ["a", "b"].map((end) => ({ ...push, callId: `${"x".repeat(600)}${end}` }));
    const [data, otherData] = [one, other].map((each) => pushData(each ?? push));
    expect(data?.["callId"]).toBe("x".repeat(512));
    expect(otherData?.["callId"]).toBe(data?.["callId"]);
    expect(data?.["uuid"]).toBe(uuidOf(one?.callId ?? ""));
    expect(otherData?.["uuid"]).not.toBe(data?.["uuid"]);
  },
);

test.each(Object.values(PUSHES))(
  "an endless text in a $kind push is cut: 512 octets of an address or Call-ID, 256 of a name, 64 of a method",
  (push) => {
    const room: Readonly<Record<string, number>> = {
      callId: 512,
      fromUri: 512,
      to: 512,
      name: 256,
      method: 64,
    };
    for (const [letter, octets] of [
      ["x", 1],
      ["🐇", 4],
      ['"', 2],
    ] as const) {
      for (const [field, value] of Object.entries(pushData(saying(push, () => letter.repeat(1_000))))) {
        const most = (room[field] ?? 0) / octets;
        if (field in room) expect([field, value]).toEqual([field, letter.repeat(most)]);
        else expect(["v", "kind", "uuid", "reason", "expires"]).toContain(field);
      }
    }
  },
);

test("whatever strangers call themselves, a push has its kind's fields, all of them strings of whole letters", () => {
  fc.assert(
    fc.property(hostilePush, (push) => {
      const data = pushData(push);
      expect(Object.keys(data)).toEqual(Object.keys(DATA[push.kind]));
      expect(JSON.parse(Buffer.from(JSON.stringify(data)).toString())).toEqual(data);
    }),
  );
});

test("what people read has no control characters, and nothing that turns its direction", () => {
  fc.assert(
    fc.property(hostilePush, (push) => {
      const { fromUri = "", name = "", to = "" } = pushData(push);
      expect(`${fromUri}${name}${to}`).not.toMatch(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/u);
    }),
  );
});

test.each(Object.values(PUSHES))("no field of a $kind push has a name that FCM keeps for itself", (push) => {
  const reserved = /^(?:from|message_type|collapse_key|google.*|gcm.*)$/;
  expect(Object.keys(pushData(push)).filter((field) => reserved.test(field))).toEqual([]);
});

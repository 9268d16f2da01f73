import { describe, expect, test } from "vitest";
import { resultOf } from "../../infra/cli/call-result.ts";
import { callText } from "../../infra/cli/call-text.ts";
import { deviceNames } from "../../infra/cli/device-names.ts";
import type { AttemptEntry, HappeningEntry } from "../../infra/local/admin/administrator.ts";

const AT = Date.UTC(2026, 10, 23, 3);
const PHONE = "<urn:uuid:7a1f6b1e-6f6c-4b8f-9a53-0d7e8e3b6f11>;1";
const TABLET = "<urn:uuid:52a0c3de-1111-4b8f-9a53-0d7e8e3b0c02>;1";

function event(ms: number, what: string, device: string | null = null, detail = ""): HappeningEntry {
  return { at: new Date(AT + ms).toISOString(), ms, what, device, detail };
}

function attempt(final: number | null, history: readonly HappeningEntry[]): AttemptEntry {
  const parties = { caller: "sip:alice@localhost", callee: "sip:bob@localhost" };
  return { ...parties, at: new Date(AT).toISOString(), final, history };
}

describe("the result of a call", () => {
  test.each<[result: string, final: number | null, history: readonly HappeningEntry[]]>([
    ["answered by 3b6f11;1 after 4.2 s", 200, [event(4_213, "answered", PHONE, "200 OK")]],
    ["answered after 4.2 s", 200, [event(4_213, "answered", null, "200 OK")]],
    ["answered", 200, []],
    [
      "480 Temporarily Unavailable: nobody is registered",
      480,
      [event(0, "called"), event(1, "refused", null, "480 Temporarily Unavailable: nobody is registered")],
    ],
    [
      "486 Busy Here after 3.0 s",
      486,
      [event(3_000, "answered", PHONE, "486 Busy Here"), event(3_001, "heard")],
    ],
    ["480", 480, [event(0, "called")]],
    ["487 cancelled after 12.0 s", 487, [event(12_004, "answered", null, "487 Request Terminated")]],
    ["going on for 20.0 s", null, [event(0, "called")]],
  ])("is told in a few words: %s", (result, final, history) => {
    expect(resultOf(attempt(final, history), AT + 20_000)).toBe(result);
  });

  test("that was not decided when the stack ended is told as such", () => {
    expect(resultOf(attempt(null, []), undefined)).toBe("cut off: the stack ended");
  });
});

test("a call is a line for each thing that happened, in the order of time, and the devices it is about", () => {
  const history = [
    event(0, "called", null, "all devices"),
    event(0, "considered", PHONE, "asleep, push by fcm: to be woken"),
    event(0, "considered", TABLET, "online: called now"),
    event(1, "invited", TABLET),
    event(41, "pushed", PHONE, "fcm"),
    event(2_210, "registered", PHONE),
    event(1_804, "connected", PHONE),
    event(25_000, "answered", null, "480 Temporarily Unavailable"),
  ];
  const text = callText({ callId: "f81d4fae", attempts: [attempt(480, history)] }, AT);
  expect(text).toBe(`Call f81d4fae

2026-11-23T03:00:00.000Z   alice@localhost → bob@localhost
480 Temporarily Unavailable after 25.0 s

   MS   WHAT         DEVICE     DETAIL
    0   called                  all devices
    0   considered   3b6f11;1   asleep, push by fcm: to be woken
    0   considered   3b0c02;1   online: called now
    1   invited      3b0c02;1
   41   pushed       3b6f11;1   fcm
 1804   connected    3b6f11;1
 2210   registered   3b6f11;1
25000   answered                480 Temporarily Unavailable

DEVICE     CONTACT
3b6f11;1   ${PHONE}
3b0c02;1   ${TABLET}
`);
});

test("what a device says cannot move the terminal's cursor", () => {
  const history = [event(0, "heard", "\u001b[2J", "180 \u001b[31mRinging")];
  expect(callText({ callId: "x", attempts: [attempt(null, history)] }, AT)).not.toContain("\u001b");
});

test("short names tell devices apart, and two flows of one", () => {
  const flows = [PHONE, PHONE.replace(";1", ";2"), PHONE.replace("7a1f", "8b2f"), "short"];
  const names = [...deviceNames([...flows, PHONE]).values()];
  expect(new Set(names).size).toBe(flows.length);
  expect([...deviceNames([PHONE, TABLET]).values()]).toEqual(["3b6f11;1", "3b0c02;1"]);
  expect([...deviceNames([])]).toEqual([]);
});

import { expect, test } from "vitest";
import type { BindingKey } from "../../functions/location/ids.ts";
import type { Binding } from "../../functions/location/location.ts";
import { callerPreferences } from "../../functions/proxy/caller-preferences.ts";
import { considered, select, type Wanted } from "../../functions/proxy/selection.ts";
import { parse } from "../../functions/sip/parse.ts";
import { binding, NOW, TOKEN, ws } from "../location/a-binding.ts";

const GRACE = 5_000;
const PHONE = "<urn:uuid:1>;1" as BindingKey;

/** What an INVITE with these headers wants. */
function wanted(headers: readonly string[] = [], more: Partial<Wanted> = {}): Wanted {
  const lines = [
    "INVITE sip:bob@example.com SIP/2.0",
    "Via: SIP/2.0/WS a.invalid;branch=z9hG4bK1",
    "From: <sip:alice@example.com>;tag=1",
    "To: <sip:bob@example.com>",
    "Call-ID: 1",
    "CSeq: 1 INVITE",
    ...headers,
    "Content-Length: 0",
  ];
  const request = parse(`${lines.join("\r\n")}\r\n\r\n`);
  if (request.kind !== "request") throw new Error("no request");
  const preferences = callerPreferences(request);
  return { sender: undefined, mayWake: true, preferences, onlyBest: false, ...more };
}

function verdicts(
  kept: readonly Binding[],
  what: Wanted,
  meant: readonly Binding[] = kept,
): readonly string[] {
  return considered(kept, select(meant, what), NOW, GRACE).map(({ detail }) => detail);
}

const ONLINE = binding(PHONE, { connection: ws("a") });
const ASLEEP = binding("<urn:uuid:2>;1", { push: TOKEN });
const BLIND = binding("<urn:uuid:3>;1", { connection: ws("c"), params: ";video=FALSE" });

test("who is there is called, and who sleeps is woken; each is told with where its pushes go", () => {
  expect(verdicts([ASLEEP, ONLINE], wanted())).toEqual([
    "asleep, push by fcm: to be woken",
    "online: called now",
  ]);
});

test.each<
  [
    why: string,
    kept: readonly Binding[],
    what: Wanted,
    meant: readonly Binding[] | undefined,
    verdicts: string[],
  ]
>([
  [
    "the caller's own device",
    [ONLINE, ASLEEP],
    wanted([], { sender: PHONE }),
    undefined,
    ["online: the caller's own device", "asleep, push by fcm: to be woken"],
  ],
  [
    "another flow of the same device",
    [ONLINE, binding("<urn:uuid:1>;2", { push: TOKEN })],
    wanted(),
    undefined,
    ["online: called now", "asleep, push by fcm: another flow of this device is better"],
  ],
  [
    "no-queue",
    [ASLEEP],
    wanted([], { mayWake: false }),
    undefined,
    ["asleep, push by fcm: not woken, the caller does not wait (no-queue)"],
  ],
  [
    "no-fork",
    [ONLINE, ASLEEP],
    wanted([], { onlyBest: true }),
    undefined,
    ["online: called now", "asleep, push by fcm: another is better, and the caller wants one only (no-fork)"],
  ],
  [
    "RFC 3841",
    [ONLINE, BLIND],
    wanted(["Accept-Contact: *;video;require"]),
    undefined,
    ["online: called now", "online: not what the caller asks for (RFC 3841)"],
  ],
  [
    "a GRUU of another device",
    [ONLINE, ASLEEP],
    wanted(),
    [ONLINE],
    ["online: called now", "asleep, push by fcm: not the device that is called"],
  ],
  [
    "a contact that has run out",
    [binding("old", { connection: ws("x"), expiresAt: NOW - GRACE }), ONLINE],
    wanted(),
    [ONLINE],
    ["online: expired", "online: called now"],
  ],
])("every contact that is not called is told with the reason: %s", (_, kept, what, meant, expected) => {
  expect(verdicts(kept, what, meant)).toEqual(expected);
});

test("each contact is told by its key, and never with its token", () => {
  const all = considered([ONLINE, ASLEEP], select([ONLINE, ASLEEP], wanted()), NOW, GRACE);
  expect(all.map(({ at, what, device }) => [at, what, device])).toEqual([
    [NOW, "considered", ONLINE.key],
    [NOW, "considered", ASLEEP.key],
  ]);
  expect(JSON.stringify(all)).not.toContain(TOKEN.prid);
});

test("those that are there come before those that sleep, and one flow of each device is chosen", () => {
  const other = binding("<urn:uuid:1>;2", { connection: ws("b"), refreshedAt: NOW + 1 });
  const { chosen } = select([ASLEEP, ONLINE, other], wanted());
  expect(chosen.map(({ key }) => key)).toEqual([other.key, ASLEEP.key]);
});

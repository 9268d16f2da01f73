import { describe, expect, test } from "vitest";
import { withoutConnection, withoutFlow } from "../../functions/location/ended-flow.ts";
import { type Location, NOWHERE } from "../../functions/location/location.ts";
import { due } from "../../functions/registrar/agenda.ts";
import { flowsOf, gruuIn, temporaryGruu } from "../../functions/registrar/gruu.ts";
import { DEFAULT_REGISTER_POLICY, onImpatientEdge } from "../../functions/registrar/policy.ts";
import { purrOf, purrOwner } from "../../functions/registrar/purr.ts";
import { readSubscription } from "../../functions/registrar/subscription.ts";
import { toTell, watch } from "../../functions/registrar/watch.ts";
import { aor } from "../../functions/sip/aor.ts";
import { parseSipUri } from "../../functions/sip/uri.ts";
import { NOW, ws } from "../location/a-binding.ts";
import { request } from "../support/a-request.ts";
import {
  answered,
  aRegister,
  BOB,
  KEYRING,
  locationAfter,
  PUSH,
  refusal,
  refused,
  registered,
  WS,
  WS2,
} from "./a-register.ts";
import { aWatcher } from "./a-watcher.ts";

const jsPush = (user: string, token: string) => `<sip:${user}@h>;pn-provider=fcm;pn-param=p;pn-prid=${token}`;
const flow = (n: number, expires = 600) =>
  `<sip:f${n}@x>;reg-id=${n};+sip.instance="<urn:uuid:1>";expires=${expires}`;
const target = (gruu: string, { bindings }: Location) => {
  const named = gruuIn(KEYRING, parseSipUri(gruu));
  return named === undefined || named === "invalid"
    ? named
    : flowsOf(named, bindings) === "dead"
      ? "dead"
      : "alive";
};

test("the last NOTIFY of a subscription has a CSeq and version of its own (RFC 3680 §5.1, RFC 3261 §12.2.1.1)", () => {
  const { ended } = due({ ...NOWHERE, watchers: [aWatcher({ version: 4, until: NOW })] }, NOW);
  expect(ended).toMatchObject([{ version: 5 }]);
});

test("a phone whose registration has run out is not pushed, also in its grace (RFC 8599 §5.5 MUST NOT)", () => {
  const asleep = withoutConnection(locationAfter({ contacts: [`<sip:p@x${PUSH}>`], expires: 3_600 }), WS);
  expect(due(asleep, NOW + 3_600_000).silent).toEqual([]);
});

test("no two bindings have one key: a phone moves to the URI that another has left", () => {
  const { bindings } = locationAfter(
    { contacts: [jsPush("u", "P1")] },
    { contacts: [jsPush("v", "P2")], callId: "c2" },
    { contacts: [jsPush("u", "P2")], callId: "c3" },
  );
  expect(new Set(bindings.map(({ key }) => key)).size).toBe(bindings.length);
});

test('"*" with a CSeq that is not higher removes nothing (RFC 3261 §10.3 step 6)', () => {
  expect(
    refused({ contacts: ["*"], expires: 0, cseq: 5 }, locationAfter({ contacts: ["<sip:a@x>"], cseq: 5 })),
  ).toBe("400 CSeq Out of Order");
});

test("a device behind the same proxy is not told another's PURR (RFC 8599 §6.2.1)", () => {
  const path = { proxies: ["edge"], more: ["Path: <sip:edge;lr;ob>"] };
  const phone = locationAfter({ ...path, contacts: [`<sip:p@x${PUSH}>`] });
  expect(answered("feature-caps", { ...path, contacts: ["<sip:desk@x>"], callId: "c2" }, phone)).toEqual([]);
  const other = {
    ...path,
    contacts: ["<sip:q@x;pn-provider=fcm;pn-param=acme;pn-prid=OTHER>"],
    callId: "c3",
  };
  const [purr] = answered("feature-caps", other, phone).map(
    (caps) => /pnspurr="([^"]*)"/.exec(caps)?.[1] ?? "",
  );
  const after = registered(aRegister(other), phone);
  expect(purrOwner(KEYRING, purr ?? "")?.key).toBe(after.bindings[1]?.key);
});

describe("a Path that no Route could be made of is refused", () => {
  test.each(["<not a uri>", "<tel:+49>", "<sip:edge;lr;ob>, <sip:a b>"])("%s", (path) => {
    expect(refused({ contacts: ["<sip:a@x>"], more: [`Path: ${path}`] })).toBe("400 Path");
  });
});

describe("a push target that nobody could push to is refused", () => {
  test.each([
    ["Contact app-id", "<sip:a@x;pn-type=apple;pn-tok=T>", []],
    ["Contact app-id", '<sip:a@x>;pn-type=apple;app-id="a b";pn-tok=T', []],
    ["Contact app-id", "<sip:a@x;pn-type=google;app-id=a%0d;pn-tok=T>", []],
    ["Contact pn-param", "<sip:a@x;pn-provider=apns;pn-prid=T>", []],
    ["X-P-Push app-id", "<sip:a@x>", ["X-P-Push: device-os=ios;device-uid=T"]],
  ])("%s of %s", (part, contact, more) => {
    expect(refused({ contacts: [contact], more })).toBe(`400 ${part}`);
  });
});

test("RFC 8599's parameters count before the older ones beside them", () => {
  const both = "<sip:a@x;pn-provider=fcm;pn-param=p;pn-prid=NEW;pn-type=android;app-id=q;pn-tok=OLD>";
  expect(locationAfter({ contacts: [both] }).bindings[0]?.push).toEqual({
    provider: "fcm",
    param: "p",
    prid: "NEW",
  });
});

describe("what is wrong in X-P-Push is said of X-P-Push", () => {
  test.each([
    ["X-P-Push device-os", "device-os=symbian;device-uid=T;app-id=a"],
    ["X-P-Push device-os", "device-uid=T;app-id=a"],
    ["X-P-Push device-uid", "device-os=ios;app-id=a"],
  ])("%s: %s", (part, value) => {
    expect(refused({ contacts: ["<sip:a@x>"], more: [`X-P-Push: ${value}`] })).toBe(`400 ${part}`);
  });
});

describe("temporary GRUUs of a device with two flows (RFC 5627 §4.2, §5.1, §5.3)", () => {
  const one = registered(aRegister({ contacts: [flow(1)], callId: "a" }), NOWHERE, { now: NOW });
  const both = registered(aRegister({ contacts: [flow(2)], callId: "b" }), one, {
    now: NOW + 1_000,
    connection: WS2,
  });
  const [first, second] = both.bindings.map((binding) => temporaryGruu(KEYRING, BOB, "urn:uuid:1", binding));

  test("hold as long as one flow is registered", () => {
    const left = registered(aRegister({ contacts: [flow(1, 0)], callId: "a", cseq: 2 }), both, {
      now: NOW + 2_000,
    });
    expect(target(first ?? "", left)).toBe("alive");
  });
  test("are all dead once one flow comes with another Call-ID", () => {
    const changed = registered(aRegister({ contacts: [flow(1)], callId: "c" }), both, { now: NOW + 2_000 });
    expect(target(second ?? "", changed)).toBe("dead");
  });
  test("the answer has the newest of the instance in each of its contacts (§5.2)", () => {
    const temps = answered(
      "contact",
      { contacts: [flow(2)], callId: "b", cseq: 2, more: ["Supported: gruu"] },
      both,
    ).map((contact) => /temp-gruu="([^"]*)"/.exec(contact)?.[1]);
    expect(new Set(temps).size).toBe(1);
  });
});

describe("no two tokens show by their length that they are two users' (RFC 5627 §5.1, RFC 8599 §6.2.1)", () => {
  test("temporary GRUUs", () => {
    const [binding] = locationAfter({ contacts: [flow(1)] }).bindings;
    if (binding === undefined) throw new Error();
    const bobs = temporaryGruu(KEYRING, BOB, "urn:uuid:1", binding);
    expect(temporaryGruu(KEYRING, aor("margarethe", "example.com"), "urn:uuid:1", binding)).toHaveLength(
      bobs.length,
    );
  });
  test("PURRs", () => {
    const key = "<urn:uuid:1>;1" as never;
    expect(purrOf(KEYRING, { aor: aor("margarethe", "example.com"), key }, NOW)).toHaveLength(
      purrOf(KEYRING, { aor: BOB, key }, NOW).length,
    );
  });
});

describe("a subscriber that could not be told is refused", () => {
  test.each(["<foo bar baz>", "<sip:a b@x>"])("%s", (contact) => {
    const asked = request([
      "SUBSCRIBE sip:bob@example.com SIP/2.0",
      "To: <sip:bob@example.com>",
      "From: <sip:bob@example.com>;tag=t",
      "Call-ID: w",
      "CSeq: 1 SUBSCRIBE",
      "Event: reg",
      `Contact: ${contact}`,
    ]);
    expect(refusal(() => readSubscription(asked))).toBe("400 Contact");
  });
});

test("a watcher that renews is told once: not by the change, too", () => {
  const who = { id: "ours", local: "l", connection: ws(1), key: undefined, now: NOW };
  const asked = {
    callId: "w",
    cseq: 1,
    remote: "r",
    target: "sip:w@x",
    routes: "",
    eventId: "",
    isRenewal: false,
    seconds: 600,
  };
  const [before] = watch(asked, who, NOWHERE);
  const [after] = watch({ ...asked, cseq: 2, isRenewal: true }, who, before);
  expect(toTell(before, after)).toEqual([]);
});

test("a device that begins to name itself does not ring twice: its nameless binding has its URI (RFC 3261 §10.3 step 7)", () => {
  const after = locationAfter(
    { contacts: ["<sip:a@x>"] },
    { contacts: ['<sip:a@x>;+sip.instance="<urn:uuid:1>"'], cseq: 2 },
  );
  expect(after.bindings).toHaveLength(1);
});

describe("q is 0 or 1 and decimals (RFC 3261 §25.1)", () => {
  test.each(["00.5", "01", "0000000000"])("%s", (q) => {
    expect(refused({ contacts: [`<sip:a@x>;q=${q}`] })).toBe("400 Contact q");
  });
});

test("a UUID is the same in capitals (RFC 5626 §4.1, RFC 4122 §3)", () => {
  const named = (id: string) => [`<sip:a@x>;+sip.instance="<urn:uuid:${id}>"`];
  expect(
    locationAfter(
      { contacts: named("f81d4fae-7dec-11d0-a765-00a0c91e6bf6") },
      { contacts: named("F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6"), cseq: 2 },
    ).bindings,
  ).toHaveLength(1);
});

test("on an impatient edge a push contact that asks for no time gets one that can be pushed, not a 423", () => {
  const policy = onImpatientEdge(DEFAULT_REGISTER_POLICY, 200);
  expect(
    refusal(() => registered(aRegister({ contacts: [`<sip:a@x${PUSH}>`] }), NOWHERE, { policy })),
  ).toBeUndefined();
});

test("one that asks what there is is told of ours, too, if another proxy has more (RFC 8599 §5.6.1.2 MUST)", () => {
  const asked = { contacts: ["<sip:a@x;pn-provider>"], more: ['Feature-Caps: *;+sip.pns="acme"'] };
  expect(answered("feature-caps", asked)).toEqual([
    '*;+sip.pns="apns"',
    '*;+sip.pns="apns.dev"',
    '*;+sip.pns="fcm"',
    '*;+sip.pns="webpush"',
  ]);
});

test("a flow that failed beyond its connection puts a phone that can be pushed to sleep, and loses it not", () => {
  const phone = locationAfter({ contacts: [`<sip:p@x${PUSH}>`] });
  const [binding] = phone.bindings;
  expect(binding && withoutFlow(phone, binding.key, WS).bindings).toMatchObject([{ connection: undefined }]);
});

test("a reloaded page's late goodbye does not remove the new page's binding (RFC 3261 §10.3 step 7: another URI)", () => {
  const reloaded = locationAfter(
    { contacts: [jsPush("old", "T")], callId: "c1" },
    { contacts: [jsPush("new", "T")], callId: "c2" },
  );
  const goodbye = aRegister({ contacts: [jsPush("old", "T")], callId: "c1", cseq: 2, expires: 0 });
  const after = registered(goodbye, reloaded, { now: NOW + 1 });
  expect(after.bindings.map(({ uri }) => uri)).toEqual(["sip:new@h"]);
});

test("a phone that wakes itself as it was told is not pushed before that (RFC 8599 §4.1.4, §5.5)", () => {
  const asleep = withoutConnection(
    locationAfter({ contacts: [`<sip:p@x${PUSH}>;+sip.pnsreg`], expires: 3_600 }),
    WS,
  );
  const [caps = ""] = answered("feature-caps", { contacts: [`<sip:p@x${PUSH}>;+sip.pnsreg`] });
  const told = Number(/pnsreg="(\d+)"/.exec(caps)?.[1]);
  expect(due(asleep, NOW + (3_600 - told) * 1_000 - 1).silent).toEqual([]);
});
test("the Call-ID counts to what is kept of a contact", () => {
  expect(refused({ contacts: ["<sip:a@x>"], callId: "c".repeat(8_000) })).toMatch(/^400/);
});

import { describe, expect, test } from "vitest";
import { withoutConnection } from "../../functions/location/ended-flow.ts";
import { type Location, NOWHERE } from "../../functions/location/location.ts";
import { due } from "../../functions/registrar/agenda.ts";
import { isRegEvent, readSubscription } from "../../functions/registrar/subscription.ts";
import { type Subscriber, toTell, watch, withNews, withoutWatcher } from "../../functions/registrar/watch.ts";
import { at, binding, NOW, TOKEN, ws } from "../location/a-binding.ts";
import { request } from "../support/a-request.ts";
import { aRegister, locationAfter, refusal, registered, WS } from "./a-register.ts";
import { aWatcher } from "./a-watcher.ts";

// RFC 3680 §4: who is told of an address's registrations, and when. What they are told is in rfc3680-notify.test.ts.

/** Bob's SUBSCRIBE; further header lines come last. */
function subscribe(...more: readonly string[]) {
  return request([
    "SUBSCRIBE sip:bob@example.com SIP/2.0",
    "Via: SIP/2.0/WSS bob.invalid;branch=z9hG4bKw",
    'From: "Bob" <sip:bob@example.com>;tag=theirs',
    "Call-ID: watch-1",
    "CSeq: 7 SUBSCRIBE",
    ...more,
  ]);
}

const TO = "To: <sip:bob@example.com>";
const CONTACT = "Contact: <sip:w@watcher.invalid;transport=ws>";
const read = (...more: readonly string[]) => readSubscription(subscribe(TO, CONTACT, ...more));
const refusedWith = (...lines: readonly string[]) => refusal(() => readSubscription(subscribe(...lines)));

const ASKED = read("Event: reg", "Expires: 600");
const WHO: Subscriber = {
  id: "ours",
  local: "<sip:bob@example.com>;tag=ours",
  connection: ws("watcher"),
  key: undefined,
  now: NOW,
};

describe("the event package (RFC 3680 §4.1)", () => {
  test.each(["Event: reg", "Event: Reg;id=1", "o: reg"])("%s is ours", (line) => {
    expect(isRegEvent(subscribe(TO, line))).toBe(true);
  });

  test.each([["Event: presence"], ["Event: reg.winfo"], []])("%s is not", (...lines) => {
    expect(isRegEvent(subscribe(TO, ...lines))).toBe(false);
    expect(refusedWith(TO, CONTACT, ...lines)).toBe("489 Bad Event, Allow-Events: reg");
  });

  test("an OPTIONS with the event is no subscription", () => {
    expect(isRegEvent(request(["OPTIONS sip:bob@example.com SIP/2.0", "Event: reg"]))).toBe(false);
  });
});

describe("what a SUBSCRIBE asks for", () => {
  test("is read with all that the NOTIFYs need", () => {
    const routes = ["Record-Route: <sip:p1.example;lr>", "Record-Route: <sip:p2.example;lr>;x"];
    expect(read("Event: reg;id=a7", "Expires: 600", ...routes)).toMatchObject({
      callId: "watch-1",
      cseq: 7,
      remote: expect.stringContaining('"Bob" <sip:bob@example.com>;tag=theirs'),
      target: "sip:w@watcher.invalid;transport=ws",
      // In the order in which they stand (RFC 3261 §12.1.1).
      routes: "<sip:p1.example;lr>, <sip:p2.example;lr>;x",
      eventId: "a7",
      isRenewal: false,
      seconds: 600,
    });
  });

  test("needs no id and no routes", () => {
    expect(read("Event: reg")).toMatchObject({ eventId: "", routes: "" });
  });

  test("is about a subscription that there is if its To has a tag", () => {
    const renewal = subscribe("To: <sip:bob@example.com>;tag=ours", CONTACT, "Event: reg");
    expect(readSubscription(renewal).isRenewal).toBe(true);
  });

  test.each<[string, string[], number]>([
    ["an hour if it does not say", [], 3_600],
    ["what it says", ["Expires: 60"], 60],
    ["an hour at most", ["Expires: 86400"], 3_600],
    ["no time at all, to look once (§4.7.2)", ["Expires: 0"], 0],
  ])("is for %s (§4.4)", (_, lines, seconds) => {
    expect(read("Event: reg", ...lines).seconds).toBe(seconds);
  });

  test("is refused with 423 if it is for less than a minute (RFC 6665 §4.2.1.1)", () => {
    expect(refusedWith(TO, CONTACT, "Event: reg", "Expires: 59")).toBe(
      "423 Interval Too Brief, Min-Expires: 60",
    );
  });

  test.each([
    "Accept: application/reginfo+xml",
    "Accept: application/pidf+xml, Application/RegInfo+XML;q=0.5",
    "Accept: application/*",
    "Accept: */*",
  ])("accepts our documents with %s (§4.5)", (line) => {
    expect(refusedWith(TO, CONTACT, "Event: reg", line)).toBeUndefined();
  });

  test("is refused with 406 if it does not accept them (§4.5)", () => {
    const lines = ["Accept: application/pidf+xml", "Accept: text/*"];
    expect(refusedWith(TO, CONTACT, "Event: reg", ...lines)).toBe("406 Not Acceptable");
  });

  test.each<[string, string[]]>([
    ["no Contact", []],
    ['a Contact "*"', ["Contact: *"]],
    ["a Contact that cannot be read", ["Contact: <sip:w@x"]],
  ])("is refused with 400 if it has %s: nobody could be told", (_, lines) => {
    expect(refusedWith(TO, "Event: reg", ...lines)).toBe("400 Contact");
  });

  test("is refused if there is more to keep of it than 2,048 octets", () => {
    const { callId, remote, target } = read("Event: reg");
    const room = 2_048 - callId.length - remote.length - target.length - "<sip:;lr>".length;
    const routed = (host: number) => ["Event: reg", `Record-Route: <sip:${"p".repeat(host)};lr>`];
    expect(refusedWith(TO, CONTACT, ...routed(room))).toBeUndefined();
    expect(refusedWith(TO, CONTACT, ...routed(room + 1))).toBe("400 A subscription of more than 2048 octets");
  });
});

describe("a subscription (RFC 6665 §4.2.1)", () => {
  test("is kept in the location with all that is needed to tell it, and is told at once", () => {
    const [location, watcher] = watch(ASKED, WHO, NOWHERE);
    expect(location.watchers).toEqual([watcher]);
    expect(watcher).toMatchObject({
      id: "ours",
      callId: "watch-1",
      version: 1,
      until: NOW + 600_000,
      cseq: 7,
    });
    expect(watcher).toMatchObject({ local: WHO.local, target: ASKED.target, connection: WHO.connection });
  });

  test("that is renewed goes on: one version further, and for longer", () => {
    const [before] = watch(ASKED, WHO, NOWHERE);
    const later = { ...WHO, connection: ws("elsewhere"), now: NOW + 300_000 };
    const [after, watcher] = watch({ ...ASKED, isRenewal: true, cseq: 8 }, later, before);
    expect(after.watchers).toEqual([watcher]);
    expect(watcher).toMatchObject({ version: 2, cseq: 8, until: NOW + 900_000, connection: ws("elsewhere") });
  });

  test("is renewed by its own name, whoever else watches", () => {
    const [before] = watch(ASKED, WHO, { ...NOWHERE, watchers: [aWatcher({ id: "other", version: 9 })] });
    const [after] = watch({ ...ASKED, isRenewal: true, cseq: 8 }, WHO, before);
    expect(after.watchers.map(({ id, version }) => [id, version])).toEqual([
      ["other", 9],
      ["ours", 2],
    ]);
  });

  test("keeps its route set, and takes a new target (RFC 3261 §12.2.2)", () => {
    const [before] = watch({ ...ASKED, routes: "<sip:p1;lr>" }, WHO, NOWHERE);
    const renewal = { ...ASKED, isRenewal: true, cseq: 8, routes: "<sip:p2;lr>", target: "sip:new@x" };
    expect(watch(renewal, WHO, before)[1]).toMatchObject({ routes: "<sip:p1;lr>", target: "sip:new@x" });
  });

  test("that asks once, or ends, is told and not kept (§4.7.2)", () => {
    const once = { ...ASKED, seconds: 0 };
    expect(watch(once, WHO, NOWHERE)[0].watchers).toEqual([]);
    const [before] = watch(ASKED, WHO, NOWHERE);
    const [after, watcher] = watch({ ...once, isRenewal: true, cseq: 8 }, WHO, before);
    expect(after.watchers).toEqual([]);
    expect(watcher).toMatchObject({ version: 2, until: NOW });
  });

  test("that we do not know cannot be renewed (481), and one that is overtaken changes nothing (500)", () => {
    expect(refusal(() => watch({ ...ASKED, isRenewal: true }, WHO, NOWHERE))).toMatch(/^481 /);
    const [before] = watch(ASKED, WHO, NOWHERE);
    const older = { ...ASKED, isRenewal: true, cseq: 6 };
    expect(refusal(() => watch(older, WHO, before))).toBe("500 CSeq Out of Order");
    expect(refusal(() => watch({ ...older, cseq: 7 }, WHO, before))).toBeUndefined();
  });

  test("leaves those of others alone, and there are ten: the oldest makes room", () => {
    let location: Location = NOWHERE;
    for (let index = 1; index <= 11; index++)
      [location] = watch(ASKED, { ...WHO, id: `w${index}` }, location);
    expect(location.watchers.map(({ id }) => id)).toEqual(
      Array.from({ length: 10 }, (_, index) => `w${index + 2}`),
    );
  });

  test("ends when somebody says that it does", () => {
    const location = { ...NOWHERE, watchers: [aWatcher({ id: "a" }), aWatcher({ id: "b" })] };
    expect(withoutWatcher(location, "a").watchers.map(({ id }) => id)).toEqual(["b"]);
    expect(withoutWatcher(location, "c")).toBe(location);
  });

  test("ends when its time is over, and not sooner", () => {
    const watchers = [aWatcher({ id: "a", until: NOW }), aWatcher({ id: "b", until: NOW + 1 })];
    const { ended, location } = due({ ...NOWHERE, watchers }, NOW);
    expect(ended.map(({ id }) => id)).toEqual(["a"]);
    expect(location.watchers.map(({ id }) => id)).toEqual(["b"]);
  });
});

describe("watchers are told (RFC 3680 §4.7)", () => {
  const phone = binding("p", { connection: WS, push: TOKEN });
  const desk = binding("d", { connection: ws(2) });
  const watched = (location: Location): Location => ({
    ...location,
    watchers: [aWatcher(), aWatcher({ id: "b" })],
  });
  const before = watched(at(phone, desk));

  /** The versions that the watchers are told after a change. */
  function told(after: Location): readonly number[] {
    return toTell(before, withNews(before, after)).map(({ version }) => version);
  }

  test.each<[string, Location]>([
    ["is registered", { ...before, bindings: [phone, desk, binding("t")] }],
    ["is unregistered, or runs out", { ...before, bindings: [phone] }],
    ["falls asleep or goes", withoutConnection(before, WS)],
    ["has another address", { ...before, bindings: [{ ...phone, uri: "sip:new@x" }, desk] }],
    ["has started anew", { ...before, bindings: [{ ...phone, since: NOW + 1 }, desk] }],
    ["is another one under the same address", { ...before, bindings: [{ ...phone, key: desk.key }, desk] }],
  ])("all of them, one version further, when a device %s", (_, after) => {
    expect(told(after)).toEqual([2, 2]);
  });

  test.each<[string, Location]>([
    [
      "was merely refreshed",
      {
        ...before,
        bindings: [{ ...phone, cseq: 2, refreshedAt: NOW + 1, expiresAt: NOW + 61_000 }, desk],
      },
    ],
    ["moved to another connection", { ...before, bindings: [{ ...phone, connection: ws(3) }, desk] }],
    ["was reminded", { ...before, bindings: [{ ...phone, reminded: { times: 1, at: NOW } }, desk] }],
  ])("nothing when a device %s", (_, after) => {
    expect(told(after)).toEqual([]);
    expect(withNews(before, after)).toBe(after);
  });

  test("when one that slept wakes", () => {
    const asleep = watched(at({ ...phone, connection: undefined }));
    const awake = { ...asleep, bindings: [phone] };
    expect(toTell(asleep, withNews(asleep, awake))).toHaveLength(2);
  });

  test("not those who came with the change: they are told for themselves", () => {
    const after = { ...before, bindings: [phone], watchers: [...before.watchers, aWatcher({ id: "new" })] };
    expect(toTell(before, withNews(before, after)).map(({ id }) => id)).toEqual(["ours", "b"]);
  });

  test("of a REGISTER's change, in the same record as the change itself", () => {
    const found = watched(locationAfter({ contacts: ["<sip:a@x>"] }));
    const changed = registered(aRegister({ contacts: ["<sip:b@x>"], callId: "call-2" }), found);
    const news = withNews(found, changed);
    expect(news.bindings).toHaveLength(2);
    expect(toTell(found, news)).toEqual(news.watchers);
    const refreshed = registered(aRegister({ contacts: ["<sip:a@x>"], cseq: 2 }), found);
    expect(toTell(found, withNews(found, refreshed))).toEqual([]);
  });
});

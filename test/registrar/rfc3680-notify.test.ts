import { describe, expect, test } from "vitest";
import type { Binding } from "../../functions/location/location.ts";
import type { Watcher } from "../../functions/location/watcher.ts";
import { notifyRequest, watchedAor, watchUri } from "../../functions/registrar/notify-request.ts";
import { reginfo } from "../../functions/registrar/reginfo.ts";
import { aor } from "../../functions/sip/aor.ts";
import { ContentLength } from "../../functions/sip/fields.ts";
import { format } from "../../functions/sip/format.ts";
import { parse } from "../../functions/sip/parse.ts";
import { parseSipUri } from "../../functions/sip/uri.ts";
import type { Via } from "../../functions/sip/via.ts";
import { at, binding, NOW, TOKEN } from "../location/a-binding.ts";
import { answered, BOB, KEYRING, locationAfter, PUSH, valuesOf, WS } from "./a-register.ts";
import { aWatcher } from "./a-watcher.ts";
import { childrenOf, type Element, readXml } from "./an-xml.ts";

// RFC 3680 §5, with RFC 5628 and RFC 6665 §4.2.2: what those are told who watch an address.

const VIA: Via = { transport: "WSS", sentBy: "edge.example.com", params: [["branch", "z9hG4bKn"]] };
const OUTLET = { via: VIA, place: { host: "example.com", transport: "ws" } } as const;

const GRUU_ASKED = { contacts: ['<sip:a@x>;+sip.instance="<urn:uuid:1>"'], more: ["Supported: gruu"] };

function document(bindings: readonly Binding[], version = 0, now = NOW): Element {
  return readXml(reginfo(KEYRING, BOB, bindings, version, now));
}

function registration(bindings: readonly Binding[], version = 0, now = NOW): Element {
  const [only] = document(bindings, version, now).children;
  if (only === undefined) throw new Error("no registration");
  return only;
}

function contacts(bindings: readonly Binding[], now = NOW): readonly Element[] {
  return childrenOf(registration(bindings, 0, now), "contact");
}

describe("the document (RFC 3680 §5.1)", () => {
  test("is reginfo in its namespace, in full, of the version that it is told", () => {
    expect(document([], 7)).toMatchObject({
      name: "reginfo",
      attributes: { xmlns: "urn:ietf:params:xml:ns:reginfo", version: "7", state: "full" },
    });
  });

  test("has one registration: the address, an id of its own that stays, and its state", () => {
    const one = registration([binding("a")]);
    expect(one).toMatchObject({
      name: "registration",
      attributes: { aor: "sip:bob@example.com", state: "active" },
    });
    expect(registration([], 3).attributes["id"]).toBe(one.attributes["id"]);
    const [alices] = readXml(reginfo(KEYRING, aor("alice", "example.com"), [], 0, NOW)).children;
    expect(alices?.attributes["id"]).not.toBe(one.attributes["id"]);
  });

  test("says init before anybody has registered, and terminated once the last one has gone (§4.7.1)", () => {
    expect(registration([], 0).attributes["state"]).toBe("init");
    expect(registration([], 1).attributes["state"]).toBe("terminated");
    expect(registration([binding("a")], 0).attributes["state"]).toBe("active");
  });

  test("has a contact for each device, with an id that is its own and stays", () => {
    const ids = contacts([binding("a"), binding("b")]).map(({ attributes }) => attributes["id"]);
    expect(new Set(ids).size).toBe(2);
    const later = contacts([binding("b", { uri: "sip:moved@x", cseq: 9 })]);
    expect(later.map(({ attributes }) => attributes["id"])).toEqual([ids[1]]);
  });

  test("says of each contact how it was registered, since when and until when", () => {
    const more = {
      callId: "call-9",
      cseq: 4,
      since: NOW - 7_300_000,
      expiresAt: NOW + 599_001,
      params: ";q=0.8",
    };
    const [one] = contacts([binding("a", more)]);
    expect(one?.attributes).toMatchObject({
      state: "active",
      event: "refreshed",
      "duration-registered": "7300",
      expires: "600",
      callid: "call-9",
      cseq: "4",
      q: "0.8",
    });
    expect(one && childrenOf(one, "uri").map(({ text }) => text)).toEqual(["sip:a@x"]);
  });

  test("says registered of one that is new, and no q of one that gave none", () => {
    const [one] = contacts([binding("a", { connection: WS })]);
    expect(one?.attributes).toMatchObject({ event: "registered", "duration-registered": "0" });
    expect(Object.keys(one?.attributes ?? {}).sort()).toEqual([
      "callid",
      "cseq",
      "duration-registered",
      "event",
      "expires",
      "id",
      "state",
    ]);
    expect(one?.text.trim()).toBe("");
  });

  test("counts no time below 0: clocks differ, and a binding may be in its grace", () => {
    const [one] = contacts([binding("a")], NOW + 65_000);
    expect(one?.attributes["expires"]).toBe("0");
    const [other] = contacts([binding("a")], NOW - 5_000);
    expect(other?.attributes["duration-registered"]).toBe("0");
  });

  test("gives each parameter that RFC 3261 does not know by name and value, if it has one", () => {
    const params = ';q=1;+sip.instance="<urn:uuid:1>";+sip.ice;reg-id=1';
    const [one] = contacts([binding("a", { params })]);
    const unknown = one ? childrenOf(one, "unknown-param") : [];
    expect(unknown.map(({ attributes, text }) => [attributes["name"], text])).toEqual([
      ["+sip.instance", '"<urn:uuid:1>"'],
      ["+sip.ice", ""],
      ["reg-id", "1"],
    ]);
  });

  test("is well-formed whatever devices call themselves, and in UTF-8", () => {
    // U+0001, U+FFFE and U+FFFF are no characters of XML, \xff is none of UTF-8.
    const params = ';x="<y/>&\\" \xc3\xa4\xff\x01\xef\xbf\xbe\xef\xbf\xbf\x7f"';
    const hostile = binding("a", { uri: 'sip:a@x;b="<&>', callId: "]]>&amp;'\"", params });
    const [one] = contacts([hostile]);
    expect(one?.attributes["callid"]).toBe("]]>&amp;'\"");
    expect(one?.children.find(({ name }) => name === "unknown-param")?.text).toBe(
      '"<y/>&\\" \xe4\uFFFD\uFFFD\uFFFD\uFFFD\x7f"',
    );
  });

  test("tells nobody a push token, wherever it stood (RFC 8599 §4.1, §13)", () => {
    const { bindings } = locationAfter({
      contacts: [
        `<sip:a@x${PUSH};ob>`,
        '<sip:b@x>;pn-provider=fcm;pn-param=acme;pn-prid="TOKEN2"',
        "<sip:c@x;app-id=acme;pn-type=google;pn-tok=TOKEN3>",
      ],
    });
    const text = reginfo(KEYRING, BOB, bindings, 0, NOW);
    expect(text).not.toMatch(/TOKEN|acme|pn-/);
    expect(contacts(bindings).flatMap((one) => childrenOf(one, "uri").map((uri) => uri.text))).toEqual([
      "sip:a@x;ob",
      "sip:b@x",
      "sip:c@x",
    ]);
  });

  test("says of a device that sleeps that it does, in a namespace of ours", () => {
    const [awake, asleep] = contacts([binding("a", { connection: WS }), binding("b", { push: TOKEN })]);
    expect(awake && childrenOf(awake, "sw:dormant")).toEqual([]);
    expect(asleep && childrenOf(asleep, "sw:dormant")).toHaveLength(1);
    expect(document([]).attributes["xmlns:sw"]).toBe("urn:sipwake:reginfo");
  });
});

describe("the GRUUs in it (RFC 5628)", () => {
  test("are those of each contact with an instance", () => {
    const { bindings } = locationAfter({
      contacts: ['<sip:a@x>;+sip.instance="<urn:uuid:1>"', "<sip:b@x>"],
      cseq: 5,
    });
    const [named, nameless] = contacts(bindings);
    expect(document([]).attributes["xmlns:gr"]).toBe("urn:ietf:params:xml:ns:gruuinfo");
    expect(named && childrenOf(named, "gr:pub-gruu")).toMatchObject([
      { attributes: { uri: "sip:bob@example.com;gr=urn:uuid:1" } },
    ]);
    expect(named && childrenOf(named, "gr:temp-gruu")).toMatchObject([
      {
        attributes: { uri: expect.stringMatching(/^sip:tgruu\.[\w.-]+@example.com;gr$/), "first-cseq": "5" },
      },
    ]);
    expect(nameless?.children.map(({ name }) => name)).toEqual(["uri"]);
  });
});

describe("the NOTIFY (RFC 6665 §4.2.2)", () => {
  function notify(more: Partial<Watcher> = {}, now = NOW) {
    const request = notifyRequest(KEYRING, BOB, at(binding("a")), aWatcher(more), OUTLET, now);
    const read = parse(format(request));
    if (read.kind !== "request") throw new Error("no request");
    return read;
  }

  test("goes to the subscriber's Contact within its dialog, from our end of it", () => {
    const request = notify();
    expect([request.method, request.uri]).toEqual(["NOTIFY", "sip:w@watcher.invalid;transport=ws"]);
    const said = Object.fromEntries(
      ["from", "to", "call-id", "max-forwards", "event", "content-type"].map((key) => [
        key,
        valuesOf(key, request),
      ]),
    );
    expect(said).toEqual({
      from: ["<sip:bob@example.com>;tag=ours"],
      to: ["<sip:bob@example.com>;tag=theirs"],
      "call-id": ["watch-1"],
      "max-forwards": ["70"],
      event: ["reg"],
      "content-type": ["application/reginfo+xml"],
    });
  });

  test("has no Request-URI with headers, though the Contact has them (RFC 3261 §19.1.1)", () => {
    expect(notify({ target: "sip:w@watcher.invalid?Subject=x" }).uri).toBe("sip:w@watcher.invalid");
  });

  test("has a CSeq and a document version that count up together, from 0 (RFC 3680 §5.1)", () => {
    for (const version of [1, 2, 41]) {
      const request = notify({ version });
      expect(valuesOf("cseq", request)).toEqual([`${version} NOTIFY`]);
      expect(readXml(request.body).attributes["version"]).toBe(String(version - 1));
    }
  });

  test("says how long the subscription lasts, or that it is over", () => {
    expect(valuesOf("subscription-state", notify({ until: NOW + 599_001 }))).toEqual(["active;expires=600"]);
    expect(valuesOf("subscription-state", notify({ until: NOW }))).toEqual(["terminated;reason=timeout"]);
  });

  test("repeats the id of the subscription's Event, and takes its routes", () => {
    const request = notify({ eventId: "a7", routes: "<sip:p1;lr>, <sip:p2;lr>" });
    expect(valuesOf("event", request)).toEqual(["reg;id=a7"]);
    expect(valuesOf("route", request)).toEqual(["<sip:p1;lr>, <sip:p2;lr>"]);
    expect(valuesOf("route", notify())).toEqual([]);
  });

  test("says the length of its body in octets, whatever is in it", () => {
    const named = binding("a", { params: ';x="\xc3\xa4\xff"' });
    const request = notifyRequest(KEYRING, BOB, at(named), aWatcher(), OUTLET, NOW);
    expect(request.headers.first(ContentLength)).toBe(request.body.length);
    expect(request.body).not.toMatch(/[^\0-\xff]/);
  });
});

describe("our Contact in a subscription", () => {
  const ours = () => watchUri(KEYRING, BOB, "watch-1", OUTLET.place);

  test("names, to us alone, the address that it is about", () => {
    expect(ours()).toMatch(/^sip:reg\.[\w.-]+@example\.com;transport=ws$/);
    expect(ours()).not.toContain("bob");
    expect(watchedAor(KEYRING, parseSipUri(ours()), "watch-1")).toBe(BOB);
  });

  test("is in every NOTIFY, by itself", () => {
    const request = notifyRequest(KEYRING, BOB, at(), aWatcher(), OUTLET, NOW);
    expect(valuesOf("contact", request)).toEqual([`<${ours()}>`]);
  });

  test("is good in its own dialog only, and cannot be made by others", () => {
    expect(watchedAor(KEYRING, parseSipUri(ours()), "watch-2")).toBeUndefined();
    const forged = [ours().replace("reg.1", "reg.2"), ours().replace("reg.", "rex."), "sip:reg.@example.com"];
    // No other token of ours is good here.
    const gruu = /tgruu\.([^@]*)/.exec(answered("contact", GRUU_ASKED).join())?.[1];
    for (const uri of [...forged, `sip:reg.${gruu}@example.com`, BOB, "sip:example.com"]) {
      expect(watchedAor(KEYRING, parseSipUri(uri), "watch-1")).toBeUndefined();
    }
  });
});

import { describe, expect, test } from "vitest";
import { NOW } from "../location/a-binding.ts";
import {
  answered,
  aRegister,
  locationAfter,
  POLICY,
  type Register,
  refused,
  registered,
  urisOf,
  WS,
  WS2,
} from "./a-register.ts";

// RFC 5626 §6: a registrar's part in client-initiated connections.

const OUTBOUND = ["Supported: path, outbound"];
const EDGE = "Path: <sip:flow-1@edge.example.net;lr;ob>";
const CORE = "Path: <sip:core.example.net;lr>";

/** The Contact of one flow of a device. */
function flow(regId: number, { user = `f${regId}`, instance = "1", expires = 600 } = {}): string {
  return `<sip:${user}@phone.invalid>;reg-id=${regId};+sip.instance="<urn:uuid:${instance}>";expires=${expires}`;
}

const FLOW: Register = { contacts: [flow(1)], more: OUTBOUND };

function keysAfter(...registers: readonly Register[]): readonly string[] {
  return locationAfter(...registers).bindings.map(({ key }) => key);
}

describe("the first hop must know outbound (RFC 5626 §6)", () => {
  test.each<[string, Register]>([
    ["we are the first hop", FLOW],
    ["we are the first hop, whatever Path says", { ...FLOW, more: [...OUTBOUND, CORE] }],
    [
      "another is, and its URI is the first in Path and has ob",
      { ...FLOW, proxies: ["edge"], more: [...OUTBOUND, EDGE] },
    ],
    ["others follow in the Path", { ...FLOW, proxies: ["core", "edge"], more: [...OUTBOUND, EDGE, CORE] }],
  ])("it does if %s", (_, asked) => {
    expect(refused(asked)).toBeUndefined();
    expect(answered("require", asked)).toEqual(["outbound"]);
    expect(keysAfter(asked)).toEqual(["<urn:uuid:1>;1"]);
  });

  test.each<[string, Register]>([
    ["there is no Path", { ...FLOW, proxies: ["edge"] }],
    ["the Path has no ob", { ...FLOW, proxies: ["edge"], more: [...OUTBOUND, CORE] }],
    [
      "only a later URI of the Path has ob",
      { ...FLOW, proxies: ["core", "edge"], more: [...OUTBOUND, CORE, EDGE] },
    ],
    [
      "ob is a parameter of the header, not of the URI",
      { ...FLOW, proxies: ["edge"], more: [...OUTBOUND, `${CORE};ob`] },
    ],
  ])("it does not if %s: a device that counts on it is refused with 439", (_, asked) => {
    expect(refused(asked)).toBe("439 First Hop Lacks Outbound Support");
  });

  test("a device that does not count on it is registered as if it had named no reg-id", () => {
    const asked = { contacts: [flow(1)], proxies: ["edge"] };
    expect(keysAfter(asked)).toEqual(["<urn:uuid:1>;"]);
    expect(answered("require", asked)).toEqual([]);
  });

  test("a device that knows outbound and asks for none is no matter for the first hop", () => {
    expect(refused({ contacts: ["<sip:a@x>"], proxies: ["edge"], more: OUTBOUND })).toBeUndefined();
  });
});

describe("what a reg-id means (RFC 5626 §6)", () => {
  test("instance and reg-id are the binding, whatever the URI", () => {
    const moved = { contacts: [flow(1, { user: "elsewhere" })], cseq: 2 };
    expect(urisOf(locationAfter(FLOW, moved))).toEqual(["sip:elsewhere@phone.invalid"]);
  });

  test("another reg-id is another flow of the device, another instance another device", () => {
    const second = { contacts: [flow(2)], callId: "call-2" };
    const other = { contacts: [flow(1, { instance: "2" })], callId: "call-3" };
    expect(keysAfter(FLOW, second, other)).toEqual(["<urn:uuid:1>;1", "<urn:uuid:1>;2", "<urn:uuid:2>;1"]);
  });

  test("two spellings of one number are one flow", () => {
    expect(keysAfter(FLOW, { contacts: [flow(1).replace("reg-id=1", "Reg-ID=01")], cseq: 2 })).toHaveLength(
      1,
    );
  });

  test("without an instance it is ignored, and no outbound is promised", () => {
    const contacts = ["<sip:a@x>;reg-id=1", "<sip:b@x>;reg-id=1"];
    expect(keysAfter({ contacts, more: OUTBOUND })).toHaveLength(2);
    expect(answered("require", { contacts, more: OUTBOUND })).toEqual([]);
  });

  test("an instance without a reg-id is valid, and is one binding (RFC 5627 §5.1)", () => {
    const contact = '<sip:a@x>;+sip.instance="<urn:uuid:1>"';
    expect(keysAfter({ contacts: [contact], more: OUTBOUND })).toEqual(["<urn:uuid:1>;"]);
    expect(answered("require", { contacts: [contact], more: OUTBOUND })).toEqual([]);
  });

  test("flows, devices without flows and devices without a name live side by side", () => {
    const keys = keysAfter(
      FLOW,
      { contacts: ['<sip:b@x>;+sip.instance="<urn:uuid:2>"'], callId: "call-2" },
      { contacts: ["<sip:c@x>"], callId: "call-3" },
    );
    expect(keys).toEqual(["<urn:uuid:1>;1", "<urn:uuid:2>;", expect.not.stringContaining("urn")]);
  });
});

describe("one REGISTER, one flow (RFC 5626 §6)", () => {
  test.each<[string, readonly string[]]>([
    ["a contact without one", [flow(1), "<sip:b@x>"]],
    ["another flow", [flow(1), flow(2)]],
    ["another device's flow", ["<sip:b@x>", flow(1, { instance: "2" })]],
  ])("a reg-id beside %s is refused, and nothing is registered", (_, contacts) => {
    expect(refused({ contacts, more: OUTBOUND })).toBe("400 reg-id Beside Another Contact");
  });

  test.each<[string, readonly string[]]>([
    ["contacts that are removed", [flow(1), "<sip:b@x>;expires=0", flow(2, { expires: 0 })]],
    ["the removal of a flow", ["<sip:a@x>", "<sip:b@x>", flow(1, { expires: 0 })]],
    ["a reg-id that counts for nothing", ["<sip:a@x>;reg-id=1", "<sip:b@x>"]],
  ])("but %s may stand beside others", (_, contacts) => {
    expect(refused({ contacts, more: OUTBOUND })).toBeUndefined();
  });
});

describe("what is kept of a flow (RFC 5626 §6)", () => {
  test("its URI, all its parameters, its Path and the connection that it came over", () => {
    const contact = flow(1).replace(";expires=600", ";q=0.5;+sip.ice");
    const { bindings } = locationAfter({ contacts: [contact], more: [...OUTBOUND, EDGE] });
    expect(bindings).toMatchObject([
      {
        uri: "sip:f1@phone.invalid",
        params: ';reg-id=1;+sip.instance="<urn:uuid:1>";q=0.5;+sip.ice',
        path: "<sip:flow-1@edge.example.net;lr;ob>",
        connection: WS,
      },
    ]);
  });

  test("a re-registration moves it to the connection that it comes over, and to its time", () => {
    const again = aRegister({ ...FLOW, cseq: 2 });
    const after = registered(again, locationAfter(FLOW), { connection: WS2, now: NOW + 1 });
    expect(after.bindings).toMatchObject([{ connection: WS2, refreshedAt: NOW + 1 }]);
  });
});

describe("the answer (RFC 5626 §6, §5.4)", () => {
  test("requires outbound and says how often the flow must be proved", () => {
    expect(answered("require", FLOW)).toEqual(["outbound"]);
    expect(answered("flow-timer", FLOW)).toEqual([String(POLICY.flowTimer)]);
  });

  test.each<[string, Register]>([
    ["a client that does not support it", { contacts: [flow(1)] }],
    ["a contact without a reg-id", { contacts: ["<sip:a@x>"], more: OUTBOUND }],
    ["a question", { more: OUTBOUND }],
    [
      'a removal of all, even if JsSIP puts its reg-id behind the "*"',
      {
        contacts: ['*;reg-id=1;+sip.instance="<urn:uuid:1>"'],
        expires: 0,
        more: OUTBOUND,
      },
    ],
  ])("does neither to %s", (_, asked) => {
    expect(answered("require", asked)).toEqual([]);
    expect(answered("flow-timer", asked)).toEqual([]);
  });

  test("repeats instance and reg-id, by which the device finds itself in it", () => {
    expect(answered("contact", FLOW)).toEqual([flow(1)]);
  });
});

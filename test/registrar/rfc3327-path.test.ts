import { describe, expect, test } from "vitest";
import { Route, ServiceRoute } from "../../functions/sip/fields.ts";
import { paramOf } from "../../functions/sip/params.ts";
import { parseSipUri } from "../../functions/sip/uri.ts";
import { request } from "../support/a-request.ts";
import {
  answered,
  answerTo,
  aRegister,
  locationAfter,
  type Register,
  refused,
  registered,
} from "./a-register.ts";

// RFC 3327 §5.3: proxies between the device and us; and RFC 3608: how the device's requests find home through them.

const EDGE = "<sip:flow-1@edge.example.net;lr;ob>";
const CORE = "<sip:core.example.net;lr>";

function through(...paths: readonly string[]): Register {
  return { contacts: ["<sip:a@x>"], proxies: ["edge"], more: paths.map((path) => `Path: ${path}`) };
}

function pathAfter(...registers: readonly Register[]): string | undefined {
  return locationAfter(...registers).bindings[0]?.path;
}

describe("the path vector (RFC 3327 §5.3)", () => {
  test.each([
    ["one line", through(`${EDGE}, ${CORE}`)],
    ["several lines", through(EDGE, CORE)],
  ])("is stored with the contact, in the order in which it stands, from %s", (_, asked) => {
    expect(pathAfter(asked)).toBe(`${EDGE}, ${CORE}`);
  });

  test("is kept as it can stand in a Route (§5.4)", () => {
    const path = pathAfter(through('"Edge" <sip:edge.example.net;lr>;x=1', CORE));
    const { headers } = request(["INVITE sip:a@x SIP/2.0", `Route: ${path}`]);
    expect(headers.all(Route)).toEqual([
      { display: '"Edge"', uri: "sip:edge.example.net;lr", params: [["x", "1"]] },
      { display: undefined, uri: "sip:core.example.net;lr", params: [] },
    ]);
  });

  test("belongs to every contact that came by it", () => {
    const { bindings } = locationAfter({ ...through(EDGE), contacts: ["<sip:a@x>", "<sip:b@x>"] });
    expect(bindings.map(({ path }) => path)).toEqual([EDGE, EDGE]);
  });

  test("belongs to its own contact: another device's stays its own", () => {
    const { bindings } = locationAfter(through(EDGE), { contacts: ["<sip:b@x>"], callId: "call-2" });
    expect(bindings.map(({ path }) => path)).toEqual([EDGE, ""]);
  });

  test("is replaced by that of the next REGISTER, also by none", () => {
    expect(pathAfter(through(EDGE), { ...through(CORE), cseq: 2 })).toBe(CORE);
    expect(pathAfter(through(EDGE), { contacts: ["<sip:a@x>"], cseq: 2 })).toBe("");
  });

  test("may also come from the device itself (§5.1)", () => {
    expect(pathAfter({ contacts: ["<sip:a@x>"], more: [`Path: ${EDGE}`] })).toBe(EDGE);
  });

  test.each(["Path: <sip:edge.example.net;lr", "Path: ,", "Path: <sip:>"])("%j is refused", (line) => {
    expect(refused({ contacts: ["<sip:a@x>"], proxies: ["edge"], more: [line] })).toBe("400 Path");
  });
});

describe("the answer (RFC 3327 §5.3)", () => {
  test("repeats the Path, line by line", () => {
    expect(answered("path", through(`${EDGE}, ${CORE}`))).toEqual([`${EDGE}, ${CORE}`]);
    expect(answered("path", through(EDGE, CORE))).toEqual([EDGE, CORE]);
  });

  test("tells nobody another device's Path", () => {
    const before = locationAfter(through(EDGE));
    expect(answered("path", { contacts: ["<sip:b@x>"], callId: "call-2" }, before)).toEqual([]);
  });

  test("is 200 also to a client that does not say that it supports Path, as SIP.js does not", () => {
    const asked = through(EDGE);
    const register = aRegister({ ...asked, more: [...(asked.more ?? []), "Supported: outbound"] });
    expect(answerTo(register, registered(register)).status).toBe(200);
  });
});

describe("the service route (RFC 3608 §6.3)", () => {
  test("leads to the home of the address, by a loose route", () => {
    const answer = answerTo(aRegister(through(EDGE)), locationAfter(through(EDGE)));
    const routes = answer.headers.all(ServiceRoute).map(({ uri }) => parseSipUri(uri));
    expect(routes).toMatchObject([{ user: undefined, host: "example.com" }]);
    expect(routes.map(({ params }) => paramOf(params, "lr"))).toEqual([""]);
  });

  test("is for those who come by a Path: a neighbour needs none", () => {
    expect(answered("service-route", { contacts: ["<sip:a@x>"] })).toEqual([]);
  });

  test("is the same for one who only asks", () => {
    const before = locationAfter(through(EDGE));
    const ask = { ...through(EDGE), contacts: [], cseq: 2 };
    expect(answered("service-route", ask, before)).toEqual(answered("service-route", through(EDGE)));
  });
});

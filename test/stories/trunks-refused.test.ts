import { describe, expect, onTestFinished, test } from "vitest";
import { ha1s } from "../../functions/auth/digest.ts";
import { gateway } from "../../functions/gateway/gateway.ts";
import { ABSENT, type Bearers } from "../../functions/ports.ts";
import { aor } from "../../functions/sip/aor.ts";
import { OwnEdge } from "../../infra/edge/own-edge.ts";
import { trunkConfig } from "../../infra/local/trunk-config.ts";
import { selfSigned } from "../support/certificate.ts";
import { notedApp } from "../support/noted-app.ts";
import { TcpPhone } from "../support/tcp-phone.ts";
import { linesOf } from "../support/trunks.ts";
import { WirePhone } from "../support/wire-phone.ts";

// Who is no trunk, and what no trunk may: refused, and nothing is written for it.

const server = selfSigned();
const authority = selfSigned("pbx.example.net");
const OUTSIDE = "sip:+491711234@pbx.example.net";
const PBX = aor("pbx", "localhost");

/** An edge for a trunk that comes from these networks, or has a certificate; it notes every write, push and alarm. */
async function guardedTrunk(trunk: object, bearers?: Bearers) {
  const problems: string[] = [];
  const entry = { name: "office", user: "pbx@localhost", dial: ["+49*"], ...trunk };
  const { trunks, certificates } = trunkConfig({ ca: "ca.pem", trunks: [entry] }, ["localhost"], problems);
  expect(problems).toEqual([]);
  const certified = { authorities: authority.cert, names: certificates };
  const edge = new OwnEdge({ certified });
  const { app, stores, costs, told } = await notedApp(edge);
  const subscriber = { ha1s: ha1s("pbx", "localhost", "sipwake") };
  await stores.subscribers.swap(PBX, ABSENT, subscriber, Number.MAX_SAFE_INTEGER);
  const handlers = gateway({
    ...app,
    bearers,
    settings: { ...app.settings, trunks, offers: ["bearer", "sha-256", "md5"] },
  });
  const tls = { transport: "TLS", certificate: server } as const;
  const port = await edge.listen(handlers, "127.0.0.1", 0);
  const tcpPort = await edge.listen(handlers, "127.0.0.1", 0, { transport: "TCP" });
  const tlsPort = await edge.listen(handlers, "127.0.0.1", 0, tls);
  onTestFinished(() => edge.stop());
  const deeds = () => [...costs.filter((cost) => cost.startsWith("write")), ...told];
  return {
    deeds,
    webSocket: (query: string) => WirePhone.connect(port, "pbx", "sip", { query }),
    tcp: () => TcpPhone.connect(tcpPort, "pbx"),
    tls: (own?: { readonly cert: string; readonly key: string }) =>
      TcpPhone.connect(tlsPort, "pbx", { ca: server.cert, ...(own && { own }) }),
  };
}

type World = Awaited<ReturnType<typeof guardedTrunk>>;

const HERE = { from: ["127.0.0.1"] };
const ELSEWHERE = { from: ["203.0.113.0/24"] };
const CERTIFIED = { certificate: "pbx.example.net" };

test("what is refused below is taken of who is a trunk", async () => {
  const world = await guardedTrunk(HERE);
  const pbx = await world.tcp();
  const answer = await pbx.ask(linesOf(pbx, { from: OUTSIDE, uri: "sip:bob@localhost" }));
  expect(answer.status).toBe(480);
  expect(world.deeds()).not.toEqual([]);
});

describe.each<[string, object, (world: World) => Promise<TcpPhone>]>([
  ["a foreign network, with the right password", ELSEWHERE, ({ tcp }) => tcp()],
  ["no certificate where one is asked for, with the right password", CERTIFIED, ({ tls }) => tls()],
  ["a certificate of another authority", CERTIFIED, ({ tls }) => tls(selfSigned("pbx.example.net"))],
  [
    "a certificate for another name, of a good authority",
    { certificate: "other.example.net" },
    ({ tls }) => tls(authority),
  ],
  ["a good certificate from a foreign network", { ...CERTIFIED, ...ELSEWHERE }, ({ tls }) => tls(authority)],
])("%s", (_, trunk, connect) => {
  test("brings no call of others, as a wrong password would not (407), and none in its own name", async () => {
    const world = await guardedTrunk(trunk);
    const pbx = await connect(world);
    for (const from of [OUTSIDE, "sip:pbx@localhost"]) {
      const { status } = await pbx.ask(linesOf(pbx, { from, uri: "sip:bob@localhost" }));
      expect(status).toBe(407);
    }
    expect(world.deeds()).toEqual([]);
  });

  test("registers nothing (401)", async () => {
    const world = await guardedTrunk(trunk);
    const pbx = await connect(world);
    expect((await pbx.register()).status).toBe(401);
    expect(world.deeds()).toEqual([]);
  });
});

describe("a user who is no trunk", () => {
  test.each([
    ["a stranger's name", OUTSIDE],
    ["a number", "tel:+491711234"],
  ])("calls in nobody's name but his own: %s is 403, and nothing is written", async (_, from) => {
    const world = await guardedTrunk(HERE);
    const pbx = await world.tcp();
    const alice = Object.assign(pbx, { user: "alice" });
    const { status } = await alice.ask(linesOf(alice, { from, uri: "sip:bob@localhost" }));
    expect(status).toBe(403);
    expect(world.deeds()).toEqual([]);
  });
});

test.each(["sip:alice@localhost", "sip:nobody@localhost"])(
  "a trunk in the name of %s is challenged, and then refused (403); nothing is written",
  async (from) => {
    const world = await guardedTrunk(HERE);
    const pbx = await world.tcp();
    const { status } = await pbx.ask(linesOf(pbx, { from, uri: "sip:bob@localhost" }));
    expect(status).toBe(403);
    expect(world.deeds()).toEqual([]);
  },
);

test("a certified trunk in the name of one of ours is refused at once (403); nothing is written", async () => {
  const world = await guardedTrunk(CERTIFIED);
  const pbx = await world.tls(authority);
  const { status } = await pbx.ask(linesOf(pbx, { from: "sip:alice@localhost", uri: "sip:bob@localhost" }));
  expect(status).toBe(403);
  expect(world.deeds()).toEqual([]);
});

describe("a token that names a trunk", () => {
  const bearers: Bearers = {
    authzServer: "https://login.example.com",
    scope: undefined,
    verify: async () => ({ aor: PBX, expiresAt: Date.UTC(2030, 0) }),
  };

  test("is not good: neither in a request (407), nor at connect (401); nothing is written", async () => {
    const world = await guardedTrunk(HERE, bearers);
    const pbx = await world.tcp();
    const lines = ["Proxy-Authorization: Bearer abc"];
    pbx.say(`${linesOf(pbx, { from: OUTSIDE, uri: "sip:bob@localhost", lines }).join("\r\n")}\r\n\r\n`);
    await pbx.response(407);
    await expect(world.webSocket("?access_token=abc")).rejects.toThrow("401");
    expect(world.deeds()).toEqual([]);
  });
});

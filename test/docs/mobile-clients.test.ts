import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { build, type Plugin, transform } from "esbuild";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { uuidOf } from "../../functions/push/call-uuid.ts";
import type { SipRequest } from "../../functions/sip/message.ts";
import { parse } from "../../functions/sip/parse.ts";
import { answerTo, aRegister, POLICY, type Register, registered, valuesOf } from "../registrar/a-register.ts";
import { expectPushes, fails } from "../support/calls.ts";
import { localStack } from "../support/stack.ts";
import { isOf, type WireMessage } from "../support/wire-message.ts";
import { WirePhone } from "../support/wire-phone.ts";

// What docs/mobile-clients.md prints is what this server takes, and its JavaScript is a phone that sleeps and is woken.

const TEXT = readFileSync(new URL("../../docs/mobile-clients.md", import.meta.url), "utf8");

/** The document's pieces of code in a language, in order. */
function printed(language: string): readonly string[] {
  return Array.from(TEXT.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm))
    .filter(([, written]) => written === language)
    .map(([, , code = ""]) => code);
}

/** The piece that says which file it is. */
function file(name: string): string {
  const code = printed("js").find((piece) => piece.startsWith(`// ${name}`));
  if (code === undefined) throw new Error(`the document prints no ${name}`);
  return code;
}

const SIP = printed("sip");

/** The values of all the Contact lines that are not of a whole REGISTER. */
const CONTACTS = SIP.filter((piece) => piece.startsWith("Contact: "))
  .flatMap((piece) => piece.trimEnd().split("\n"))
  .map((line) => line.replace(/^Contact: /, ""));

const CIRCUMSTANCES = { policy: { ...POLICY, pushProviders: ["apns", "apns.dev", "fcm", "webpush"] } };

/** The push target that a REGISTER is taken to name, and what the answer promises. */
function taken(asked: SipRequest) {
  const location = registered(asked, undefined, CIRCUMSTANCES);
  const [binding] = location.bindings;
  const caps = valuesOf("feature-caps", answerTo(asked, location, CIRCUMSTANCES));
  return { target: binding?.push, key: binding?.key, caps, seconds: secondsOf(binding) };
}

function secondsOf(binding: { readonly expiresAt: number; readonly refreshedAt: number } | undefined) {
  return binding && (binding.expiresAt - binding.refreshedAt) / 1000;
}

function takenContact(contact: string) {
  const asked: Register = { contacts: [contact], more: ["Supported: path, outbound, gruu"] };
  return taken(aRegister(asked));
}

const HEX = "6d1e0f5c2b7a49388f0a1c5de2b94a7763f8c1d2e3a4b5968778695a4b3c2d1e";
const HEX2 = "0f1e2d3c4b5a69788796a5b4c3d2e1f00112233445566778899aabbccddeeff0";
const WEEK = 604_800;

describe("what a client sends", () => {
  test("the REGISTER of the iPhone is taken as it is printed, for a week, and promised as printed", () => {
    const register = SIP.find((piece) => piece.startsWith("REGISTER ")) ?? "";
    const asked = parse(`${register.replaceAll("…", "0").replaceAll("\n", "\r\n")}\r\n`) as SipRequest;
    const { caps, ...rest } = taken(asked);
    expect(rest).toEqual({
      target: {
        provider: "apns",
        param: "ABCDE12345.com.example.phone.voip&remote",
        prid: `${HEX}:voip&${HEX2}:remote`,
      },
      key: "<urn:uuid:7a1f6b1e-6f6c-4b8f-9a53-0d7e8e3b6f11>;1",
      seconds: WEEK,
    });
    const [answer = ""] = printed("").filter((piece) => piece.startsWith("SIP/2.0 200"));
    const [promised = ""] = /(?<=^Feature-Caps: ).*?(?=;\+sip\.pnspurr)/m.exec(answer) ?? [];
    expect(promised).toBe('*;+sip.pns="apns"');
    expect(caps).toEqual([expect.stringContaining(promised)]);
  });

  test("its answer is printed as we write it, line by line", () => {
    const [answer = ""] = printed("").filter((piece) => piece.startsWith("SIP/2.0 200"));
    const names = answer
      .trimEnd()
      .split("\n")
      .slice(1)
      .map((line) => line.split(":")[0]);
    const register = SIP.find((piece) => piece.startsWith("REGISTER ")) ?? "";
    const asked = parse(`${register.replaceAll("…", "0").replaceAll("\n", "\r\n")}\r\n`) as SipRequest;
    const written = answerTo(asked, registered(asked)).headers.lines.map(({ text }) => text.split(":")[0]);
    expect(names).toEqual(written);
  });

  test.each([
    { at: 0, provider: "apns.dev", param: "ABCDE12345.com.example.phone.voip", prid: HEX },
    { at: 1, provider: "fcm", param: "acme-phone", prid: "cXyZ_1-AbC:APA91bHun4MxP5egoKMwt2KZFBaFUH-1RYqx" },
    { at: 2, provider: "webpush", param: "", prid: "https://fcm.googleapis.com/fcm/send/dX3p-1:APA91bE0x" },
  ])("the Contact of $provider names its target", ({ at, ...target }) => {
    const { target: found, caps, seconds } = takenContact(CONTACTS[at] ?? "");
    expect(found).toMatchObject(target);
    expect(caps).toEqual([expect.stringContaining(`*;+sip.pns="${target.provider}"`)]);
    expect(seconds).toBe(WEEK);
  });

  test("a browser that asks first is told of web push, and not pushed (RFC 8599 §4.1.5)", () => {
    const { target, caps } = takenContact(CONTACTS[3] ?? "");
    expect(target).toBeUndefined();
    expect(caps).toEqual([expect.stringContaining('*;+sip.pns="webpush"')]);
  });

  test("the log-out ends what the iPhone registered, and it needs no token for that (§4.1.2)", () => {
    const [logOut = ""] = CONTACTS.slice(4);
    const there = registered(
      aRegister({
        contacts: [logOut.replace("expires=0", "expires=600").replace(">", `;pn-provider=fcm;pn-prid=T>`)],
        more: ["Supported: outbound"],
      }),
    );
    expect(there.bindings).toHaveLength(1);
    const gone = registered(
      aRegister({ contacts: [logOut], callId: "call-2", more: ["Supported: outbound"] }),
      there,
    );
    expect(gone.bindings).toEqual([]);
    expect(CONTACTS).toHaveLength(5);
  });
});

describe("its JavaScript", () => {
  test("is JavaScript", async () => {
    const pieces = printed("js");
    expect(pieces).toHaveLength(5);
    for (const piece of pieces) await expect(transform(piece, { loader: "js" })).resolves.toBeDefined();
  });

  test("gives a call the UUID that its pushes give it", async () => {
    const sha256 = (text: string) => hash("sha256", text, "hex");
    const { uuidOf: printedUuidOf } = await loaded<{ uuidOf: (callId: string) => string }>("uuid.js", {
      sha256,
    });
    for (const callId of ["91bc494354284fd3", "a84b4c76e66710@pc33.atlanta.com", "ä", ""]) {
      expect(printedUuidOf(callId)).toBe(uuidOf(callId));
    }
  });

  test("is a phone that sleeps, is pushed, wakes for its call, hears of its end, and logs out", async () => {
    const opened = inABrowser();
    const stack = await localStack();
    const alice = await WirePhone.registered(stack.port, "alice");
    const said: string[] = [];
    const { createPhone } = await loaded<{ createPhone: CreatePhone }>("phone.js");
    const account = {
      server: `ws://127.0.0.1:${stack.port}/`,
      uri: "sip:bob@localhost",
      password: "sipwake",
      instance: "0b9d6e6c-52e4-4c1d-8d0f-2f6f3f1a9b77",
    };
    const phone = createPhone(account, ";pn-provider=fcm;pn-param=acme-phone;pn-prid=OLD:token", {
      registered: (caps) => said.push(`registered ${caps.join().slice(0, 16)}`),
      incoming: (callId) => said.push(`incoming ${callId}`),
      over: (callId, why) => said.push(`over ${callId} ${why}`),
      failed: (why) => said.push(`failed ${why}`),
    });
    const expected: string[] = [];
    /** Nothing else was said so far. */
    const told = (...news: readonly string[]) => {
      expected.push(...news);
      return expect.poll(() => said, { interval: 5 }).toEqual(expected);
    };
    const connections = (count: number) =>
      expect.poll(() => stack.edge.connections, { interval: 5 }).toBe(count);
    const promised = 'registered *;+sip.pns="fcm"';

    phone.wake();
    await told(promised);
    phone.setPush(";pn-provider=fcm;pn-param=acme-phone;pn-prid=NEW:token");
    await told(promised);
    phone.sleep();
    await connections(1);

    const invite = alice.invite("bob", "", SDP);
    await alice.response(182);
    await expectPushes(stack, [["NEW:token", "call"]]);
    // Two pushes in a row make one connection.
    const before = opened();
    phone.wake();
    phone.wake();
    await alice.response(180);
    const callId = invite.one("Call-ID");
    await told(promised, `incoming ${callId}`);
    expect(opened()).toBe(before + 1);
    await connections(2);
    await gaveUp(alice, invite);
    await told(`over ${callId} cancelled`);

    phone.sleep();
    await connections(1);
    phone.logOut();
    await told(promised);
    const bob = await WirePhone.connect(stack.port, "bob");
    await expect.poll(() => bob.bindings()).toEqual([]);
  });
});

const SDP = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n";

async function gaveUp(alice: WirePhone, invite: WireMessage): Promise<void> {
  alice.cancel(invite);
  await alice.hear("200", (message) => message.status === 200 && isOf(message, invite, "CANCEL"));
  await fails(alice, invite, 487);
}

type CreatePhone = (
  account: Readonly<Record<"server" | "uri" | "password" | "instance", string>>,
  push: string,
  on: {
    registered(caps: readonly string[]): void;
    incoming(callId: string): void;
    over(callId: string, why: string): void;
    failed(why: string): void;
  },
) => { wake(): void; sleep(): void; setPush(push: string): void; logOut(): void };

/** What JsSIP looks for before it takes a call. Answers how many connections were opened since. */
function inABrowser(): () => number {
  let opened = 0;
  class Counted extends WebSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol);
      opened++;
    }
  }
  const names = { window: globalThis, WebSocket: Counted, RTCPeerConnection: class {} };
  for (const [name, value] of Object.entries(names)) {
    const before = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    onTestFinished(() => {
      if (before === undefined) Reflect.deleteProperty(globalThis, name);
      else Object.defineProperty(globalThis, name, before);
    });
  }
  return () => opened;
}

/** What a printed file exports; `sha256` stands in for a package that we do not have. */
async function loaded<Exports>(name: string, sha256: object = {}): Promise<Exports> {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const elsewhere: Plugin = {
    name: "js-sha256",
    setup: (setup) => {
      setup.onResolve({ filter: /^js-sha256$/ }, ({ path }) => ({ path, external: true }));
    },
  };
  const { outputFiles } = await build({
    stdin: { contents: file(name), resolveDir: root },
    bundle: true,
    write: false,
    format: "cjs",
    platform: "node",
    logLevel: "silent",
    plugins: [elsewhere],
  });
  const require = createRequire(import.meta.url);
  const module = { exports: {} as Exports };
  const needs = (wanted: string): unknown => (wanted === "js-sha256" ? sha256 : require(wanted));
  new Function("module", "exports", "require", outputFiles[0]?.text ?? "")(module, module.exports, needs);
  return module.exports;
}

import { once } from "node:events";
import { expect, test } from "vitest";
import type { CallEntry } from "../../infra/local/admin/administrator.ts";
import { commandLine } from "../support/command-line.ts";
import { localStack, passingFolder } from "../support/stack.ts";
import { portOf, startProcess } from "../support/stack-process.ts";
import type { WireMessage } from "../support/wire-message.ts";
import { WirePhone } from "../support/wire-phone.ts";

const DEVICE = { instance: "7a1f6b1e-0000-4000-8000-00000000da7e", token: "secret-device-token" };
const KEY = `<urn:uuid:${DEVICE.instance}>;1`;

/** A stack, the command line for it, and Alice, who calls. */
async function administered(environment: Readonly<Record<string, string>> = {}) {
  const DATA_DIR = passingFolder();
  // No two things at the same time, so that one is the newer of any two.
  let last = 0;
  const clock = () => {
    last = Math.max(Date.now(), last + 1);
    return last;
  };
  const stack = await localStack({ DATA_DIR, ...environment }, clock);
  const sipwake = commandLine({ DATA_DIR, ...environment });
  const alice = await WirePhone.registered(stack.port, "alice");
  const told = async (callId: string): Promise<CallEntry> =>
    JSON.parse((await sipwake(["calls", callId, "--json"])).stdout) as CallEntry;
  return { stack, sipwake, alice, told };
}

function callIdOf(invite: WireMessage): string {
  return invite.one("Call-ID");
}

test("a call to a phone that nobody wakes is told: that it slept, that it was to be woken, and how it ended", async () => {
  const { stack, sipwake, alice } = await administered({ BUCKET_SECONDS: "1" });
  await (await WirePhone.registered(stack.port, "bob", DEVICE)).vanish();
  await expect.poll(() => stack.edge.connections, { interval: 5 }).toBe(1);
  // What a connection's end entails is written by then.
  await alice.caughtUp();
  const invite = alice.invite("bob");
  expect((await alice.final("INVITE")).status).toBe(480);
  const list = await sipwake(["calls"]);
  expect(list.stdout).toMatch(/^TIME +CALL +RESULT +CALL-ID\n/);
  expect(list.stdout.split("\n")[1]).toMatch(
    new RegExp(
      `^\\d{4}-\\d\\d-\\d\\dT[\\d:]+Z   alice@localhost → bob@localhost   480.*   ${callIdOf(invite)}$`,
    ),
  );
  const { code, stdout, stderr } = await sipwake(["calls", callIdOf(invite)]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain(`Call ${callIdOf(invite)}\n`);
  expect(stdout).toMatch(/^ *\d+ {3}called +all devices$/m);
  expect(stdout).toMatch(/^ *\d+ {3}considered {3}00da7e;1 {3}asleep, push by fcm: to be woken$/m);
  expect(stdout).toContain(`00da7e;1   ${KEY}\n`);
  expect(stdout + list.stdout).not.toContain("secret");
});

test("an answered call is told as answered, with who was called", async () => {
  const { stack, sipwake, alice, told } = await administered();
  const bob = await WirePhone.registered(stack.port, "bob", DEVICE);
  const invite = alice.invite("bob");
  bob.answer(await bob.request("INVITE"), 200, "OK");
  alice.acknowledge(invite, await alice.response(200, "INVITE"));
  await bob.request("ACK");
  expect((await sipwake(["calls"])).stdout).toMatch(/alice@localhost → bob@localhost {3}answered/);
  expect(await told(callIdOf(invite))).toMatchObject({
    callId: callIdOf(invite),
    attempts: [
      {
        caller: "sip:alice@localhost",
        callee: "sip:bob@localhost",
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        final: 200,
      },
    ],
  });
  const [attempt] = (await told(callIdOf(invite))).attempts;
  expect(attempt?.history.slice(0, 2)).toMatchObject([
    { what: "called", ms: 0, device: null, detail: "all devices" },
    { what: "considered", device: KEY, detail: "online: called now" },
  ]);
});

test("a call that is refused before anybody is called says why", async () => {
  const { alice, told, sipwake } = await administered();
  const refused = async (callee: string, extra = "") => {
    const invite = alice.invite(callee, extra);
    await alice.final("INVITE");
    const [attempt] = (await told(callIdOf(invite))).attempts;
    return [attempt?.final, attempt?.callee, attempt?.history.slice(1).map(({ detail }) => detail)];
  };
  expect(await refused("carol")).toEqual([
    480,
    "sip:carol@localhost",
    ["480 Temporarily Unavailable: nobody is registered"],
  ]);
  expect(await refused("nobody")).toEqual([
    404,
    "sip:nobody@localhost",
    ["404 Not Found: there is no such user"],
  ]);
  expect(await refused("alice")).toEqual([
    480,
    "sip:alice@localhost",
    ["online: the caller's own device", "480 Temporarily Unavailable: no contact can be called"],
  ]);
  const preferences = "Accept-Contact: *;video\r\n".repeat(21);
  expect(await refused("carol", preferences)).toEqual([
    403,
    "sip:carol@localhost",
    ["403 Too Many Caller Preferences"],
  ]);
  const { stdout } = await sipwake(["calls"]);
  expect(stdout).toMatch(
    /alice@localhost → carol@localhost +480 Temporarily Unavailable: nobody is registered +/,
  );
});

test("a call of who has not proved to be anybody is not kept", async () => {
  const { stack, sipwake } = await administered();
  const stranger = await WirePhone.connect(stack.port, "bob");
  stranger.invite("carol");
  expect((await stranger.final("INVITE")).status).toBe(407);
  expect(await sipwake(["calls", "--json"])).toEqual({
    code: 0,
    stdout: "[]\n",
    stderr: "there were no calls within the last day\n",
  });
});

test("an INVITE that comes again with another CSeq is another attempt of one call", async () => {
  const { alice, told, sipwake } = await administered();
  const invite = alice.invite("carol");
  await alice.final("INVITE");
  const again = invite.text
    .replace(/branch=\S+/, "branch=z9hG4bKagain")
    .replace(/CSeq: \d+/, "CSeq: 900")
    .replaceAll("carol", "nobody");
  alice.say(again);
  await alice.final("INVITE");
  expect((await told(callIdOf(invite))).attempts.map(({ final }) => final)).toEqual([480, 404]);
  expect((await sipwake(["calls"])).stdout).toMatch(/nobody@localhost {3}404 .* \(attempt 2\) /);
  expect((await sipwake(["calls", callIdOf(invite)])).stdout.match(/^ *MS /gm)).toHaveLength(2);
});

test("a call that was cancelled before its INVITE came is kept, too", async () => {
  const { stack, alice, told } = await administered();
  await WirePhone.registered(stack.port, "bob");
  const callId = "cancelled-first";
  const lines = (method: string) =>
    `${method} sip:bob@localhost SIP/2.0\r\nVia: SIP/2.0/WS a.invalid;branch=z9hG4bKearly\r\nMax-Forwards: 70\r\nFrom: <sip:alice@localhost>;tag=1\r\nTo: <sip:bob@localhost>\r\nCall-ID: ${callId}\r\nCSeq: 1 ${method}\r\nContent-Length: 0\r\n\r\n`;
  alice.say(lines("CANCEL"));
  await alice.final("CANCEL");
  alice.say(lines("INVITE"));
  expect((await alice.final("INVITE")).status).toBe(487);
  expect((await told(callId)).attempts).toMatchObject([
    { final: 487, history: [{ what: "cancelled", detail: "before the INVITE came" }] },
  ]);
});

test.each(["lmdb", "memory"])(
  "a call that is going on is listed, and told apart from those that are over: %s",
  async (RECORDS) => {
    const { stack, sipwake, alice, told } = await administered({ RECORDS });
    const bob = await WirePhone.registered(stack.port, "bob", DEVICE);
    const invite = alice.invite("bob");
    bob.answer(await bob.request("INVITE"), 180, "Ringing");
    await alice.response(180);
    expect((await sipwake(["calls"])).stdout).toMatch(/bob@localhost {3}going on for \d+\.\d s /);
    expect((await told(callIdOf(invite))).attempts).toMatchObject([{ final: null }]);
  },
);

test("a call is found by the beginning of its Call-ID, and one of many is asked for", async () => {
  const { sipwake, alice } = await administered();
  const invite = alice.invite("carol");
  await alice.final("INVITE");
  const callId = callIdOf(invite);
  expect((await sipwake(["calls", callId.slice(0, 9)])).stdout).toContain(`Call ${callId}\n`);
  alice.say(invite.text.replace(/branch=\S+/, "branch=z9hG4bK2").replace(callId, `${callId}+2`));
  await alice.final("INVITE");
  const { code, stdout, stderr } = await sipwake(["calls", callId.slice(0, 9)]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/^sipwake: several calls begin like this: /);
  expect(stderr).toContain(`${callId}+2`);
  expect((await sipwake(["calls", callId])).stdout).toContain(`Call ${callId}\n`);
});

test("a call that is not there is not found, which is told in text and in JSON", async () => {
  const { sipwake } = await administered();
  const problem = "there is no call a/b%20c@d, or not any more: they are kept for a day";
  expect(await sipwake(["calls", "a/b%20c@d"])).toEqual({
    code: 1,
    stdout: "",
    stderr: `sipwake: ${problem}\n`,
  });
  const { code, stdout } = await sipwake(["calls", "a/b%20c@d", "--json"]);
  expect({ code, told: JSON.parse(stdout) }).toEqual({
    code: 1,
    told: { outcome: "unknown", error: problem },
  });
});

test("the list can be had for one user, and of so many calls", async () => {
  const { stack, sipwake, alice } = await administered();
  const bob = await WirePhone.registered(stack.port, "bob");
  for (const [phone, callee] of [
    [alice, "carol"],
    [bob, "carol"],
    [bob, "nobody"],
  ] as const) {
    phone.invite(callee);
    await phone.final("INVITE");
  }
  const callees = async (...options: readonly string[]) => {
    const { stdout } = await sipwake(["calls", "--json", ...options]);
    return (JSON.parse(stdout) as CallEntry[]).map(({ attempts }) => attempts[0]?.callee);
  };
  const [carol, nobody] = ["sip:carol@localhost", "sip:nobody@localhost"];
  expect(await callees()).toEqual([nobody, carol, carol]);
  expect(await callees("--limit", "1")).toEqual([nobody]);
  expect(await callees("--user", "bob")).toEqual([nobody, carol]);
  expect(await callees("--user", "sip:carol@localhost", "--limit", "1")).toEqual([carol]);
  expect((await sipwake(["calls", "--user", "bob@elsewhere"])).stderr).toBe(
    'sipwake: "bob@elsewhere" is not of a domain in SIP_DOMAINS (localhost)\n',
  );
});

test("when the stack is gone, its calls are still there; the one that it left undecided is told as cut off", async () => {
  const DATA_DIR = passingFolder();
  const child = startProcess({ DATA_DIR });
  const port = await portOf(child);
  const alice = await WirePhone.registered(port, "alice");
  const bob = await WirePhone.registered(port, "bob", DEVICE);
  alice.invite("nobody");
  await alice.final("INVITE");
  alice.invite("bob");
  await bob.request("INVITE");
  child.kill("SIGKILL");
  await once(child, "exit");
  const { stdout } = await commandLine({ DATA_DIR })(["calls"]);
  expect(stdout).toMatch(/nobody@localhost +404 Not Found: there is no such user +/);
  expect(stdout).toMatch(/bob@localhost +cut off: the stack ended +/);
});

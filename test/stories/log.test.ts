import { expect, test } from "vitest";
import { android, fails, hangUp, pickUp } from "../support/calls.ts";
import { localStack } from "../support/stack.ts";
import { lose, WirePhone } from "../support/wire-phone.ts";

// What the log may say: enough to follow a call, and nothing that says who called whom, or what was said.

/** A call to a sleeping phone, a MESSAGE, a wrong password, and frames that cannot be read. */
async function anEventfulDay(environment: Readonly<Record<string, string>> = {}) {
  const lines: string[] = [];
  const stack = await localStack({ DEVICE_PUSHES: "2", ...environment }, Date.now, (line) =>
    lines.push(line),
  );
  const alice = await WirePhone.registered(stack.port, "alice");
  const BOB = android("bob");
  await lose(await WirePhone.registered(stack.port, "bob", BOB), stack);
  const invite = alice.invite("bob", "", "v=0 the body of a call\r\n");
  await alice.response(182);
  const bob = await WirePhone.registered(stack.port, "bob", BOB);
  const received = await bob.request("INVITE");
  const ok = await pickUp(bob, received, alice, invite);
  await hangUp("caller", { caller: alice, invite, ok }, { callee: bob, received });
  await lose(bob, stack);
  alice.send("MESSAGE", "bob", "what was said");
  await alice.final("MESSAGE");
  await fails(alice, alice.invite("bob"), 480);
  await fails(alice, alice.invite("nobody"), 404);
  const stranger = await WirePhone.connect(stack.port, "carol");
  await stranger.register({}, { password: "a wrong password" });
  stranger.say("REGISTER sip:carol@localhost SIP/2.0\r\nFrom: <sip:carol@localhost\r\n\r\n");
  stranger.say("sip:carol@localhost is no message\r\n\r\n");
  stranger.say(
    "INVITE sip:bob@localhost SIP/2.0\r\nVia: sip:carol@localhost\r\nProxy-Authorization: Digest a\r\n\r\n",
  );
  await stranger.caughtUp();
  const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { lines, events };
}

test("users are named by keyed hashes, the same in every line, and bodies and credentials are not in it", async () => {
  const { lines, events } = await anEventfulDay();
  const text = lines.join("");
  for (const secret of [
    "alice",
    "bob",
    "carol",
    "what was said",
    "the body of a call",
    "a wrong password",
    "Digest",
  ])
    expect(text, secret).not.toContain(secret);
  const forked = events.filter(({ event }) => event === "forked");
  expect(forked.length).toBeGreaterThan(1);
  expect(new Set(forked.map(({ caller }) => caller)).size).toBe(1);
  expect(forked[0]).toMatchObject({
    caller: expect.stringMatching(/^[\w-]{12}$/),
    callee: expect.stringMatching(/^[\w-]{12}$/),
  });
  const registered = events.filter(({ event }) => event === "registered").map(({ user }) => user);
  expect(registered).toContain(forked[0]?.["caller"]);
  expect(registered).toContain(forked[0]?.["callee"]);
});

test("with LOG_AORS=plain they are named as they are, for development", async () => {
  const { events } = await anEventfulDay({ LOG_AORS: "plain" });
  expect(events.find(({ event }) => event === "forked")).toMatchObject({
    caller: "sip:alice@localhost",
    callee: "sip:bob@localhost",
  });
});

test("another installation names the same users otherwise: nobody can tell who they are by trying names", async () => {
  const [one, other] = [await anEventfulDay(), await anEventfulDay()];
  const callee = ({ events }: typeof one) => events.find(({ event }) => event === "forked")?.["callee"];
  expect(callee(one)).not.toBe(callee(other));
});

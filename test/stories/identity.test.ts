import { expect, test } from "vitest";
import { localStack } from "../support/stack.ts";
import { token } from "../support/token.ts";
import { heardNothingMore, WirePhone } from "../support/wire-phone.ts";

// Who calls is what the one who is called may rely on (threats: CVE-2025-47779 and its like).

async function aliceAndBob() {
  const stack = await localStack();
  const alice = await WirePhone.registered(stack.port, "alice");
  const bob = await WirePhone.registered(stack.port, "bob");
  return { stack, alice, bob };
}

const BOSS =
  "P-Asserted-Identity: <sip:boss@localhost>\r\nRemote-Party-ID: <sip:boss@localhost>;screen=yes\r\n";

test("whoever is called hears from us who calls, and nothing of what the caller says of that (RFC 3325 §5)", async () => {
  const { alice, bob } = await aliceAndBob();
  alice.invite("bob", BOSS);
  const { text, all } = await bob.request("INVITE");
  expect(all("P-Asserted-Identity")).toEqual(["<sip:alice@localhost>"]);
  expect(text).not.toContain("boss");
});

test("also in answers, and within the dialog", async () => {
  const { alice, bob } = await aliceAndBob();
  const invite = alice.invite("bob");
  const received = await bob.request("INVITE");
  bob.answer(received, 200, "OK", "v=0\r\n", BOSS);
  const ok = await alice.response(200, "INVITE");
  expect(ok.text).not.toContain("boss");
  alice.acknowledge(invite, ok);
  await bob.request("ACK");
  const info = bob.withinAnswered("INFO", received);
  expect((await alice.request("INFO")).one("Call-ID")).toBe(info.one("Call-ID"));
});

test.each(["INVITE", "MESSAGE", "SUBSCRIBE", "NOTIFY", "PUBLISH", "REFER", "INFO", "UPDATE", "PRACK", "FOO"])(
  "nobody speaks in another's name, by whatever method: %s (403)",
  async (method) => {
    const { alice, bob } = await aliceAndBob();
    const answer = await alice.ask([
      `${method} sip:bob@localhost SIP/2.0`,
      `Via: SIP/2.0/WS a.invalid;branch=z9hG4bK${token()}`,
      "Max-Forwards: 70",
      "From: <sip:carol@localhost>;tag=1",
      "To: <sip:bob@localhost>",
      `Call-ID: ${token()}`,
      `CSeq: 1 ${method}`,
      "Contact: <sip:alice@a.invalid>",
      "Content-Length: 0",
    ]);
    expect(answer.status).toBe(403);
    await heardNothingMore(bob);
  },
);

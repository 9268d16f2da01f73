import { expect, test } from "vitest";
import { android, pickUp } from "../../support/calls.ts";
import { WirePhone } from "../../support/wire-phone.ts";
import { twinStack } from "../twin-stack.ts";

/** Calls during which API Gateway answers 410 to a third of what we send, though everybody is there. */
const CALLS = 4;

test.each([1, 2, 3])(
  "whoever API Gateway calls gone is believed to be asleep, and reachable again with the next REGISTER (seed %i)",
  async (seed) => {
    const stack = await twinStack({ BUCKET_SECONDS: "1" }, Date.now, { seed });
    const before = {
      alice: await WirePhone.registered(stack.port, "alice", android("alice")),
      bob: await WirePhone.registered(stack.port, "bob", android("bob")),
    };
    stack.go({ gonePosts: 0.33 });
    const heard = stack.heard();
    for (let call = 1; call <= CALLS; call++) {
      before.alice.invite("bob");
      await expect.poll(stack.heard, { interval: 5 }).toBe(heard + call);
      await stack.settled();
    }
    stack.go({});
    await Promise.all([before.alice.vanish(), before.bob.vanish()]);
    const alice = await WirePhone.registered(stack.port, "alice", android("alice"));
    const bob = await WirePhone.registered(stack.port, "bob", android("bob"));
    const invite = alice.invite("bob");
    const received = await bob.hear(
      "that INVITE",
      ({ method, one, status }) =>
        status === undefined && method === "INVITE" && one("Call-ID") === invite.one("Call-ID"),
    );
    expect((await pickUp(bob, received, alice, invite)).status).toBe(200);
  },
);

import { describe, expect, test } from "vitest";
import type { BindingKey } from "../../functions/location/ids.ts";
import type { PushEndpoint, Pushed, PushTarget } from "../../functions/location/location.ts";
import { retargeted, withEndpoint, withoutTarget, withPushSpent } from "../../functions/location/pushed.ts";
import { at, binding, NOW, TOKEN, ws } from "./a-binding.ts";

const PHONE = "phone" as BindingKey;
const OTHER_TOKEN: PushTarget = { ...TOKEN, prid: "token-2" };
const ENDPOINT: PushEndpoint = { service: "GCM", id: "arn-1" };
const PUSHED: Pushed = { endpoints: [ENDPOINT], deadToken: "token-0", spentUntil: NOW };

describe("a device that registers again", () => {
  const existing = binding("phone", { push: TOKEN, pushed: PUSHED });

  test("with its token: what pushes taught us stays, and so does the target itself, so that nobody takes it for a new one", () => {
    expect(retargeted(existing, { ...TOKEN }, true).push).toBe(TOKEN);
    expect(retargeted(existing, { ...TOKEN }, true).pushed).toBe(PUSHED);
  });

  test.each<[string, PushTarget]>([
    ["another token", OTHER_TOKEN],
    ["another app", { ...TOKEN, param: "acme-2" }],
    ["another service", { ...TOKEN, provider: "apns" }],
  ])("with %s: its endpoints are of the former one, its budget is the device's", (_, target) => {
    const pushed = { ...PUSHED, endpoints: [] };
    expect(retargeted(existing, target, true)).toEqual({ push: target, pushed });
  });

  test("with other keys for the same web push subscription: those count from now on", () => {
    const former = { ...TOKEN, keys: { p256dh: "p", auth: "a" } };
    const newer = { ...TOKEN, keys: { p256dh: "p", auth: "b" } };
    const { push } = retargeted(binding("phone", { push: former }), newer, true);
    expect(push).toEqual(newer);
  });

  test("with a token that its service called dead: it is not taken, however often it is given", () => {
    const dead: Pushed = { ...PUSHED, deadToken: TOKEN.prid };
    const once = retargeted(binding("phone", { pushed: dead }), TOKEN, true);
    expect(once.push).toBeUndefined();
    expect(retargeted(binding("phone", once), TOKEN, true).push).toBeUndefined();
    expect(retargeted(binding("phone", once), OTHER_TOKEN, true).push).toBe(OTHER_TOKEN);
  });

  test("with a dead token once its app was started anew: that is tried again, since a wrong key of ours makes tokens look dead, too", () => {
    const dead: Pushed = { ...PUSHED, deadToken: TOKEN.prid };
    expect(retargeted(binding("phone", { pushed: dead }), TOKEN, false).push).toBe(TOKEN);
  });

  test("without a token: it can be pushed no more, and has not earned a new budget", () => {
    expect(retargeted(existing, undefined, true)).toEqual({
      push: undefined,
      pushed: { ...PUSHED, endpoints: [] },
    });
  });

  test("for the first time: nothing is known", () => {
    expect(retargeted(undefined, TOKEN, true)).toEqual({ push: TOKEN, pushed: undefined });
  });
});

describe("what a service calls a device", () => {
  const location = at(binding("phone", { push: TOKEN }), binding("desk", { push: OTHER_TOKEN }));

  test("is kept with its binding, one for each service", () => {
    const one = withEndpoint(location, PHONE, TOKEN, ENDPOINT);
    expect(one.bindings[0]?.pushed?.endpoints).toEqual([ENDPOINT]);
    expect(one.bindings[1]).toBe(location.bindings[1]);
    const voip = { service: "APNS_VOIP", id: "arn-2" };
    const both = withEndpoint(one, PHONE, TOKEN, voip);
    expect(both.bindings[0]?.pushed?.endpoints).toEqual([ENDPOINT, voip]);
    const anew = { service: "GCM", id: "arn-3" };
    expect(withEndpoint(both, PHONE, TOKEN, anew).bindings[0]?.pushed?.endpoints).toEqual([voip, anew]);
  });

  test("is not kept for a token that the device has replaced meanwhile, nor written twice", () => {
    expect(withEndpoint(location, PHONE, OTHER_TOKEN, ENDPOINT)).toBe(location);
    const one = withEndpoint(location, PHONE, TOKEN, ENDPOINT);
    expect(withEndpoint(one, PHONE, TOKEN, { ...ENDPOINT })).toBe(one);
  });
});

describe("a push target that is nobody's any more", () => {
  const isMeant = ({ prid }: PushTarget) => prid === TOKEN.prid;

  test("makes a sleeping device unreachable (race o)", () => {
    const asleep = at(
      binding("phone", { push: TOKEN }),
      binding("desk", { connection: ws(1) }),
      binding("tablet", { push: OTHER_TOKEN }),
    );
    expect(withoutTarget(asleep, isMeant, "dead").bindings).toEqual(asleep.bindings.slice(1));
  });

  test.each([
    ["dead", TOKEN.prid],
    ["moved", "token-0"],
  ] as const)("leaves a device that is online; whether it may be given again: %s", (why, deadToken) => {
    const online = at(binding("phone", { connection: ws(1), push: TOKEN, pushed: PUSHED }));
    const pushed = { ...PUSHED, endpoints: [], deadToken };
    expect(withoutTarget(online, isMeant, why)).toEqual(
      at(binding("phone", { connection: ws(1), push: undefined, pushed })),
    );
  });

  test("changes nothing where another token is by now (race o)", () => {
    const location = at(binding("phone", { push: OTHER_TOKEN }));
    expect(withoutTarget(location, isMeant, "dead")).toBe(location);
  });
});

test("what is spent of a device's budget is its own", () => {
  const location = at(binding("phone", { push: TOKEN }), binding("desk", { push: OTHER_TOKEN }));
  const { bindings } = withPushSpent(location, PHONE, NOW + 1);
  expect(bindings.map(({ pushed }) => pushed?.spentUntil)).toEqual([NOW + 1, undefined]);
});

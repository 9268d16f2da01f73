import { expect, test } from "vitest";
import { challengesIn } from "../../functions/proxy/challenge.ts";
import type { Fork } from "../../functions/proxy/fork.ts";
import type { DeviceResponse, ForkEffect } from "../../functions/proxy/fork-event.ts";
import { parse } from "../../functions/sip/parse.ts";
import {
  asleep,
  CANCEL,
  cannotBeWoken,
  type Device,
  inTurn,
  inviting,
  NOW,
  on,
  online,
  says,
  told,
} from "./a-fork.ts";

// A caller who is challenged by several devices can answer all of them at once (RFC 3261 §16.7 step 7).

const WWW_A = 'WWW-Authenticate: Digest realm="a", nonce="1"';
const WWW_B = 'WWW-Authenticate: Digest realm="b", nonce="2"';
const PROXY_B = 'Proxy-Authenticate: Digest realm="b-proxy", nonce="3", qop="auth,auth-int"';
const PROXY_C = 'proxy-authenticate:   Digest realm="c",nonce="4"';

function challenges(device: Device, status: number, ...lines: string[]): DeviceResponse {
  const head = [
    `SIP/2.0 ${status} Prove It`,
    "Via: SIP/2.0/WS caller.invalid;branch=z9hG4bK1",
    `To: <sip:bob@example.com>;tag=${device}`,
    "From: <sip:alice@example.com>;tag=1",
    "Call-ID: call-1",
    "CSeq: 1 INVITE",
    ...lines,
    "Content-Length: 0",
  ];
  const upstream = `${head.join("\r\n")}\r\n\r\n`;
  return { ...says(device, status), upstream, challenges: challengesIn(status, parse(upstream).headers) };
}

/** The final response that the caller gets for these, the last of which ends the fork. */
function answered(fork: Fork, ...events: DeviceResponse[]): string {
  const last = events.at(-1);
  const { effects } = on(told(fork, ...events.slice(0, -1)), last as DeviceResponse);
  return octetsOf(effects);
}

function octetsOf(effects: readonly ForkEffect[]): string {
  const [octets] = effects.flatMap((effect) =>
    effect.type === "answer" ? [effect.answer.octets ?? ""] : [],
  );
  return octets ?? "no answer";
}

function challengesOf(octets: string): readonly string[] {
  return octets.split("\r\n").filter((line) => /^(?:www|proxy)-authenticate/i.test(line));
}

test("the one challenge of one device goes to the caller as it came", () => {
  const only = challenges("a", 401, WWW_A);
  expect(answered(inviting(online("a")), only)).toBe(only.upstream);
});

test("a 401 brings the challenges of all devices, its own first, each as it came", () => {
  const octets = answered(
    inviting(online("a"), online("b"), online("c")),
    challenges("a", 401, WWW_A),
    challenges("b", 407, PROXY_B),
    challenges("c", 407, PROXY_C),
  );
  expect(octets).toMatch(/^SIP\/2\.0 401 Prove It\r\n/);
  expect(challengesOf(octets)).toEqual([WWW_A, PROXY_B, PROXY_C]);
  expect(octets).toContain("To: <sip:bob@example.com>;tag=a\r\n");
});

test("so does a 407", () => {
  const fork = inviting(online("a"), online("b"));
  const octets = answered(fork, challenges("a", 407, PROXY_B), challenges("b", 401, WWW_B));
  expect(octets).toMatch(/^SIP\/2\.0 407 /);
  expect(challengesOf(octets)).toEqual([PROXY_B, WWW_B]);
});

test("the order in which the devices challenge and fail does not matter", () => {
  const fork = inviting(online("a"), online("b"), online("c"));
  const events = [challenges("b", 407, PROXY_B), says("a", 486), challenges("c", 401, WWW_A)];
  expect(challengesOf(answered(fork, ...events))).toEqual([PROXY_B, WWW_A]);
});

test("several challenges of one device all go on", () => {
  const fork = inviting(online("a"), online("b"));
  const octets = answered(fork, challenges("a", 401, WWW_A, WWW_B), challenges("b", 407, PROXY_B));
  expect(challengesOf(octets)).toEqual([WWW_A, WWW_B, PROXY_B]);
});

test("a challenge that two devices have in common is told once", () => {
  const fork = inviting(online("a"), online("b"));
  const octets = answered(fork, challenges("a", 401, WWW_A), challenges("b", 401, WWW_A));
  expect(challengesOf(octets)).toEqual([WWW_A]);
});

test("a 401 that forgot its challenge still brings the others'", () => {
  const fork = inviting(online("a"), online("b"));
  const octets = answered(fork, challenges("a", 401), challenges("b", 407, PROXY_B));
  expect(challengesOf(octets)).toEqual([PROXY_B]);
});

test("challenges of earlier turns count, too", () => {
  const fork = inviting(online("a"), inTurn(1, online("b")));
  const octets = answered(fork, challenges("a", 401, WWW_A), challenges("b", 407, PROXY_B));
  expect(challengesOf(octets)).toEqual([WWW_A, PROXY_B]);
});

test("whoever answers in the end, a better failure than a challenge brings none of them", () => {
  const fork = inviting(online("a"), online("b"));
  expect(challengesOf(answered(fork, challenges("a", 401, WWW_A), challenges("b", 603)))).toEqual([]);
  expect(challengesOf(answered(fork, challenges("a", 401, WWW_A), challenges("b", 302)))).toEqual([]);
});

test("what is no 401 or 407 challenges nobody, whatever it carries", () => {
  const fork = inviting(online("a"), online("b"));
  const octets = answered(fork, challenges("a", 486, WWW_A), challenges("b", 407, PROXY_B));
  expect(challengesOf(octets)).toEqual([PROXY_B]);
});

test("a device that cannot be reached does not hide the challenge of one that can", () => {
  const fork = told(inviting(online("a"), asleep("b")), challenges("a", 401, WWW_A));
  expect(challengesOf(octetsOf(on(fork, cannotBeWoken("b")).effects))).toEqual([WWW_A]);
});

test("the caller's own CANCEL is answered 487, with no challenge", () => {
  const fork = told(inviting(online("a"), online("b")), challenges("a", 401, WWW_A), says("b", 180), CANCEL);
  expect(on(fork, says("b", 487)).effects).toContainEqual({
    type: "answer",
    answer: { status: 487, octets: undefined },
  });
});

test("an answer that has to be sent again is the same to the octet, though another challenge has come since", () => {
  const fork = inviting(online("a"), online("b"));
  const first = on(told(fork, challenges("a", 401, WWW_A)), { type: "alarm" }, NOW + 32_000);
  const late = told(first.fork, challenges("b", 407, PROXY_B));
  expect(octetsOf(on(late, { type: "alarm" }, NOW + 33_000).effects)).toBe(octetsOf(first.effects));
  expect(octetsOf(first.effects)).not.toBe("no answer");
});

test("devices may challenge as often as they like; the answer has an end", () => {
  const many = Array.from(
    { length: 100 },
    (_, nonce) => `WWW-Authenticate: Digest realm="b", nonce="${nonce}"`,
  );
  const fork = inviting(online("a"), online("b"));
  const octets = answered(fork, challenges("a", 401, WWW_A), challenges("b", 401, ...many));
  expect(challengesOf(octets)).toContain(WWW_A);
  expect(challengesOf(octets).length).toBeLessThan(50);
});

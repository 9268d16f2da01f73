import { expect } from "vitest";
import type { ContactOptions, SipPhone } from "./sip-phone.ts";
import type { TestStack } from "./stack.ts";
import { isOf, type WireMessage } from "./wire-message.ts";

// What stories of sleeping phones have in common: devices, their pushes, and the ends of calls.

/** A push as the phone's app would be given it. */
export interface Pushed {
  readonly token: string;
  readonly kind: string;
  readonly callId: string;
  readonly reason: string | undefined;
}

/** A phone with an FCM token. */
export function android(name: string): ContactOptions & { readonly token: string } {
  return { instance: instanceOf(name), token: `${name}-token` };
}

/** A phone with a VoIP token, whose system wants to see a call after each push. */
export function iphone(name: string): ContactOptions & { readonly token: string } {
  const token = appleToken(`${name}-token`);
  return { ...android(name), token, provider: "apns", param: "TEAM123456.com.example.phone.voip" };
}

/** Apple's tokens are hexadecimal, and SNS takes no others: one that spells a name, to be read by people (`spelt`). */
export function appleToken(name: string): string {
  return Buffer.from(name).toString("hex");
}

/** The name that an Apple token spells; any other token as it is. */
export function spelt(token: string): string {
  const name = Buffer.from(token, "hex").toString();
  return appleToken(name) === token ? name : token;
}

/** A device that cannot be pushed. */
export function browser(name: string): ContactOptions {
  return { instance: instanceOf(name) };
}

function instanceOf(name: string): string {
  return `7a1f6b1e-0000-4000-8000-${Buffer.from(name).toString("hex").padStart(12, "0").slice(-12)}`;
}

/** All pushes so far, oldest first. */
export function pushesOf({ sns }: TestStack): readonly Pushed[] {
  return sns.inbox.entries.map(({ token, payload }) => {
    const text = JSON.stringify(payload);
    const field = (name: string) => new RegExp(`"${name}":"([^"]*)"`).exec(text)?.[1];
    return {
      token: spelt(token),
      kind: field("kind") ?? "",
      callId: field("callId") ?? "",
      reason: field("reason"),
    };
  });
}

/** Answers once these pushes have been sent, in any order, and no others. */
export async function expectPushes(
  stack: TestStack,
  wanted: readonly (readonly [token: string, kind: "call" | "cancel", reason?: string])[],
): Promise<void> {
  const sent = () =>
    pushesOf(stack).map(({ token, kind, reason }) => [token, kind, ...(reason ? [reason] : [])].join(" "));
  await expect
    .poll(() => sent().toSorted(), { interval: 5, timeout: 20_000 })
    .toEqual(wanted.map(([token, ...what]) => [spelt(token), ...what].join(" ")).toSorted());
}

/** The phone answers, the caller acknowledges. Answers the 200. */
export async function pickUp(
  phone: SipPhone,
  received: WireMessage,
  caller: SipPhone,
  invite: WireMessage,
): Promise<WireMessage> {
  phone.answer(received, 200, "OK", "v=0\r\n");
  const ok = await caller.hear("200", (message) => message.status === 200 && isOf(message, invite, "INVITE"));
  caller.acknowledge(invite, ok);
  await phone.hear("ACK", (message) => message.status === undefined && isOf(message, invite, "ACK"));
  return ok;
}

/** One of the two hangs up, and the other agrees. */
export async function hangUp(
  who: "caller" | "callee",
  {
    caller,
    invite,
    ok,
  }: { readonly caller: SipPhone; readonly invite: WireMessage; readonly ok: WireMessage },
  { callee, received }: { readonly callee: SipPhone; readonly received: WireMessage },
): Promise<void> {
  const [one, other] = who === "caller" ? [caller, callee] : [callee, caller];
  if (who === "caller") caller.withinCalled("BYE", invite, ok);
  else callee.withinAnswered("BYE", received);
  other.answer(await other.request("BYE"), 200, "OK");
  await one.response(200, "BYE");
}

/** The INVITEs that a phone has stopped ringing for, by their Call-IDs. */
const stopped = new WeakMap<SipPhone, string[]>();

/** The phone is told to stop ringing, does so, and that is acknowledged. Answers the CANCEL's Reason (RFC 3326). */
export async function stopRinging(phone: SipPhone, received: WireMessage): Promise<string> {
  const cancel = await phone.hear(
    "CANCEL",
    (message) => message.status === undefined && isOf(message, received, "CANCEL"),
  );
  // §9.1: by these two it is matched to its INVITE.
  expect(cancel.all("Via")).toEqual(received.all("Via").slice(0, 1));
  expect(cancel.startLine.split(" ")[1]).toBe(received.startLine.split(" ")[1]);
  phone.answer(cancel, 200, "OK");
  await refuse(phone, received, 487, "Request Terminated");
  stopped.set(phone, [...(stopped.get(phone) ?? []), received.one("Call-ID")]);
  return cancel.one("Reason");
}

/** The phone refuses a call, and that is acknowledged, hop by hop (RFC 3261 §17.1.1.3). */
export async function refuse(
  phone: SipPhone,
  received: WireMessage,
  status: number,
  reason: string,
  headers = "",
): Promise<void> {
  phone.answer(received, status, reason, "", headers);
  const ack = await phone.hear(
    "ACK",
    (message) => message.status === undefined && isOf(message, received, "ACK"),
  );
  expect(ack.all("Via")).toEqual(received.all("Via").slice(0, 1));
}

/** The caller is told that it failed, and acknowledges that. */
export async function fails(caller: SipPhone, invite: WireMessage, status: number): Promise<WireMessage> {
  const final = await caller.hear(
    `a final response to ${invite.one("CSeq")}`,
    (message) => (message.status ?? 0) >= 200 && isOf(message, invite, "INVITE"),
  );
  expect(final.status).toBe(status);
  caller.acknowledge(invite, final);
  return final;
}

/** The caller gives up: 200 to the CANCEL, and 487 to the INVITE. */
export async function giveUp(caller: SipPhone, invite: WireMessage): Promise<void> {
  caller.cancel(invite);
  await caller.hear("200", (message) => message.status === 200 && isOf(message, invite, "CANCEL"));
  await fails(caller, invite, 487);
}

/**
 * Nothing more is said to them, though everything that they have said has been dealt with, and what followed from it. One
 * more CANCEL to a phone that has stopped ringing has no effect (RFC 3261 §9.2).
 */
export async function silence(...phones: readonly SipPhone[]): Promise<void> {
  for (let round = 0; round < 3; round++) await Promise.all(phones.map((phone) => phone.caughtUp()));
  const isNews = (phone: SipPhone, { status, method, one }: WireMessage) =>
    status !== 100 &&
    !(status === undefined && method === "CANCEL" && stopped.get(phone)?.includes(one("Call-ID")));
  expect(
    phones
      .flatMap((phone) => phone.unasked.filter((message) => isNews(phone, message)))
      .map(({ text }) => text),
  ).toEqual([]);
}

import { isOf, type WireMessage } from "../../support/wire-message.ts";
import type { RacePhone } from "./race-phone.ts";
import type { Round } from "./round.ts";

/** An INVITE on its way. */
export interface Call {
  readonly id: string;
  readonly invite: WireMessage;
  /** When it was sent, as `performance.now()`. */
  readonly at: number;
}

/** Calls somebody. The caller acknowledges every final answer; a call that is answered is hung up at once. */
export function call(round: Round, caller: RacePhone, callee: string): Call {
  const at = performance.now();
  const invite = caller.invite(callee);
  round.note(`${caller.user} calls ${callee}`);
  awaitAnswer(round, caller, invite);
  return { id: invite.one("Call-ID"), invite, at };
}

/** The phone acknowledges what answers this INVITE, which it or another one of its user's has sent. */
export function awaitAnswer(round: Round, caller: RacePhone, invite: WireMessage): void {
  caller.reactions.push((message) => {
    const { status = 0 } = message;
    if (status < 200) return;
    if (isOf(message, invite, "CANCEL")) round.note(`${caller.user} hears ${status} to its CANCEL`);
    if (!isOf(message, invite, "INVITE")) return;
    round.note(`${caller.user} hears ${status}`);
    caller.acknowledge(invite, message);
    if (status < 300) caller.withinCalled("BYE", invite, message);
  });
}

/** What the caller has heard in the end, in order: `487`, or `487, 200`. */
export function finalsOf(caller: RacePhone, { id, invite }: Call): string {
  const heard = caller.finals(id, invite.one("CSeq"));
  return heard.map(({ status }) => status).join(", ");
}

/** What the caller's CANCEL was answered, so. */
export function cancelFinalsOf(caller: RacePhone, { id, invite }: Call): string {
  const heard = caller.finals(id, invite.one("CSeq").replace("INVITE", "CANCEL"));
  return heard.map(({ status }) => status).join(", ");
}

export function giveUp(caller: RacePhone, { invite }: Call): void {
  caller.cancel(invite);
}

/** Where a phone's part in a call has come to. */
export interface Ringing {
  readonly invite: WireMessage;
  /** Its final answer, if it has given one. */
  status: number | undefined;
}

/**
 * A phone that takes calls: `rings` is told of each INVITE. It agrees to every CANCEL and BYE, and stops ringing if it still does. Answers its calls,
 * by Call-ID.
 */
export function takesCalls(
  round: Round,
  phone: RacePhone,
  rings: (ringing: Ringing) => void,
): ReadonlyMap<string, Ringing> {
  const calls = new Map<string, Ringing>();
  phone.reactions.push((message) => {
    if (message.status !== undefined) return;
    const { method } = message;
    round.note(`${phone.user} gets ${method}`);
    const ringing = calls.get(message.one("Call-ID"));
    if (method === "INVITE" && ringing === undefined) {
      const begun: Ringing = { invite: message, status: undefined };
      calls.set(message.one("Call-ID"), begun);
      rings(begun);
    }
    if (method === "CANCEL" || method === "BYE") phone.answer(message, ringing ? 200 : 481, "Well");
    if (method === "CANCEL" && ringing !== undefined) answer(round, phone, ringing, 487);
  });
  return calls;
}

/** A phone answers a call, unless it has answered it finally. */
export function answer(round: Round, phone: RacePhone, ringing: Ringing, status: number): void {
  if (ringing.status !== undefined) return;
  if (status >= 200) ringing.status = status;
  round.note(`${phone.user} says ${status}`);
  phone.answer(ringing.invite, status, "Said", status === 200 ? "v=0\r\n" : "");
}

/** Whether nothing rings there any more: its final answer was acknowledged, and a call that it answered was hung up. */
export function isOver(phone: RacePhone, { invite, status }: Ringing): boolean {
  const id = invite.one("Call-ID");
  if (status === undefined || phone.requests("ACK", id).length === 0) return false;
  return status >= 300 || phone.requests("BYE", id).length > 0;
}

/** The call as it rings at the phone. */
export async function ringingOf(
  round: Round,
  calls: ReadonlyMap<string, Ringing>,
  id: string,
): Promise<Ringing> {
  await round.until("the INVITE at the phone", () => calls.has(id));
  return calls.get(id) as Ringing;
}

/** No phone has got an INVITE more than once. */
export function ringsOnce(round: Round): void {
  for (const phone of round.phones) {
    const ids = phone.requests("INVITE").map(({ one }) => one("Call-ID"));
    round.check(new Set(ids).size === ids.length, `${phone.user} got an INVITE more than once`);
  }
}

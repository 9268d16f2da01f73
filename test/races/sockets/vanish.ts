import { call, finalsOf, giveUp } from "./calls.ts";
import type { Race } from "./race.ts";
import { type AppRun, appRun, type RacePhone } from "./race-phone.ts";
import { instanceContact, type Outcome, pause, type Round } from "./round.ts";

// A phone's connection dies around its first REGISTER over it. Whether that was heard or not: in the end nobody is there, or somebody
// who sleeps.

export const vanish: Race = {
  name: "vanish",
  kinds: [
    { name: "plain", play: (round) => play(round, false) },
    { name: "pushable", play: (round) => play(round, true) },
  ],
};

/** How long a ghost may stay, in looks and ms between them. */
const LOOKS = 200;
const BETWEEN = 50;

async function play(round: Round, isPushable: boolean): Promise<Outcome> {
  const token = `token-${round.user("b")}`;
  const push = isPushable ? `;pn-provider=fcm;pn-param=app;pn-prid=${token}` : "";
  const [caller, phone, other] = await Promise.all([round.caller(), round.phone("b"), round.phone("b", 1)]);
  const run = appRun(instanceContact(phone, "one", push));
  const asking = appRun("");
  await Promise.all([round.prepare(phone, run), round.prepare(other, asking)]);
  const offset = Math.abs(round.offset());
  const death = round.death();
  await round.around(
    offset,
    ["REGISTER", () => void phone.prove(run)],
    [`its connection dies (${death}), ${offset.toFixed(1)} ms after that`, () => phone.die(death)],
  );
  // What is not written yet is by then.
  await round.settled(other);
  if (!isPushable) await nobodyIsBound(round, other, asking);
  await round.settled(other);
  if (!isPushable) await nobodyIsBound(round, other, asking);

  const vain = call(round, caller, other.user);
  const isPushed = () => round.server.pushesTo(token).includes("call");
  await round.until("an end of the call, or a push", () => finalsOf(caller, vain) !== "" || isPushed());
  const latency = performance.now() - vain.at;
  if (isPushed()) {
    giveUp(caller, vain);
    await round.until("an end of the call", () => finalsOf(caller, vain) !== "");
  }
  const heard = finalsOf(caller, vain);
  round.check(
    heard === (isPushed() ? "487" : "480"),
    `GHOST: nobody is there, and the caller heard ${heard}`,
  );
  round.check(other.requests("INVITE").length === 0, "somebody else got the INVITE");
  return { what: isPushed() ? "asleep" : "nobody", latency };
}

/** The registrar comes to know no contact. */
async function nobodyIsBound(round: Round, phone: RacePhone, run: AppRun): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    const cseq = phone.prove(run, "");
    await round.until("what is registered", () => phone.finals(run.callId, cseq).length > 0);
    if (phone.finals(run.callId, cseq)[0]?.all("Contact").length === 0) return;
    await pause(BETWEEN);
  }
  throw new Error("GHOST: a contact stays whose connection has ended");
}

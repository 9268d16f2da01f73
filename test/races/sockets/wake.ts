import {
  answer,
  awaitAnswer,
  type Call,
  call,
  cancelFinalsOf,
  finalsOf,
  giveUp,
  isOver,
  type Ringing,
  ringingOf,
  ringsOnce,
  takesCalls,
} from "./calls.ts";
import type { Race } from "./race.ts";
import { type AppRun, appRun, type RacePhone } from "./race-phone.ts";
import { instanceContact, type Outcome, type Round } from "./round.ts";

// A phone that sleeps is called, and comes back around the moment in which something else happens to its call.

export const wake: Race = {
  name: "wake",
  kinds: [
    { name: "and the caller gives up", play: givenUp },
    { name: "and the caller's connection dies", play: callerLost },
    { name: "and somebody else calls", play: calledTwice },
    { name: "by itself, as the INVITE comes", play: byItself },
  ],
};

/** A phone whose former connection has been dealt with, and what it will say. */
interface Sleeper {
  readonly user: string;
  readonly token: string;
  readonly run: AppRun;
}

async function sleeper(round: Round): Promise<Sleeper> {
  const phone = await round.phone("b");
  const token = `token-${phone.user}`;
  const push = `;pn-provider=fcm;pn-param=app;pn-prid=${token}`;
  const run = appRun(instanceContact(phone, "one", push));
  const connection = await round.register(phone, run);
  phone.die(round.death());
  await round.ended(connection);
  // Woken, an app goes on with its registration or begins another.
  return { user: phone.user, token, run: round.dice.below(2) === 0 ? run : appRun(run.contact) };
}

interface Woken {
  readonly phone: RacePhone;
  /** Sends the REGISTER that is left to do. */
  readonly register: () => void;
  /** Answers when that has been answered. */
  readonly registered: () => Promise<unknown>;
  readonly calls: ReadonlyMap<string, Ringing>;
}

/** The phone connects, and one REGISTER is left to do. */
async function comes(
  round: Round,
  { run }: Sleeper,
  rings: (phone: RacePhone, ringing: Ringing) => void,
): Promise<Woken> {
  const phone = await round.phone("b", 1);
  const calls = takesCalls(round, phone, (ringing) => rings(phone, ringing));
  await round.prepare(phone, run);
  let cseq = "";
  const register = () => {
    cseq = phone.prove(run);
  };
  return { phone, register, registered: () => round.registered(phone, run, cseq), calls };
}

async function pushed(round: Round, { token }: Sleeper): Promise<void> {
  await round.until("the push", () => round.server.pushesTo(token).includes("call"));
  round.note("the phone is pushed");
}

async function givenUp(round: Round): Promise<Outcome> {
  const [caller, asleep] = await Promise.all([round.caller(), sleeper(round)]);
  const made = call(round, caller, asleep.user);
  await pushed(round, asleep);
  const woken = await comes(round, asleep, (phone, ringing) => answer(round, phone, ringing, 180));
  const began = performance.now();
  // The INVITE comes to the phone some time behind its REGISTER.
  const offset = round.offset() + round.dice.pick([0, 10]);
  await round.around(
    offset,
    ["the phone says REGISTER", woken.register],
    [`CANCEL, ${offset.toFixed(1)} ms after that`, () => giveUp(caller, made)],
  );
  await round.until("a final answer", () => finalsOf(caller, made) !== "");
  const latency = performance.now() - began;
  await round.until("an answer to CANCEL", () => cancelFinalsOf(caller, made) !== "");
  await woken.registered();
  await round.settled(caller, woken.phone);
  const ringing = woken.calls.get(made.id);
  if (ringing) await round.until("the phone's end of the call", () => isOver(woken.phone, ringing));
  await round.settled(caller, woken.phone);
  round.check(
    woken.calls.size === (ringing ? 1 : 0),
    "RINGS: the INVITE came when the caller had heard long since that it is over",
  );
  round.check(finalsOf(caller, made) === "487", `the caller heard ${finalsOf(caller, made)}`);
  round.check(cancelFinalsOf(caller, made) === "200", `CANCEL was answered ${cancelFinalsOf(caller, made)}`);
  ringsOnce(round);
  return { what: ringing ? "rang, and was cancelled" : "was not called", latency };
}

async function callerLost(round: Round): Promise<Outcome> {
  const [caller, asleep] = await Promise.all([round.phone("a"), sleeper(round)]);
  const callerRun = appRun(instanceContact(caller, "caller"));
  const connection = await round.register(caller, callerRun);
  const made = call(round, caller, asleep.user);
  await pushed(round, asleep);
  const woken = await comes(round, asleep, (phone, ringing) => answer(round, phone, ringing, 180));
  const began = performance.now();
  const offset = round.offset();
  const death = round.death();
  await round.around(
    offset,
    ["the phone says REGISTER", woken.register],
    [`the caller's connection dies (${death}), ${offset.toFixed(1)} ms after that`, () => caller.die(death)],
  );
  await woken.registered();
  const ringing = await ringingOf(round, woken.calls, made.id);
  const latency = performance.now() - began;
  await round.ended(connection);
  const back = await round.phone("a", 1);
  awaitAnswer(round, back, made.invite);
  await round.register(back, callerRun);
  round.note("the caller is back");
  answer(round, woken.phone, ringing, 486);
  await isRefusedOnce(round, back, made, woken);
  round.check(finalsOf(caller, made) === "", "the dead connection heard something");
  return { what: "rang", latency };
}

async function calledTwice(round: Round): Promise<Outcome> {
  const [first, second, asleep] = await Promise.all([round.caller("a"), round.caller("c"), sleeper(round)]);
  const one = call(round, first, asleep.user);
  await pushed(round, asleep);
  const woken = await comes(round, asleep, (phone, ringing) => answer(round, phone, ringing, 486));
  const began = performance.now();
  const offset = round.offset();
  const others: Call[] = [];
  await round.around(
    offset,
    ["the phone says REGISTER", woken.register],
    [
      `the other call, ${offset.toFixed(1)} ms after that`,
      () => others.push(call(round, second, asleep.user)),
    ],
  );
  for (const other of others) await isRefusedOnce(round, second, other, woken);
  await isRefusedOnce(round, first, one, woken);
  const latency = performance.now() - began;
  const pushes = round.server.pushesTo(asleep.token).length;
  return { what: `${pushes} pushed`, latency };
}

async function byItself(round: Round): Promise<Outcome> {
  const [caller, asleep] = await Promise.all([round.caller(), sleeper(round)]);
  const woken = await comes(round, asleep, (phone, ringing) => answer(round, phone, ringing, 486));
  const offset = round.offset();
  const calls: Call[] = [];
  await round.around(
    offset,
    ["the phone says REGISTER", woken.register],
    [`the call, ${offset.toFixed(1)} ms after that`, () => calls.push(call(round, caller, asleep.user))],
  );
  const [made] = calls;
  if (made === undefined) throw new Error("nobody called");
  await isRefusedOnce(round, caller, made, woken);
  const latency = performance.now() - made.at;
  const pushes = round.server.pushesTo(asleep.token).length;
  round.check(pushes <= 1, `${pushes} pushes for one call`);
  return { what: pushes === 0 ? "not pushed" : "pushed", latency };
}

/** The phone has refused the call, which it got once, and the caller hears so once. */
async function isRefusedOnce(
  round: Round,
  caller: RacePhone,
  made: Call,
  { phone, calls }: Woken,
): Promise<void> {
  await round.until(`${caller.user}'s final answer`, () => finalsOf(caller, made) !== "");
  const ringing = await ringingOf(round, calls, made.id);
  await round.until("the phone's end of the call", () => isOver(phone, ringing));
  await round.settled(caller, phone);
  round.check(finalsOf(caller, made) === "486", `the caller heard ${finalsOf(caller, made)}`);
  ringsOnce(round);
}

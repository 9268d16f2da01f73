import { token } from "../../support/token.ts";
import { answer, call, finalsOf, giveUp, ringsOnce, takesCalls } from "./calls.ts";
import type { Race } from "./race.ts";
import { type AppRun, appRun, type RacePhone } from "./race-phone.ts";
import { instanceContact, type Outcome, type Round } from "./round.ts";

// A phone has a new connection, and the old one dies around the REGISTER over the new one. Once both have been dealt with, it is where
// it says, and nowhere else; and when the new connection is gone, too, it is gone or asleep.

/** What the phone says over its new connection of who it is. */
type Newcomer = "same instance" | "app started anew" | "new instance" | "no instance";

const NEWCOMERS: readonly Newcomer[] = ["same instance", "app started anew", "new instance", "no instance"];

/** The last REGISTER of a run that ends, and the first of the next one, are closer to each other than what else races, by this factor. */
const SCARCELY = 4;

interface Ways {
  readonly newcomer: Newcomer;
  readonly isPushable: boolean;
  /** Whether the old run sends a REGISTER, too, before its connection dies; and when, beside that of the new one. */
  readonly refresh?: "just before" | "just behind";
}

export const reconnect: Race = {
  name: "reconnect",
  kinds: [
    ...NEWCOMERS.flatMap((newcomer) =>
      [false, true].map((isPushable) => ({
        name: isPushable ? `${newcomer}, pushable` : newcomer,
        play: (round: Round) => play(round, { newcomer, isPushable }),
      })),
    ),
    ...(["just before", "just behind"] as const).flatMap((refresh) =>
      [false, true].map((isPushable) => ({
        name: `refresh of the former run ${refresh}${isPushable ? ", pushable" : ""}`,
        play: (round: Round) => play(round, { newcomer: "app started anew" as const, isPushable, refresh }),
      })),
    ),
  ],
};

async function play(round: Round, ways: Ways): Promise<Outcome> {
  const { server } = round;
  const push = ways.isPushable ? `;pn-provider=fcm;pn-param=app;pn-prid=${tokenOf(round)}` : "";
  const [caller, old, next] = await Promise.all([round.caller(), round.phone("b"), round.phone("b", 1)]);
  const before = appRun(contactOf(ways.newcomer, old, "old", push));
  const oldConnection = await round.register(old, before);
  const after =
    ways.newcomer === "same instance" ? before : appRun(contactOf(ways.newcomer, next, "new", push));
  const calls = [old, next].map((phone) =>
    takesCalls(round, phone, (ringing) => answer(round, phone, ringing, 486)),
  );
  await round.prepare(next, after);

  const cseq = await race(round, ways, { old, before, next, after });
  const connection = await round.registered(next, after, cseq);
  await round.ended(oldConnection);
  await isBoundOnce(round, next, after);

  const found = call(round, caller, next.user);
  await round.until(
    "an answer to the call",
    () => finalsOf(caller, found) !== "" || server.pushesTo(tokenOf(round)).length > 0,
  );
  const latency = performance.now() - found.at;
  const invites = calls.map((of) => of.size).join(" and ");
  round.check(
    finalsOf(caller, found) === "486" && invites === "0 and 1",
    `LOST: INVITEs over the old and the new connection: ${invites}; the caller heard ${finalsOf(caller, found) || "nothing"}, and pushes went out for ${server.pushesTo(tokenOf(round)).join() || "nothing"}`,
  );
  if (round.wrongs.length === 0) await isGone(round, ways, { caller, next, connection });
  ringsOnce(round);
  return { what: server.isEndedBefore(oldConnection, connection) ? "end first" : "REGISTER first", latency };
}

/** The old connection dies around the REGISTER over the new one; answers the CSeq of that. */
async function race(
  round: Round,
  { refresh }: Ways,
  { old, before, next, after }: Record<"old" | "next", RacePhone> & Record<"before" | "after", AppRun>,
): Promise<string> {
  let cseq = "";
  const register = () => {
    cseq = next.prove(after);
  };
  // What a reset connection was about to say is not heard any more.
  const death = refresh ? round.dice.pick(["FIN", "destroyed"] as const) : round.death();
  const die = () => {
    if (refresh) old.prove(before);
    old.die(death);
  };
  const drawn = round.offset();
  const closely = Math.abs(drawn) / SCARCELY;
  const offset = refresh === undefined ? drawn : refresh === "just before" ? -closely : closely;
  const last = refresh ? "the former run says REGISTER once more, and its connection" : "the old connection";
  await round.around(
    offset,
    ["REGISTER goes out over the new connection", register],
    [`${last} dies (${death}, ${offset.toFixed(1)} ms after the REGISTER)`, die],
  );
  return cseq;
}

/** The registrar knows one contact, and it is the phone's. */
async function isBoundOnce(round: Round, phone: RacePhone, run: AppRun): Promise<void> {
  const cseq = phone.prove(run, "");
  await round.until("what is registered", () => phone.finals(run.callId, cseq).length > 0);
  const bound = phone.finals(run.callId, cseq)[0]?.all("Contact") ?? [];
  const isOurs = (contact: string) => run.contact.includes(contact.slice(0, contact.indexOf(">")));
  round.check(
    bound.length === 1 && bound.every(isOurs),
    `${bound.length === 0 ? "LOST" : "GHOST"}: beside an open connection over which it registered ${run.contact}, there is ${bound.join(" | ") || "nothing"}`,
  );
}

/** The new connection ends, too: nobody is there, or somebody who sleeps. */
async function isGone(
  round: Round,
  { isPushable }: Ways,
  { caller, next, connection }: Record<"caller" | "next", RacePhone> & { readonly connection: string },
): Promise<void> {
  const { server } = round;
  const death = round.death();
  round.note(`the new connection dies, too (${death})`);
  next.die(death);
  await round.ended(connection);
  const left = server.leftBy(connection);
  round.check(left === (isPushable ? 1 : 0), `GHOST: ${left} contacts are left behind`);
  const vain = call(round, caller, next.user);
  if (isPushable) {
    await round.until(
      "a push",
      () => server.pushesTo(tokenOf(round)).length > 0 || finalsOf(caller, vain) !== "",
    );
    giveUp(caller, vain);
  }
  await round.until("an end of the call", () => finalsOf(caller, vain) !== "");
  const pushes = server.pushesTo(tokenOf(round)).filter((kind) => kind === "call").length;
  const isRight = finalsOf(caller, vain) === (isPushable ? "487" : "480") && pushes === (isPushable ? 1 : 0);
  round.check(isRight, `nobody is there, and the caller heard ${finalsOf(caller, vain)}; pushes: ${pushes}`);
}

function contactOf(newcomer: Newcomer, phone: RacePhone, which: string, push: string): string {
  if (newcomer === "no instance") return `Contact: <sip:${token()}@${phone.host}${push}>;expires=600`;
  return instanceContact(phone, newcomer === "new instance" ? which : "one", push);
}

function tokenOf(round: Round): string {
  return `token-${round.user("b")}`;
}

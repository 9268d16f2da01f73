import {
  answer,
  call,
  cancelFinalsOf,
  finalsOf,
  giveUp,
  isOver,
  ringingOf,
  ringsOnce,
  takesCalls,
} from "./calls.ts";
import type { Race } from "./race.ts";
import { appRun } from "./race-phone.ts";
import { instanceContact, type Outcome, pause, type Round } from "./round.ts";

// The caller gives up around the moment in which the phone says something. A phone that was faster than our CANCEL of it may have its 200
// behind the 487 (RFC 3261 §16.7 step 5): the caller hangs that up. In the end nothing rings.

/** What the phone says around the CANCEL, having said that it rings or not. */
interface Ways {
  readonly rings: boolean;
  readonly says: readonly number[];
}

const WAYS: Readonly<Record<string, Ways>> = {
  "around 180": { rings: false, says: [180] },
  "around 200 behind 180": { rings: true, says: [200] },
  "around the first 200": { rings: false, says: [200] },
  "around 180 and 200": { rings: false, says: [180, 200] },
  "around 486": { rings: true, says: [486] },
};

export const cancel: Race = {
  name: "cancel",
  kinds: Object.entries(WAYS).map(([name, ways]) => ({ name, play: (round) => play(round, ways) })),
};

/** How long the phone has the call before anything happens, at least, in ms: a CANCEL may be this much sooner. */
const BEFORE = 5;

async function play(round: Round, { rings, says }: Ways): Promise<Outcome> {
  const [caller, phone] = await Promise.all([round.caller(), round.phone("b", 1)]);
  await round.register(phone, appRun(instanceContact(phone, "one")));
  const calls = takesCalls(round, phone, (ringing) => {
    if (rings) answer(round, phone, ringing, 180);
  });
  const made = call(round, caller, phone.user);
  const ringing = await ringingOf(round, calls, made.id);
  await pause(BEFORE);

  let began = 0;
  const begin = () => {
    began ||= performance.now();
  };
  const offset = round.offset();
  await round.around(
    offset,
    [
      `${phone.user} is about to say ${says.join(", ")}`,
      () => {
        begin();
        for (const status of says) answer(round, phone, ringing, status);
      },
    ],
    [
      `CANCEL, ${offset.toFixed(1)} ms after that`,
      () => {
        begin();
        giveUp(caller, made);
      },
    ],
  );
  await round.until("a final answer", () => finalsOf(caller, made) !== "");
  const latency = performance.now() - began;
  await round.until("an answer to CANCEL", () => cancelFinalsOf(caller, made) !== "");
  await round.until("the phone's end of the call", () => isOver(phone, ringing));
  await round.settled(caller, phone);

  const what = finalsOf(caller, made);
  const allowed = { 200: ["200", "487, 200"], 486: ["486", "487"], 487: ["487"] }[ringing.status ?? 0] ?? [];
  round.check(allowed.includes(what), `the phone said ${ringing.status}, and the caller heard ${what}`);
  const cancelled = cancelFinalsOf(caller, made);
  round.check(cancelled === "200" || cancelled === "481", `CANCEL was answered ${cancelled}`);
  ringsOnce(round);
  return { what, latency };
}

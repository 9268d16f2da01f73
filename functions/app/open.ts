import { ABSENT } from "../ports.ts";
import { deadlineOf, endOfFork, type Fork, type Party } from "../proxy/fork.ts";
import { forkIdOf } from "../proxy/fork-id.ts";
import type { Happening } from "../proxy/happening.ts";
import { keepRequest } from "../proxy/kept-request.ts";
import { openFork, refusedFork, type Target } from "../proxy/open-fork.ts";
import type { Aor } from "../sip/aor.ts";
import { format } from "../sip/format.ts";
import type { SipRequest } from "../sip/message.ts";
import { Refusal } from "../sip/refusal.ts";
import { reply } from "../sip/reply.ts";
import type { App } from "./app.ts";
import { logName } from "./log-name.ts";
import { logged } from "./logged.ts";
import { act } from "./settle.ts";
import { toTagOf } from "./to-tag.ts";

/**
 * A fork of the request, our Routes popped, to these devices: once, however often the request comes. The alarm first, then the
 * record, then the deeds: a fork that exists is always looked at again. `history` is what happened before.
 */
export async function open(
  app: App,
  request: SipRequest,
  caller: Party,
  callee: Aor,
  targets: readonly Target[],
  history: readonly Happening[],
): Promise<void> {
  const { method } = request;
  const { timers } = app.settings;
  const now = app.clock();
  const id = forkIdOf(app.keyring, request);
  const { head, body } = keepRequest(request);
  const subject = { id, method, head, body, caller, callee, history };
  const [fork, effects] = openFork(subject, targets, now, timers);
  const alarm = deadlineOf(fork) ?? now;
  await app.alarms.set(id, alarm);
  if ((await app.forks.swap(id, ABSENT, fork, endOfFork(fork, now, timers))) === "stale") {
    return repeat(app, fork, request);
  }
  // Writing took so long that the alarm may have gone off before there was anything to look at.
  const isGone = alarm <= app.clock();
  const names = { caller: logName(app, caller.aor), callee: logName(app, callee) };
  app.log.info("forked", { fork: id, method, ...names, targets: targets.length });
  // Whatever fails now, the fork is there, and answers: a 500 beside it would be a second answer.
  await logged(app, method, () =>
    act(app, fork, isGone ? [...effects, { type: "alarm", at: alarm }] : effects, request),
  );
}

/**
 * Notes that an INVITE is refused for what was found where its callee is: that may be another thing when it comes again, which then
 * hears the same. "repeated": it came before, has a fork, and is answered by that.
 */
export async function openRefused(
  app: App,
  request: SipRequest,
  caller: Party,
  callee: Aor,
  status: number,
): Promise<"refused" | "repeated"> {
  const id = forkIdOf(app.keyring, request);
  const { head } = keepRequest(request);
  const fork = refusedFork(
    { id, method: request.method, head, body: "", caller, callee, history: [] },
    status,
  );
  const end = app.clock() + app.settings.timers.transaction;
  if ((await app.forks.swap(id, ABSENT, fork, end)) === "committed") return "refused";
  await repeat(app, fork, request);
  return "repeated";
}

/**
 * The same request again, or one whose CANCEL was faster: no second fork, no second push (RFC 3261 §17.2.1). What has
 * been decided is said again; a 2xx is repeated by the device that sent it.
 */
async function repeat(app: App, { id, caller }: Fork, request: SipRequest): Promise<void> {
  const { value: known } = await app.forks.read(id);
  if (known === undefined || known.caller.aor !== caller.aor) throw new Refusal(482);
  if (known.final === undefined || known.final < 300 || caller.connection === undefined) return;
  const octets = known.best?.status === known.final ? known.best.octets : undefined;
  const answer = octets ?? format(reply(request, known.final, { toTag: toTagOf(app, request) }));
  const { connection } = caller;
  await logged(app, "repetition", () => app.edge.send(connection, answer));
}

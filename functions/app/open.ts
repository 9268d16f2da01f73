import { ABSENT } from "../ports.ts";
import { deadlineOf, endOfFork, type Fork, type Party } from "../proxy/fork.ts";
import { forkIdOf } from "../proxy/fork-id.ts";
import type { Happening } from "../proxy/happening.ts";
import { keepRequest } from "../proxy/kept-request.ts";
import { openFork, type Target } from "../proxy/open-fork.ts";
import type { Aor } from "../sip/aor.ts";
import { format } from "../sip/format.ts";
import type { SipRequest } from "../sip/message.ts";
import { Refusal } from "../sip/refusal.ts";
import { reply } from "../sip/reply.ts";
import type { App } from "./app.ts";
import { logName } from "./log-name.ts";
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
  await app.alarms.set(id, deadlineOf(fork) ?? now);
  if ((await app.forks.swap(id, ABSENT, fork, endOfFork(fork, now, timers))) === "stale") {
    return repeat(app, fork, request);
  }
  const names = { caller: logName(app, caller.aor), callee: logName(app, callee) };
  app.log.info("forked", { fork: id, method, ...names, targets: targets.length });
  await act(app, fork, effects, request);
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
  await app.edge.send(caller.connection, answer);
}

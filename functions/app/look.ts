import { logFault } from "../fault.ts";
import type { Binding } from "../location/location.ts";
import type { Watcher } from "../location/watcher.ts";
import type { PhonePush } from "../push/phone-push.ts";
import { type Due, due } from "../registrar/agenda.ts";
import type { Aor } from "../sip/aor.ts";
import { textOf } from "../sip/octets.ts";
import type { App } from "./app.ts";
import { changeLocation, currently } from "./change-location.ts";
import type { Tell } from "./drop-token.ts";
import { notifyWatcher } from "./notify.ts";
import { pushDevice } from "./push-device.ts";
import { settle } from "./settle.ts";

/** How many locations are looked at side by side. */
const AT_ONCE = 16;

/**
 * Looks at every location whose time has come: sleeping phones are asked to register again before their registration ends
 * (RFC 8599 §5.5), and those who watch are told what has run out. To be called every few seconds, by anybody, also by two
 * at once. Answers how many there were.
 */
export async function lookAtDue(app: App): Promise<number> {
  const seen = new Set<string>();
  for (;;) {
    const found = await app.locations.due(app.clock(), AT_ONCE + seen.size);
    // A store may be a moment behind and name again what has just been done.
    const aors = found.filter((aor) => !seen.has(aor));
    if (aors.length === 0) return seen.size;
    for (const aor of aors) seen.add(aor);
    await Promise.all(aors.map((aor) => lookSafely(app, aor as Aor)));
  }
}

/** One location that cannot be looked at must not keep the others waiting. */
async function lookSafely(app: App, aor: Aor): Promise<void> {
  try {
    await look(app, aor);
  } catch (error) {
    logFault(app.log, "due location", error);
  }
}

const NOTHING: Pick<Due, "silent" | "ended"> = { silent: [], ended: [] };

async function look(app: App, aor: Aor): Promise<void> {
  let silent: readonly Binding[] = [];
  let ended: readonly Watcher[] = [];
  const location = await changeLocation(app, aor, (found) => {
    const now = app.clock();
    // Who looked at it before us has set another time.
    const isDue = found.dueAt !== undefined && found.dueAt <= now;
    // Decided anew, from what somebody else has written.
    ({ silent, ended } = NOTHING);
    if (!isDue) return found;
    const result = due(currently(app, found), now);
    ({ silent, ended } = result);
    return result.location;
  });
  await Promise.all(ended.map((watcher) => notifyWatcher(app, aor, location, watcher)));
  const outcomes = await Promise.allSettled(silent.map((binding) => remind(app, aor, binding)));
  // All have ended before any fault is told: a function must not return with work still running.
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}

/** Asks a device by a background push to register again. */
async function remind(app: App, aor: Aor, binding: Binding): Promise<void> {
  if (binding.push === undefined) return;
  const push: PhonePush = { kind: "refresh", to: textOf(aor), expiresAt: binding.expiresAt };
  const tell: Tell = (fork, event) => settle(app, fork, event);
  const { outcome } = await pushDevice(app, aor, binding, push, tell);
  app.log.debug("reminded", { provider: binding.push.provider, outcome });
}

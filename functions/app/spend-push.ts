import { fingerprint } from "../keyring/fingerprint.ts";
import type { BindingKey } from "../location/ids.ts";
import { bindingOf } from "../location/location.ts";
import { withPushSpent } from "../location/pushed.ts";
import type { Party } from "../proxy/fork.ts";
import { type Budget, spend } from "../push/budget.ts";
import type { Aor } from "../sip/aor.ts";
import type { App } from "./app.ts";
import { changeLocation } from "./change-location.ts";

/** A swap that is stale this often in a row means something is wrong, not busy. */
const ATTEMPTS = 64;

/** Who causes a push: a user, or the connection of somebody who is none. */
type Caller = Pick<Party, "aor" | "connection">;

/**
 * Spends one push of a caller's budgets, the one for all phones and the one for this one; false if one of them is spent, and
 * nothing may go out. A trunk has none: it brings the calls of many.
 */
export async function spendPush(app: App, caller: Caller, aor: Aor, key: BindingKey): Promise<boolean> {
  const { wakes, trunks } = app.settings;
  if (trunks !== undefined && caller.aor !== undefined && trunks.byAor.has(caller.aor)) return true;
  const { perPair, perCaller } = wakes;
  const name = caller.aor ?? caller.connection ?? "";
  // A key may be as long as a contact, and a record's may not.
  const pair = fingerprint(`${name} ${aor} ${key}`);
  return (await spendOf(app, `pair:${pair}`, perPair)) && (await spendOf(app, `caller:${name}`, perCaller));
}

async function spendOf({ budgets, clock }: App, key: string, budget: Budget): Promise<boolean> {
  if (budget.pushes === Number.POSITIVE_INFINITY) return true;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { value, version } = await budgets.read(key);
    const spentUntil = spend(value?.spentUntil ?? 0, clock(), budget);
    if (spentUntil === undefined) return false;
    if ((await budgets.swap(key, version, { spentUntil }, spentUntil)) === "committed") return true;
  }
  throw new Error("a budget stayed stale");
}

/** Spends one push of a caller's budgets and of a device's. Answers whose is spent; undefined if it may go out. */
export async function spentBudget(
  app: App,
  caller: Caller,
  aor: Aor,
  key: BindingKey,
): Promise<"device" | "caller" | undefined> {
  // First the caller's: what he may not do must not cost the device anything.
  if (!(await spendPush(app, caller, aor, key))) return "caller";
  let isSpent = false;
  await changeLocation(app, aor, (found) => {
    const { pushed } = bindingOf(found, key) ?? {};
    const spentUntil = spend(pushed?.spentUntil ?? 0, app.clock(), app.settings.wakes.perDevice);
    isSpent = spentUntil === undefined;
    return spentUntil === undefined ? found : withPushSpent(found, key, spentUntil);
  });
  return isSpent ? "device" : undefined;
}

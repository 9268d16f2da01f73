import type { BindingKey } from "../location/ids.ts";
import { bindingOf } from "../location/location.ts";
import { withPushSpent } from "../location/pushed.ts";
import type { Party } from "../proxy/fork.ts";
import { spend } from "../push/budget.ts";
import type { Aor } from "../sip/aor.ts";
import type { App } from "./app.ts";
import { changeLocation } from "./change-location.ts";

/** A swap that is stale this often in a row means something is wrong, not busy. */
const ATTEMPTS = 64;

/** Spends one push of a caller's budget; false if it is spent, and nothing may go out. */
export async function spendPush(
  { budgets, clock, settings }: App,
  { aor, connection }: Pick<Party, "aor" | "connection">,
): Promise<boolean> {
  const budget = settings.wakes.perCaller;
  if (budget.pushes === Number.POSITIVE_INFINITY) return true;
  const key = `caller:${aor ?? connection ?? ""}`;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { value, version } = await budgets.read(key);
    const spentUntil = spend(value?.spentUntil ?? 0, clock(), budget);
    if (spentUntil === undefined) return false;
    if ((await budgets.swap(key, version, { spentUntil }, spentUntil)) === "committed") return true;
  }
  throw new Error("a budget stayed stale");
}

/** Spends one push of a device's budget and of a caller's. Answers whose budget is spent; undefined if it may go out. */
export async function spentBudget(
  app: App,
  aor: Aor,
  key: BindingKey,
  caller: Pick<Party, "aor" | "connection">,
): Promise<"device" | "caller" | undefined> {
  let isSpent = false;
  await changeLocation(app, aor, (found) => {
    const { pushed } = bindingOf(found, key) ?? {};
    const spentUntil = spend(pushed?.spentUntil ?? 0, app.clock(), app.settings.wakes.perDevice);
    isSpent = spentUntil === undefined;
    return spentUntil === undefined ? found : withPushSpent(found, key, spentUntil);
  });
  if (isSpent) return "device";
  return (await spendPush(app, caller)) ? undefined : "caller";
}

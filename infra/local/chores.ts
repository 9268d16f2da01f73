import { logFault } from "../../functions/fault.ts";
import type { Gateway } from "../../functions/gateway/gateway.ts";
import { every } from "./every.ts";
import type { Given } from "./given.ts";
import type { Stores } from "./records/stores.ts";

/** How often records are swept, in ms. */
const SWEEPING = 1_000;

/** How often what is due is looked for, in ms. */
const LOOKING = 5_000;

/** Does now and then what nobody asks for, until it is stopped: sweeps the records, and looks for what is due. */
export function startChores(
  { clock, log }: Given,
  stores: Stores,
  handlers: Gateway,
): { stop(): Promise<void> } {
  const sweeping = setInterval(
    () => void stores.sweep(clock()).catch((error: unknown) => logFault(log, "sweep", error)),
    SWEEPING,
  );
  const looks = every(LOOKING, () => handlers.look());
  return {
    stop: () => {
      clearInterval(sweeping);
      return looks.stop();
    },
  };
}

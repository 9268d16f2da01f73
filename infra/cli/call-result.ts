import type { AttemptEntry } from "../local/admin/administrator.ts";
import { deviceNames } from "./device-names.ts";
import { printable } from "./printed.ts";

/** What became of an attempt, in a few words. `now` is in ms since 1970; undefined: nobody runs that could still be calling. */
export function resultOf({ at, final, history }: AttemptEntry, now: number | undefined): string {
  if (final === null) {
    return now === undefined ? "cut off: the stack ended" : `going on for ${seconds(now - Date.parse(at))}`;
  }
  const decision = history.findLast(({ what }) => what === "answered" || what === "refused");
  const after = decision?.what === "answered" ? ` after ${seconds(decision.ms)}` : "";
  if (final === 487) return `487 cancelled${after}`;
  if (final >= 300) return `${printable(decision?.detail || String(final))}${after}`;
  const device = decision?.device ?? undefined;
  const name = device === undefined ? undefined : deviceNames([device]).get(device);
  return `answered${name === undefined ? "" : ` by ${printable(name)}`}${after}`;
}

/** `alice@localhost → bob@localhost`. */
export function partiesOf({ caller, callee }: AttemptEntry): string {
  return `${nameOf(caller)} → ${nameOf(callee)}`;
}

function nameOf(aor: string | null): string {
  return aor === null ? "nobody known" : printable(aor.replace(/^sip:/, ""));
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

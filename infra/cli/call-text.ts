import type { AttemptEntry, CallEntry } from "../local/admin/administrator.ts";
import { partiesOf, resultOf } from "./call-result.ts";
import { deviceNames } from "./device-names.ts";
import { columns, printable } from "./printed.ts";

/**
 * A call, attempt by attempt: what happened, a line each, with the ms since the INVITE came; then who is meant by the short
 * names. `now` as in `resultOf`.
 */
export function callText({ callId, attempts }: CallEntry, now: number | undefined): string {
  const keys = attempts.flatMap(({ history }) => history.flatMap(({ device }) => device ?? []));
  const names = deviceNames(keys);
  const blocks = attempts.map((attempt) => attemptText(attempt, names, now));
  const legend = Array.from(names, ([key, name]) => [printable(name), printable(key)]);
  const devices = legend.length === 0 ? [] : [columns([["DEVICE", "CONTACT"], ...legend])];
  return [`Call ${printable(callId)}\n`, ...blocks, ...devices].join("\n");
}

function attemptText(
  attempt: AttemptEntry,
  names: ReadonlyMap<string, string>,
  now: number | undefined,
): string {
  const heading = `${attempt.at}   ${partiesOf(attempt)}\n${resultOf(attempt, now)}\n`;
  // What was found out later may have happened before.
  const history = attempt.history.toSorted((one, other) => one.ms - other.ms);
  const rows = history.map(({ ms, what, device, detail }) => [
    String(ms),
    printable(what),
    device === null ? "" : printable(names.get(device) ?? device),
    printable(detail),
  ]);
  const table = [["MS", "WHAT", "DEVICE", "DETAIL"], ...rows];
  const width = Math.max(...table.map(([ms = ""]) => ms.length));
  return `${heading}\n${columns(table.map(([ms = "", ...others]) => [ms.padStart(width), ...others]))}`;
}

import type { Administrator, CallEntry, CallsWanted } from "../local/admin/administrator.ts";
import { partiesOf, resultOf } from "./call-result.ts";
import { callText } from "./call-text.ts";
import { columns, printable } from "./printed.ts";
import { type Report, undone } from "./report.ts";

/** `now` is in ms since 1970. */
export async function listCalls(
  administrator: Administrator,
  wanted: CallsWanted,
  now: number,
): Promise<Report> {
  const calls = await administrator.recentCalls(wanted);
  if (calls.length === 0)
    return { value: calls, text: "", notes: ["there were no calls within the last day"] };
  const rows = calls.map((call) => rowOf(call, presentOf(administrator, now)));
  return { value: calls, text: columns([["TIME", "CALL", "RESULT", "CALL-ID"], ...rows]) };
}

export async function showCall(administrator: Administrator, callId: string, now: number): Promise<Report> {
  const told = await administrator.callOf(callId);
  switch (told.outcome) {
    case "found":
      return { value: told.call, text: callText(told.call, presentOf(administrator, now)) };
    case "unknown":
      return undone(told, `there is no call ${printable(callId)}, or not any more: they are kept for a day`);
    case "ambiguous":
      return undone(told, `several calls begin like this: ${told.callIds.map(printable).join(", ")}`);
  }
}

/** By its last attempt. */
function rowOf({ callId, attempts }: CallEntry, now: number | undefined): readonly string[] {
  const last = attempts.at(-1);
  if (last === undefined) return ["", "", "", printable(callId)];
  const times = attempts.length === 1 ? "" : ` (attempt ${attempts.length})`;
  const time = last.at.replace(/\.\d+Z$/, "Z");
  return [time, partiesOf(last), `${resultOf(last, now)}${times}`, printable(callId)];
}

/** Where no stack runs, no call goes on. */
function presentOf({ reaches }: Administrator, now: number): number | undefined {
  return reaches === "stack" ? now : undefined;
}

import type { Administrator, Removed } from "../local/admin/administrator.ts";
import { counted } from "./printed.ts";

/** What is to be said of connections that stayed open, or may have: a line each. */
export function unclosed({ reaches }: Administrator, { gone }: Removed): readonly string[] {
  if (gone.length === 0) return [];
  const connections = `${counted(gone.length, "connection")} (${gone.join(", ")})`;
  return reaches === "stack"
    ? [`${connections} could not be closed: the stack that was asked does not hold it, or not any more`]
    : [`${connections} could not be closed: no stack answers here; if one elsewhere holds it, it stays open`];
}

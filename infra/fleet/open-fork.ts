import { deadlineOf, type Fork } from "../../functions/proxy/fork.ts";
import { type EdgeName, edgeOf } from "../edge/edge-name.ts";

/**
 * The edge whose timers a fork that is not over goes by: the one that its request came to, whoever has moved the fork since. An alarm
 * that goes off there is set again there, so that this edge, while it lives, looks at the fork in time. Undefined for a fork of
 * which nothing is awaited.
 */
export function keeperOf(fork: Fork): EdgeName | undefined {
  const { connection } = fork.caller;
  const isOpen = fork.owed || deadlineOf(fork) !== undefined;
  return isOpen && connection !== undefined ? edgeOf(connection) : undefined;
}

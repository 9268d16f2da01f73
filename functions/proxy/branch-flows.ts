import type { ConnectionId } from "../location/ids.ts";
import type { Flow, Invited } from "./branch.ts";

// One device, one branch, maybe several flows: a request that met with silence goes out over another flow as well, under the
// same Via branch, so that to a device that has both it is a repetition (RFC 3261 §17.2.3). The first flow that works wins.

/** More flows than a device comes by while it is called, and not without end. */
const MAX_OTHERS = 4;

/** Whether the device speaks over this connection. */
export function isFlowOf({ connection, others }: Invited, from: ConnectionId | undefined): boolean {
  return from === connection || others.some((other) => other.connection === from);
}

/** The flow that the device speaks over, by its connection. */
export function flowAt({ key, connection, uri, path, others }: Invited, from: ConnectionId): Flow {
  return others.find((other) => other.connection === from) ?? { key, connection, uri, path };
}

/** Whether this is over a copy of the request that is neither where the device was heard nor where it is now. */
export function isStray({ connection, heard }: Invited, from: ConnectionId): boolean {
  return heard.length > 0 && !heard.includes(from) && from !== connection;
}

/** With another flow, which is now the one to use; what went before stays, for a word that may come over it. */
export function withFlow<B extends Invited>(branch: B, flow: Flow): B {
  const former = flowAt(branch, branch.connection);
  const others = branch.others.filter(({ connection }) => connection !== flow.connection);
  return { ...branch, ...flow, others: limited([former, ...others], branch) };
}

/** With a connection that its device may be heard over, though nothing was sent there. */
export function withEar<B extends Invited>(branch: B, flow: Flow): B {
  return { ...branch, others: [...branch.others.slice(0, MAX_OTHERS - 1), flow] };
}

/** The branch as its device is heard over this connection: the flow to use, if it is the first word of it. */
export function heardOver<B extends Invited>(branch: B, from: ConnectionId): B {
  const { heard } = branch;
  if (heard.includes(from)) return branch;
  const isFirst = heard.length === 0 && from !== branch.connection;
  return { ...(isFirst ? withFlow(branch, flowAt(branch, from)) : branch), heard: [...heard, from] };
}

/** Without one of its flows; undefined if it was the only one. */
export function withoutFlow<B extends Invited>(branch: B, gone: ConnectionId): B | undefined {
  if (!isFlowOf(branch, gone)) return branch;
  const heard = branch.heard.filter((connection) => connection !== gone);
  const others = branch.others.filter((other) => other.connection !== gone);
  if (branch.connection !== gone) return { ...branch, others, heard };
  const [next, ...rest] = others;
  return next && { ...branch, ...next, others: rest, heard };
}

/** Not too many; those that the device was heard over stay. */
function limited(others: readonly Flow[], { heard }: Invited): readonly Flow[] {
  if (others.length <= MAX_OTHERS) return others;
  const unheard = others.findLastIndex(({ connection }) => !heard.includes(connection));
  return others.toSpliced(unheard < 0 ? -1 : unheard, 1);
}

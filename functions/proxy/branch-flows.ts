import type { ConnectionId } from "../location/ids.ts";
import type { Flow, Invited } from "./branch.ts";

// One device, one branch, maybe two flows: a request that met with silence goes out over another flow as well, under the
// same Via branch, so that to a device that has both it is a repetition (RFC 3261 §17.2.3). The first flow that works wins.

/** Whether the device speaks over this connection. */
export function isFlowOf({ connection, other }: Invited, from: ConnectionId | undefined): boolean {
  return from === connection || from === other?.connection;
}

/** The flow that the device speaks over, by its connection. */
export function flowAt(branch: Invited, from: ConnectionId): Flow {
  const { key, connection, uri, path, other } = branch;
  return other?.connection === from ? other : { key, connection, uri, path };
}

/** Whether this is over the copy of the request that is neither where the device was heard nor where it is now. */
export function isStray({ connection, heard }: Invited, from: ConnectionId): boolean {
  return heard !== undefined && from !== heard && from !== connection;
}

/** With another flow, which is now the one to use; what went before stays, for a word that may come over it. */
export function withFlow<B extends Invited>(branch: B, flow: Flow): B {
  const { key, connection, uri, path } = branch;
  return { ...branch, ...flow, other: { key, connection, uri, path } };
}

/** The branch as its device is heard over this connection: the flow to use, if it is the first word of it. */
export function heardOver<B extends Invited>(branch: B, from: ConnectionId): B {
  if (branch.heard !== undefined) return branch;
  const { key, connection, uri, path, other } = branch;
  if (other?.connection !== from) return { ...branch, heard: from };
  return { ...branch, ...other, other: { key, connection, uri, path }, heard: from };
}

/** Without one of its flows; undefined if it was the only one. */
export function withoutFlow<B extends Invited>(branch: B, gone: ConnectionId): B | undefined {
  const { connection, other } = branch;
  if (other === undefined) return connection === gone ? undefined : branch;
  if (other.connection === gone) return { ...branch, other: undefined };
  return connection === gone ? { ...branch, ...other, other: undefined } : branch;
}

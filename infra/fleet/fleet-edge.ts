import { inTurn } from "../../functions/in-turn.ts";
import type { ConnectionId } from "../../functions/location/ids.ts";
import type { Edge } from "../../functions/ports.ts";
import type { Octets } from "../../functions/sip/octets.ts";
import { type EdgeName, edgeOf } from "../edge/edge-name.ts";
import type { Leases } from "./leases.ts";
import type { Neighbours } from "./neighbours.ts";

export interface FleetEdgeOptions {
  /** The edge of this process. */
  readonly own: Edge;
  /** What it is called now. */
  readonly name: () => EdgeName | undefined;
  readonly leases: Leases;
  readonly neighbours: Neighbours;
}

/** How often an edge is asked that does not answer. */
const ATTEMPTS = 2;

/**
 * All connections of a fleet: those of this process directly, the others through the edge that holds them, which their ids name. To
 * one connection messages go in the order in which they were asked for. "gone" is what that edge says, or what follows from its
 * lease being over. An edge that does not answer while its lease may be good is a fault: nobody's contact is touched for it.
 */
export function fleetEdge({ own, name, leases, neighbours }: FleetEdgeOptions): Edge {
  const inOrder = inTurn();
  const elsewhere = async (
    edge: EdgeName,
    method: "POST" | "DELETE",
    connection: ConnectionId,
    message: Octets,
  ): Promise<"done" | "gone"> => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const url = await leases.urlOf(edge);
      if (url === undefined) return "gone";
      const answer = await neighbours.ask(url, method, connection, message);
      if (answer !== "silent") return answer;
      leases.forget(edge);
    }
    throw new Error(`the edge ${edge} does not answer`);
  };
  /** The edge to ask; undefined for this one, which knows nothing of ids that name nobody. */
  const otherEdge = (connection: ConnectionId) => {
    const edge = edgeOf(connection);
    return edge === name() ? undefined : edge;
  };
  return {
    send: (to, message) => {
      const edge = otherEdge(to);
      if (edge === undefined) return own.send(to, message);
      return inOrder(to, async () =>
        (await elsewhere(edge, "POST", to, message)) === "done" ? "sent" : "gone",
      );
    },
    close: (connection) => {
      const edge = otherEdge(connection);
      if (edge === undefined) return own.close(connection);
      return inOrder(connection, async () =>
        (await elsewhere(edge, "DELETE", connection, "")) === "done" ? "closed" : "gone",
      );
    },
    // A connection's proofs are over this edge, whose events they come with.
    proof: (from, user, verdict) => own.proof?.(from, user, verdict) ?? "heard",
  };
}

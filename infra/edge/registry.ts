import type { Duplex } from "node:stream";
import type { ConnectionId } from "../../functions/location/ids.ts";
import type { Transport } from "../../functions/location/transport.ts";
import { Admission, type Refused } from "./admission.ts";
import { type EdgeName, edgeOf, newConnectionId, newEdgeName } from "./edge-name.ts";
import type { ConnectionFacts } from "./event.ts";
import { type EdgeHandlers, HeldConnection, type HeldConnectionOptions } from "./held-connection.ts";
import type { EdgeLimits } from "./limits.ts";
import type { NetworkOf } from "./network-of.ts";
import { Outbox } from "./outbox.ts";
import { Proofs, type Verdict } from "./proofs.ts";
import type { Standing } from "./standing.ts";
import type { Wire } from "./wire.ts";

/** To who comes while the edge stops, or has no name. */
const NOT_NOW: Refused = { statusCode: 503, retryAfter: 30 };

/** The connections of an edge, whatever carries them: who is let in, who is held, and who is looked after. */
export class Registry {
  readonly limits: EdgeLimits;
  readonly clock: () => number;
  readonly networkOf: NetworkOf;
  readonly #outbox = new Outbox();
  readonly #held = new Map<string, HeldConnection>();
  /** Of those that are held, and of those that are still being let in. */
  readonly #standings = new Map<string, Standing>();
  /** How many connections have ended whose end has not been handled yet. */
  #ending = 0;
  /** Who waits until all have ended. */
  readonly #waiting: (() => void)[] = [];
  readonly #admission: Admission;
  readonly #proofs: Proofs;
  readonly #edgeName: () => EdgeName | undefined;
  /** In the ids of those that nobody lets in. */
  readonly #noName = newEdgeName();
  /** One for all of them, since there are many. */
  readonly #shared: HeldConnectionOptions;
  readonly #ended = ({ facts }: HeldConnection, handling: Promise<void>): void => {
    this.#held.delete(facts.connectionId);
    this.#ending++;
    void handling.finally(() => {
      if (--this.#ending + this.#held.size === 0) for (const tell of this.#waiting.splice(0)) tell();
    });
  };
  #isClosing = false;

  /** `edgeName` says what the edge is called now; while it has no name, nobody is let in (503). */
  constructor(
    limits: EdgeLimits,
    clock: () => number,
    networkOf: NetworkOf,
    edgeName: () => EdgeName | undefined,
  ) {
    this.#edgeName = edgeName;
    this.limits = limits;
    this.clock = clock;
    this.networkOf = networkOf;
    this.#shared = { limits, clock, outbox: this.#outbox };
    this.#admission = new Admission(limits);
    this.#proofs = new Proofs(limits);
  }

  /** How many connections are held. */
  get size(): number {
    return this.#held.size;
  }

  /** How many clients, networks and users are remembered for the limits' sake. */
  get remembered(): number {
    return this.#standings.size + this.#admission.size + this.#proofs.size;
  }

  /** What tells a new connection from all others, and says which edge holds it, and what carries it. */
  newId(transport: Transport): ConnectionId {
    return newConnectionId(this.#edgeName() ?? this.#noName, transport);
  }

  /** A connection that comes up over this socket; else what refuses it. It counts until the socket is closed. */
  enter({ connectionId, sourceIp, connectedAt }: ConnectionFacts, socket: Duplex): Standing | Refused {
    if (!this.mayHold(connectionId)) return NOT_NOW;
    const network = this.networkOf(sourceIp);
    const entry = this.#admission.enter(network, connectedAt);
    if (entry !== "in") return entry;
    const standing: Standing = { network, provedUser: undefined, wrongProofs: 0 };
    this.#standings.set(connectionId, standing);
    // However it ends: refused by us, given up by the client, or after a long life.
    socket.once("close", () => {
      this.#standings.delete(connectionId);
      this.#admission.leave(network);
    });
    return standing;
  }

  /** Holds a connection that was let in, from now on to its end. */
  hold(facts: ConnectionFacts, standing: Standing, wire: Wire, handlers: EdgeHandlers): void {
    const connection = new HeldConnection(facts, standing, wire, handlers, this.#shared, this.#ended);
    this.#held.set(facts.connectionId, connection);
  }

  find(id: string): HeldConnection | undefined {
    return this.#held.get(id);
  }

  proof(from: ConnectionId, user: string, verdict: Verdict): "heard" | "too many" {
    const standing = this.#standings.get(from);
    return standing === undefined ? "heard" : this.#proofs.heard(standing, user, verdict, this.clock());
  }

  /** Looks after the connections, and forgets whose limits are no longer of interest. */
  tend(): void {
    for (const connection of this.#held.values()) connection.tend();
    const now = this.clock();
    this.#admission.forget(now);
    this.#proofs.forget(now);
  }

  /** Whether a connection of this id may be held: not when the edge stops, nor when it is not called any more what it was. */
  mayHold(connectionId: ConnectionId): boolean {
    return !this.#isClosing && edgeOf(connectionId) === this.#edgeName();
  }

  /** Lets nobody in any more. */
  stop(): void {
    this.#isClosing = true;
  }

  /** Ends all connections at once; a client that still listens reads the code. */
  terminate(code: number): void {
    for (const connection of this.#held.values()) connection.terminate(code);
  }

  /** When the end of every connection has been handled. To be called when nobody is let in any more. */
  async ended(): Promise<void> {
    if (this.#held.size + this.#ending > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

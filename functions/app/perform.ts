import { withoutFlow } from "../location/ended-flow.ts";
import type { ConnectionId } from "../location/ids.ts";
import { flowTo } from "../location/location.ts";
import { type Flow, wasInvited } from "../proxy/branch.ts";
import { cancelReason } from "../proxy/ending.ts";
import type { Fork } from "../proxy/fork.ts";
import type { ForkEffect, ForkEvent } from "../proxy/fork-event.ts";
import { forwardedRequest } from "../proxy/forward.ts";
import { ackOf, cancelOf } from "../proxy/hop-request.ts";
import { keptRequest } from "../proxy/kept-request.ts";
import { shareOf } from "../proxy/max-breadth.ts";
import { forkBranch } from "../proxy/via-branch.ts";
import { format } from "../sip/format.ts";
import type { SipRequest } from "../sip/message.ts";
import type { Octets } from "../sip/octets.ts";
import { answerCaller } from "./answer-caller.ts";
import type { App } from "./app.ts";
import { changeLocation } from "./change-location.ts";
import { deliver } from "./deliver.ts";
import { disconnect } from "./disconnect.ts";
import type { Tell } from "./drop-token.ts";
import { hopOver, recordRoutesOver } from "./fork-leg.ts";
import { ourMarkedVia } from "./our-via.ts";
import { mustRingFor } from "./push-for.ts";
import { recall } from "./recall.ts";
import { registeredEvent } from "./registered-event.ts";
import { wake } from "./wake.ts";

/**
 * Does one thing that a fork's step asked for. Answers what that did to the fork in turn: a device that was not there,
 * a push that was refused. `given` is the fork's request if it is at hand; else it is read from the record. Others that the
 * same concerns are told by `tell`.
 */
export async function perform(
  app: App,
  fork: Fork,
  effect: ForkEffect,
  given: SipRequest | undefined,
  tell: Tell,
): Promise<ForkEvent | undefined> {
  switch (effect.type) {
    case "alarm":
      await app.alarms.set(fork.id, effect.at);
      return undefined;
    case "relay":
      await deliver(app, fork.caller, () => effect.octets);
      return undefined;
    case "answer":
      await answerCaller(app, fork, effect.answer, given ?? keptRequest(fork));
      return { type: "answered" };
    case "wake":
      return wake(app, fork, effect, given ?? keptRequest(fork), tell);
    case "recall":
      await recall(app, fork, effect.branch, given ?? keptRequest(fork), tell);
      return undefined;
    case "reroute":
      return reroute(app, fork, effect.over, given ?? keptRequest(fork));
    case "invite":
    case "cancel":
    case "ack":
      return toDevice(app, fork, effect, given ?? keptRequest(fork));
  }
}

type ToDevice = Extract<ForkEffect, { type: "invite" | "cancel" | "ack" }>;

async function toDevice(
  app: App,
  fork: Fork,
  effect: ToDevice,
  request: SipRequest,
): Promise<ForkEvent | undefined> {
  const branch = fork.branches[effect.branch];
  const flow = effect.type !== "invite" ? effect.over : branch && wasInvited(branch) ? branch : undefined;
  if (flow === undefined) return undefined;
  const message = format(messageFor(app, fork, effect, flow, request));
  if ((await sent(app, fork, flow.connection, message)) !== "gone") return undefined;
  await disconnect(app, flow.connection, fork.callee);
  return effect.type === "ack" ? undefined : whereabouts(app, fork, flow, request);
}

/**
 * "unknown": whoever holds the connection does not answer. What becomes of one device is no reason to fail the fork: it is as good as
 * silent, and is pushed, called elsewhere or given up when it has been so for too long.
 */
async function sent(
  app: App,
  { id }: Fork,
  connection: ConnectionId,
  message: Octets,
): Promise<"sent" | "gone" | "unknown"> {
  try {
    return await app.edge.send(connection, message);
  } catch (error) {
    app.log.warn("not known to be sent", { fork: id, connection, error: String(error) });
    return "unknown";
  }
}

function messageFor(app: App, fork: Fork, effect: ToDevice, flow: Flow, request: SipRequest): SipRequest {
  const { uri, path } = hopOver(app, fork, request, flow);
  const via = ourMarkedVia(app, flow.connection, forkBranch(fork.id, effect.branch), request);
  const hop = { uri, path, via };
  switch (effect.type) {
    case "cancel":
      return cancelOf(request, hop, cancelReason(fork));
    case "ack":
      return ackOf(request, hop, effect.to);
    case "invite": {
      const recordRoutes = recordRoutesOver(app, fork, request, flow);
      return forwardedRequest(request, { ...hop, recordRoutes, breadth: shareOf(request, fork.branches) });
    }
  }
}

/** What has become of a device whose connection turned out to be gone. */
async function whereabouts(
  app: App,
  { callee }: Fork,
  { key, connection }: Flow,
  request: SipRequest,
): Promise<ForkEvent> {
  const { value: location } = await app.locations.read(callee);
  const binding = location && flowTo(location, key);
  if (binding === undefined) return { type: "lost", key, connection };
  const rerouted = binding.connection === connection ? undefined : registeredEvent(key, binding, "rerouted");
  return rerouted ?? { type: "asleep", key, connection, mustRing: mustRingFor(request, binding.push) };
}

/** Somebody behind the flow says that it has failed: it is used no more, and the device may have another (RFC 5626 §7). */
async function reroute(
  app: App,
  { callee }: Fork,
  { key, connection }: Flow,
  request: SipRequest,
): Promise<ForkEvent | undefined> {
  const location = await changeLocation(app, callee, (found) => withoutFlow(found, key, connection));
  const other = flowTo(location, key);
  if (other === undefined) return { type: "lost", key, connection };
  const rerouted = registeredEvent(key, other, "rerouted");
  return rerouted ?? { type: "asleep", key, connection, mustRing: mustRingFor(request, other.push) };
}

import type { BindingKey, ConnectionId } from "../location/ids.ts";
import type { Octets } from "../sip/octets.ts";
import type { Answer } from "./answer.ts";
import type { Flow } from "./branch.ts";

/** What can happen to a fork. A branch is named by its index, a device by its binding's key. */
export type ForkEvent =
  | DeviceResponse
  /** A device answered our CANCEL: it knows no such request (481). */
  | { readonly type: "forgotten"; readonly branch: number; readonly connection: ConnectionId }
  /** The device whose branch went by this key is online, there. */
  | ({ readonly type: "registered"; readonly of: BindingKey } & Flow & Since)
  /** What was sent to that device went nowhere, and it has this flow instead. */
  | ({ readonly type: "rerouted"; readonly of: BindingKey } & Flow & Since)
  /** What was sent to the device found its connection gone; it can be pushed. */
  | {
      readonly type: "asleep";
      readonly key: BindingKey;
      readonly connection: ConnectionId;
      readonly mustRing: boolean;
    }
  /** What was sent to the device found its connection gone; it cannot be pushed. */
  | { readonly type: "lost"; readonly key: BindingKey; readonly connection: ConnectionId }
  /** The push service took the device's push. */
  | { readonly type: "pushed"; readonly key: BindingKey; readonly detail: Octets }
  /** The device cannot be woken: no token, no room to wait, or the push service refused. */
  | { readonly type: "unwakeable"; readonly key: BindingKey; readonly reason: Octets }
  /** The failure that was owed to the caller has been sent. */
  | { readonly type: "answered" }
  /** The caller sent a CANCEL. */
  | { readonly type: "cancelled" }
  /** Time may have passed. */
  | { readonly type: "alarm" };

/** A device is online. */
export type Registered = Extract<ForkEvent, { type: "registered" | "rerouted" }>;

interface Since {
  /** When the connection came up, in ms since 1970, if that is known. */
  readonly connectedAt: number | undefined;
  /** It was found there when it was to be pushed, and so it was not. */
  readonly isUnpushed?: boolean;
}

/** A device answered. */
export interface DeviceResponse {
  readonly type: "response";
  readonly branch: number;
  /** Where it came from: nobody else speaks for the device. */
  readonly connection: ConnectionId;
  readonly status: number;
  readonly reason: Octets;
  /** The response with our Via popped, ready for the caller. */
  readonly upstream: Octets;
  /** Its To, which names the device's end and which an ACK must repeat. */
  readonly to: Octets;
  /** The header lines by which it challenges the caller. */
  readonly challenges: readonly Octets[];
}

/** What is to be done once the fork is committed. */
export type ForkEffect =
  /** A flow has failed, as one behind it says (430): look for another of the branch's device (RFC 5626 §7). */
  | { readonly type: "reroute"; readonly branch: number; readonly over: Flow }
  /** Send the request to the branch's device. */
  | { readonly type: "invite"; readonly branch: number }
  | { readonly type: "cancel"; readonly branch: number; readonly over: Flow }
  /** Acknowledge a failure where it came from: a device's final response ends at us (RFC 3261 §17.1.1.3). */
  | { readonly type: "ack"; readonly branch: number; readonly over: Flow; readonly to: Octets }
  /** Look where the branch's device is by now, and let the request wait for it; and push, if that is still to be done. */
  | { readonly type: "wake"; readonly branch: number; readonly push: boolean }
  /** Wait no more for the branch's device, which was pushed and has not come, and tell it that it need not. */
  | { readonly type: "recall"; readonly branch: number }
  /** A provisional response or a 2xx goes to the caller as it is. */
  | { readonly type: "relay"; readonly octets: Octets }
  /** The failure that the caller gets. */
  | { readonly type: "answer"; readonly answer: Answer }
  /** Look at the fork again then, in ms since 1970. */
  | { readonly type: "alarm"; readonly at: number };

/** The fork after an event, and what is to be done about it. The same fork if nothing is to be remembered. */
export type Step<Fork> = readonly [fork: Fork, effects: readonly ForkEffect[]];

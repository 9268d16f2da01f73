import type { PushTarget } from "../../../functions/location/location.ts";
import type { Log, Push } from "../../../functions/ports.ts";
import type { PhonePush } from "../../../functions/push/phone-push.ts";

/** A push service's double and our driver for it, as the contract that all drivers keep has to do with them. */
export interface Service {
  readonly push: Push;
  /** A device that this service can push for a call. */
  readonly target: PushTarget;
  /** The secret in it. */
  readonly token: string;
  /** A push that no device of this kind can be given, or not by this service. */
  readonly impossible: { readonly target: PushTarget; readonly push: PhonePush };
  /** What it was asked to push, oldest first: all that says what, to whom and how, and nothing that is only an attempt's. */
  asked(): readonly string[];
  /** The app is uninstalled from the device. */
  uninstall(): void;
  /** The next so many pushes are refused, as by a service that has too much to do. */
  overload(pushes: number): void;
  /** Nobody is there any more. */
  vanish(): Promise<void>;
  close(): Promise<void>;
}

/** Starts the double, and our driver with this log, by the clock of this machine. */
export type OpenService = (log: Log) => Promise<Service>;

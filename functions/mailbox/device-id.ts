import { hash } from "node:crypto";
import { deviceOf } from "../location/device.ts";
import type { BindingKey } from "../location/ids.ts";

declare const brand: unique symbol;

/** A device of an AoR as a mailbox knows it: short, whatever a device calls itself, and good for as long as its name is. */
export type DeviceId = string & { readonly [brand]: "DeviceId" };

const CHARACTERS = 22;

/** The device that this key is a flow of. */
export function deviceIdOf(key: BindingKey): DeviceId {
  return hash("sha256", deviceOf(key), "base64url").slice(0, CHARACTERS) as DeviceId;
}

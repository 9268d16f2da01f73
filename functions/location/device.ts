import type { BindingKey } from "./ids.ts";

/**
 * What the flows of one device share (RFC 5626 §3.2): their keys without the reg-id. A key of a device that does not name
 * itself stands for the device.
 */
export function deviceOf(key: BindingKey): string {
  const end = key.lastIndexOf(";");
  return end < 0 ? key : key.slice(0, end);
}

/** The instance id of a device that names itself, without its brackets: `urn:uuid:…`; undefined for any other. */
export function instanceOf(key: BindingKey): string | undefined {
  return key.startsWith("<") ? deviceOf(key).slice(1, -1) : undefined;
}

/** The key of a flow of a device that names itself, `<urn:uuid:…>`; without reg-id it has one flow. */
export function flowKey(instance: string, regId: number | undefined): BindingKey {
  return `${instance};${regId ?? ""}` as BindingKey;
}

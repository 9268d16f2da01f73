import type { Octets } from "../sip/octets.ts";

const TAG = ";+sip.pnsreg";

/**
 * A device that can wake itself shall register again so many seconds before its registration ends; more than 120
 * (RFC 8599 §5.6.1.1).
 */
export const PNSREG = 130;

/** Whether a device with these Contact parameters says that it can wake itself (RFC 8599 §4.1.4). */
export function wakesItself(params: Octets): boolean {
  return params.toLowerCase().includes(TAG);
}

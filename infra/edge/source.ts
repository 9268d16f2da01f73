import type { Socket } from "node:net";

/** Where a connection comes from. */
export interface Source {
  /** IPv4 or IPv6; never an IPv4 address in IPv6 clothes. */
  readonly address: string;
  /** Undefined if it is not known. */
  readonly port: number | undefined;
}

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** An address as a socket for both IPv4 and IPv6 writes it, as what it is. */
export function plainAddress(address: string): string {
  return MAPPED.exec(address)?.[1] ?? address;
}

/** What tells the connections of one server apart: a socket and the TLS over it have the same other end. */
export function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** Where a socket's other end is, by what the system says. */
export function peerOf({ remoteAddress = "", remotePort }: Socket): Source {
  return { address: plainAddress(remoteAddress), port: remotePort };
}

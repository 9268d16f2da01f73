import { isIP } from "node:net";
import { plainAddress, type Source } from "./source.ts";

/** What a proxy puts before a connection's own octets, to say for whom it connects. */
export interface ProxyHeader {
  /** In octets. */
  readonly length: number;
  /** Undefined if it connects for itself, or for whom it cannot say. */
  readonly source: Source | undefined;
}

const SIGNATURE = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
const FIXED = 16;
const VERSION_2 = 2;
const PROXY = 1;
const TCP4 = 0x11;
const TCP6 = 0x21;
const TCP4_LENGTH = 12;
const TCP6_LENGTH = 36;

const WORD = Buffer.from("PROXY ");
const LINE = /^PROXY (?:(?:TCP4|TCP6) (\S+) \S+ (\d{1,5}) \d{1,5}|UNKNOWN[^\r\n]*)\r\n$/;
const MAX_LINE = 107;
const LF = 10;

/**
 * The PROXY protocol's header that a connection begins with, version 1 or 2 (haproxy.org, "The PROXY protocol"). "none" if it begins
 * otherwise, "more" if that cannot be told yet, "broken" if it is one that cannot be read.
 */
export function proxyHeaderIn(octets: Buffer): ProxyHeader | "none" | "more" | "broken" {
  if (begins(octets, SIGNATURE)) return octets.length < FIXED ? "more" : binary(octets);
  if (begins(octets, WORD)) return octets.length < WORD.length ? "more" : line(octets);
  return "none";
}

/** Whether it begins with the word, as far as it goes. */
function begins(octets: Buffer, word: Buffer): boolean {
  const length = Math.min(octets.length, word.length);
  return octets.compare(word, 0, length, 0, length) === 0;
}

function binary(octets: Buffer): ProxyHeader | "more" | "broken" {
  const [versionAndCommand = 0, family = 0] = octets.subarray(SIGNATURE.length);
  const addresses = octets.readUInt16BE(SIGNATURE.length + 2);
  const length = FIXED + addresses;
  if (versionAndCommand >> 4 !== VERSION_2) return "broken";
  if (octets.length < length) return "more";
  // Of others than TCP's nothing is known, and a proxy's own checks are for nobody.
  if ((versionAndCommand & 15) !== PROXY) return { length, source: undefined };
  if (family === TCP4 && addresses >= TCP4_LENGTH) {
    const address = octets.subarray(FIXED, FIXED + 4).join(".");
    return { length, source: { address, port: octets.readUInt16BE(FIXED + 8) } };
  }
  if (family === TCP6 && addresses >= TCP6_LENGTH) {
    const groups = Array.from({ length: 8 }, (_, at) => octets.readUInt16BE(FIXED + 2 * at).toString(16));
    return { length, source: { address: mapped(groups), port: octets.readUInt16BE(FIXED + 32) } };
  }
  return { length, source: undefined };
}

/** Eight groups, as an address; IPv4 in IPv6 as IPv4. */
function mapped(groups: readonly string[]): string {
  if (groups.slice(0, 6).join() !== "0,0,0,0,0,ffff") return groups.join(":");
  const numbers = groups.slice(6).flatMap((group) => {
    const number = Number.parseInt(group, 16);
    return [number >> 8, number & 255];
  });
  return numbers.join(".");
}

function line(octets: Buffer): ProxyHeader | "more" | "broken" {
  const end = octets.subarray(0, MAX_LINE).indexOf(LF);
  if (end < 0) return octets.length < MAX_LINE ? "more" : "broken";
  const length = end + 1;
  const [text, address, port] = LINE.exec(octets.toString("latin1", 0, length)) ?? [];
  if (text === undefined) return "broken";
  if (address === undefined) return { length, source: undefined };
  return isIP(address) === 0
    ? "broken"
    : { length, source: { address: plainAddress(address), port: Number(port) } };
}

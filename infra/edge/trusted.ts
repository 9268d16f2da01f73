import { BlockList, isIP } from "node:net";

/** Whether what comes from an address is believed when it says for whom it comes. */
export type Trusts = (address: string) => boolean;

const NETWORK = /^([^/]+)(?:\/(\d{1,3}))?$/;

/** Nobody is believed. */
export const TRUSTS_NOBODY: Trusts = () => false;

/** Who is in one of these networks: `10.0.0.0/8`, `2001:db8::/32`, `192.0.2.7`. Undefined if one of them is none. */
export function trustsIn(networks: readonly string[]): Trusts | undefined {
  if (networks.length === 0) return TRUSTS_NOBODY;
  const list = new BlockList();
  for (const network of networks) {
    const [, address = "", length] = NETWORK.exec(network) ?? [];
    const version = isIP(address);
    const bits = version === 4 ? 32 : 128;
    const prefix = length === undefined ? bits : Number(length);
    if (version === 0 || prefix > bits) return undefined;
    list.addSubnet(address, prefix, version === 4 ? "ipv4" : "ipv6");
  }
  return (address) => {
    const version = isIP(address);
    return version !== 0 && list.check(address, version === 4 ? "ipv4" : "ipv6");
  };
}

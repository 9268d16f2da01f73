import { expect, test } from "vitest";
import { networkOf } from "../../infra/edge/network-of.ts";

test.each([
  ["an IPv4 address", "192.0.2.7", "192.0.2.7"],
  ["an IPv4 address on a socket for both", "::ffff:192.0.2.7", "192.0.2.7"],
  ["the /64 of an IPv6 address", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["the /64 of one that is written short", "2001:db8::6", "2001:db8:0:0::/64"],
  ["the /64 of one that is short within its first half", "2001::2:3:4:5:6", "2001:0:0:2::/64"],
  ["the /64 of one that begins short", "::2:3:4:5:6:7", "0:0:2:3::/64"],
  ["the /64 of a link's own", "fe80::1%eth0", "fe80:0:0:0::/64"],
])("limits go by %s", (_, address, network) => {
  expect(networkOf(address)).toBe(network);
});

test("two addresses of one /64 are one client's, as an IPv6 customer has 2^64 of them", () => {
  expect(networkOf("2001:db8:1:2::1")).toBe(networkOf("2001:db8:1:2:ffff:ffff:ffff:ffff"));
  expect(networkOf("2001:db8:1:2::1")).not.toBe(networkOf("2001:db8:1:3::1"));
});

test.each(["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1", ""])(
  "whoever comes from %s may be a proxy that brings many, and cannot be told apart",
  (address) => {
    expect(networkOf(address)).toBeUndefined();
  },
);

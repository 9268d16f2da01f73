import { describe, expect, test } from "vitest";
import { forwardedFor } from "../../infra/edge/forwarded-for.ts";
import { type Trusts, trustsIn } from "../../infra/edge/trusted.ts";

describe("who is trusted", () => {
  test.each([
    [["10.0.0.0/8"], "10.1.2.3", true],
    [["10.0.0.0/8"], "11.0.0.1", false],
    [["192.0.2.7"], "192.0.2.7", true],
    [["192.0.2.7"], "192.0.2.8", false],
    [["2001:db8::/32", "127.0.0.0/8"], "2001:db8:1::1", true],
    [["2001:db8::/32", "127.0.0.0/8"], "127.0.0.1", true],
    [["2001:db8::/32"], "2001:db9::1", false],
    [["0.0.0.0/0"], "no address", false],
    [[], "127.0.0.1", false],
  ])("of %j is %s: %s", (networks, address, isTrusted) => {
    expect(trustsIn(networks)?.(address)).toBe(isTrusted);
  });

  test.each(["10.0.0.0/33", "::/129", "10.0.0/8", "proxy.example.com", "10.0.0.0/", "10.0.0.0/8/8", "/8"])(
    "%s is no network",
    (network) => {
      expect(trustsIn(["127.0.0.1", network])).toBeUndefined();
    },
  );
});

describe("X-Forwarded-For", () => {
  const trusts = trustsIn(["10.0.0.0/8", "127.0.0.1"]) as Trusts;
  const proxy = { address: "127.0.0.1", port: 1 };

  test.each([
    ["is believed of a proxy", "192.0.2.7", "192.0.2.7"],
    [
      "ends with whom the proxy itself has seen; what is before is made up",
      "198.51.100.1, 192.0.2.7",
      "192.0.2.7",
    ],
    ["may come through several of our proxies", "198.51.100.1, 192.0.2.7, 10.0.0.2", "192.0.2.7"],
    ["may name none but our own", "10.0.0.3, 10.0.0.2", "10.0.0.3"],
    ["may be IPv6", "2001:db8::7", "2001:db8::7"],
    ["may be IPv4 in IPv6", "::ffff:192.0.2.7", "192.0.2.7"],
    ["is nothing where it is no address", "unknown", "127.0.0.1"],
    ["is read up to what is no address", "192.0.2.7, x, 10.0.0.2", "10.0.0.2"],
    ["may be empty", "", "127.0.0.1"],
  ])("%s", (_, header, address) => {
    expect(forwardedFor(proxy, { "x-forwarded-for": header }, trusts).address).toBe(address);
  });

  test("is not believed of others", () => {
    const peer = { address: "192.0.2.9", port: 1 };
    expect(forwardedFor(peer, { "x-forwarded-for": "192.0.2.7" }, trusts)).toBe(peer);
  });

  test("may be missing", () => {
    expect(forwardedFor(proxy, {}, trusts)).toBe(proxy);
  });
});

import { describe, expect, test } from "vitest";
import { isOriginAllowed } from "../../functions/gateway/origin.ts";

describe("a page may connect (RFC 6455 §10.2)", () => {
  test.each([
    ["http://127.0.0.1:8080", "127.0.0.1:8080"],
    ["http://sip.example.com", "sip.example.com"],
    ["http://sip.example.com", "sip.example.com:80"],
    ["https://sip.example.com", "sip.example.com:443"],
    ["https://sip.example.com:443", "sip.example.com"],
    ["https://SIP.example.com", "sip.EXAMPLE.com"],
    ["http://[::1]:8080", "[::1]:8080"],
    ["http://[::1]", "[::1]:80"],
  ])("of %s to %s, which served it", (origin, host) => {
    expect(isOriginAllowed(origin, host, [])).toBe(true);
  });

  test.each(["https://app.example.com", "HTTPS://APP.example.com", "capacitor://localhost", "null"])(
    "of %s where that is listed",
    (origin) => {
      const listed = ["https://app.example.com", "capacitor://localhost", "null"];
      expect(isOriginAllowed(origin, "sip.example.com", listed)).toBe(true);
      expect(isOriginAllowed(origin, undefined, listed)).toBe(true);
    },
  );

  test.each(["https://anything.example", "null", "", "nonsense"])("of %s where any may", (origin) => {
    expect(isOriginAllowed(origin, "sip.example.com", ["*"])).toBe(true);
  });
});

describe("a page may not connect", () => {
  test.each([
    ["https://evil.example", "sip.example.com"],
    ["https://sip.example.com.evil.example", "sip.example.com"],
    ["https://evil.example/sip.example.com", "sip.example.com"],
    ["https://evil.example//sip.example.com", "sip.example.com"],
    ["https://sip.example.com@evil.example", "sip.example.com"],
    ["http://127.0.0.1:9090", "127.0.0.1:8080"],
    ["http://sip.example.com", "sip.example.com:443"],
    ["https://sip.example.com", "sip.example.com:80"],
    ["capacitor://sip.example.com", "sip.example.com"],
    ["//sip.example.com", "sip.example.com"],
    ["sip.example.com", "sip.example.com"],
    ["null", "null"],
    ["null", "sip.example.com"],
    ["", ""],
  ])("of %s to %s, where others are listed", (origin, host) => {
    expect(isOriginAllowed(origin, host, ["https://app.example.com"])).toBe(false);
  });

  test("of an origin that a listed one begins with, or that begins with a listed one", () => {
    const listed = ["https://app.example.com"];
    for (const origin of ["https://app.example.co", "https://app.example.com:8443", "http://app.example.com"])
      expect(isOriginAllowed(origin, "sip.example.com", listed)).toBe(false);
  });
});

import { expect, test } from "vitest";
import { ha1s, responseOf, sameResponse } from "../../functions/auth/digest.ts";
import { octetsOf } from "../../functions/sip/octets.ts";

// RFC 7616 §3.9.1, both halves of it.
const MUFASA = ha1s("Mufasa", "http-auth@example.org", "Circle of Life");
const GET = {
  method: "GET",
  uri: "/dir/index.html",
  nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
  nc: "00000001",
  cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
};
const MD5 = "8ca523f5e9506fed4657c9700eebdbec";
const SHA256 = "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1";

test("Mufasa's responses are those of RFC 7616 §3.9.1, in either order", () => {
  expect(responseOf("MD5", MUFASA.MD5, GET)).toBe(MD5);
  expect(responseOf("SHA-256", MUFASA["SHA-256"], GET)).toBe(SHA256);
  expect(responseOf("MD5", MUFASA.MD5, GET)).toBe(MD5);
});

test.each(["method", "uri", "nonce", "nc", "cnonce"] as const)(
  "a response is worth nothing with another %s (RFC 7616 §3.4.1)",
  (field) => {
    expect(responseOf("MD5", MUFASA.MD5, { ...GET, [field]: `${GET[field]}0` })).not.toBe(MD5);
    expect(responseOf("SHA-256", MUFASA["SHA-256"], { ...GET, [field]: "" })).not.toBe(SHA256);
  },
);

test("names and passwords are hashed as the UTF-8 octets that clients hash (RFC 7616 §4)", () => {
  const secret = octetsOf("Jäsøn Doe:sip.example:Secret, or not?");
  const [user = "", realm = "", password = ""] = secret.split(":");
  // printf '%s' 'Jäsøn Doe:sip.example:Secret, or not?' | md5sum
  expect(ha1s(user, realm, password).MD5).toBe("4cfc54ed16d91f90bd2a5530c5243c65");
});

test.each([
  ["the expected one", MD5, true],
  ["the same in capitals", MD5.toUpperCase(), true],
  ["one with its last digit changed", `${MD5.slice(0, -1)}d`, false],
  ["its beginning", MD5.slice(0, -1), false],
  ["one that goes on", `${MD5}0`, false],
  ["nothing", "", false],
])("a response that is %s is told for what it is", (_, given, same) => {
  expect(sameResponse(MD5, given)).toBe(same);
});

import { expect, test } from "vitest";
import { aorIn } from "../../functions/sip/aor.ts";
import { octetsOf } from "../../functions/sip/octets.ts";

test("an AoR is compared without parameters and with its host in lower case (RFC 3261 §10.3 step 5)", () => {
  expect(aorIn(octetsOf("sip:alice@Example.COM;transport=ws"), "To")).toBe("sip:alice@example.com");
});

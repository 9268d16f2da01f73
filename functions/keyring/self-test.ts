import { type Keyring, keyring } from "./keyring.ts";

/** What a keyring of a known key makes of a known text: another build, platform or library must make the same. */
const KNOWN = {
  key: Buffer.alloc(32, 7),
  mac: "5jL9kVgTyBC73XMdO2u9SF",
  token: "t.h1Dz8eq7nr4MRo_0_N5ItL_EwBNk9pEsVJpsyR9bxT2WOTNjqg",
} as const;

const [PURPOSE, TEXT, CONTEXT] = ["self-test", "sip:alice@example.com", "call-1"] as const;

/**
 * Refuses to go on with keys that do not do what they are for: a keyring that hashes without its key, or opens what it did not
 * seal, looks as if all were well. Throws.
 */
export function selfTest(ring: Keyring): void {
  const known = keyring([{ id: "t", key: KNOWN.key }]);
  must(known.mac(PURPOSE, TEXT) === KNOWN.mac, "hashes come out wrong");
  must(known.seal(PURPOSE, TEXT, CONTEXT) === KNOWN.token, "tokens come out wrong");
  const token = ring.seal(PURPOSE, TEXT, CONTEXT);
  must(ring.open(PURPOSE, token, CONTEXT) === TEXT, "a token does not open again");
  must(ring.open(PURPOSE, token, `${CONTEXT}2`) === undefined, "a token opens in another context");
  must(ring.open(`${PURPOSE}2`, token, CONTEXT) === undefined, "a token opens for another purpose");
  must(known.open(PURPOSE, token, CONTEXT) === undefined, "a token opens with another key");
  must(ring.mac(PURPOSE, TEXT) !== KNOWN.mac, "a hash does not depend on the key");
}

function must(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(`the keyring's self-test failed: ${otherwise}`);
}

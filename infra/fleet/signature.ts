import { fingerprint } from "../../functions/keyring/fingerprint.ts";
import type { Keyring } from "../../functions/keyring/keyring.ts";

// What an edge asks of another is signed by the keys that all of the fleet has. The signature is a token of our keyring, sealed
// together with what is asked, so that it is good for nothing else, whichever of the keys made it, and compared in constant time.

const PURPOSE = "fleet";

/** The header that holds it. */
export const SIGNATURE = "x-sipwake-signature";

/** For how long one is good, in ms, either way: clocks differ. */
const WINDOW = 60_000;

/** What is asked of an edge, but for its body. */
export interface Asked {
  readonly method: string;
  /** As it stands in the request line. */
  readonly path: string;
}

export function signature(ring: Keyring, asked: Asked, body: string, now: number): string {
  return ring.seal(PURPOSE, `${now} ${fingerprint(body)}`, contextOf(asked));
}

/**
 * What says of a body whether it is the one that was signed; undefined if it is not our signature, or is one of another time or of
 * something else. It can be used again within its time, and then asks for the same again: a phone that gets a message
 * twice takes it for the repetition that it is, and a connection is closed once.
 */
export function signedBody(
  ring: Keyring,
  asked: Asked,
  token: string,
  now: number,
): ((body: string) => boolean) | undefined {
  const [time, print] = ring.open(PURPOSE, token, contextOf(asked))?.split(" ") ?? [];
  if (print === undefined || Math.abs(now - Number(time)) > WINDOW) return undefined;
  return (body) => fingerprint(body) === print;
}

function contextOf({ method, path }: Asked): string {
  return `${method} ${path}`;
}

import { fingerprint } from "../keyring/fingerprint.ts";
import type { PushTarget } from "../location/location.ts";
import { callToken } from "../push/device-tokens.ts";
import type { Octets } from "../sip/octets.ts";
import type { App } from "./app.ts";
import { dropToken } from "./drop-token.ts";
import { settle } from "./settle.ts";

/**
 * A push service says, some time after it took a push, that a device token is dead. Whoever registered it last loses it, if it
 * is still the one that calls go to; calls that wait for that phone end at once. `reason` is for people, and holds no token.
 */
export async function tokenDied(app: App, token: Octets, reason: Octets): Promise<void> {
  const { value: known } = await app.tokens.read(fingerprint(token));
  if (known === undefined) {
    app.log.info("a dead token is nobody's", { reason });
    return;
  }
  const isMeant = (target: PushTarget) => callToken(target) === token;
  await dropToken(app, known.owner, isMeant, { why: "dead", reason }, (fork, event) =>
    settle(app, fork, event),
  );
}

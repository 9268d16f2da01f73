import {
  type Asker,
  type ChallengeOptions,
  challenge,
  DEFAULT_OFFERS,
  digestCredentials,
  judge,
} from "../auth/authenticate.ts";
import { bearerToken } from "../auth/bearer.ts";
import { nonceId } from "../auth/nonce.ts";
import { holds, type Proof } from "../auth/proof.ts";
import type { ConnectionId } from "../location/ids.ts";
import type { Bearers } from "../ports.ts";
import { aor } from "../sip/aor.ts";
import { CallId, CSeq, Via } from "../sip/fields.ts";
import type { SipRequest } from "../sip/message.ts";
import { paramOf } from "../sip/params.ts";
import { Refusal } from "../sip/refusal.ts";
import { mayUsePassword } from "../trunk/trunk.ts";
import type { App } from "./app.ts";
import { rightsBy } from "./rights-by.ts";

/** What a request proves itself to. */
export interface Question {
  readonly asker: Asker;
  readonly domain: string;
  /** What is known of its sender without any credentials, if that would do. */
  readonly standing?: Proof | undefined;
  /** Where it comes from, if that is known. */
  readonly address?: string | undefined;
}

/**
 * Who the request's credentials prove that its sender is: by a token (RFC 8898 §2.2, §2.3), else by what is known of its
 * connection, else by digest, as a user of the domain. Throws the challenge if they prove nobody: with the same words, after
 * the same work, for a wrong password and for a user that does not exist. Where too many were wrong, none is right (403), also after
 * that work. So, too, where a trunk may not prove itself.
 */
export async function authenticate(
  app: App,
  from: ConnectionId,
  request: SipRequest,
  question: Question,
): Promise<Proof> {
  const { asker, domain, standing, address } = question;
  const { trunks } = app.settings;
  const bearers = acceptedBearers(app);
  const token = bearers && bearerToken(request, asker);
  let isTokenWrong = false;
  if (bearers !== undefined && token !== undefined) {
    const verified = await bearers.verify(token);
    if (typeof verified === "object" && !trunks?.byAor.has(verified.aor)) {
      const { aor: user, expiresAt: until } = verified;
      app.edge.proof?.(from, user, "proved");
      return { aor: user, until, nonce: undefined, rights: await rightsBy(app, verified) };
    }
    isTokenWrong = true;
  } else if (standing !== undefined && holds(standing, app.clock())) return standing;
  const credentials = digestCredentials(request, asker, domain, app.settings.offers);
  if (credentials === undefined) throw challengeTo(app, from, request, question, { isTokenWrong });
  const user = aor(credentials.username, domain);
  const { value: subscriber } = await app.subscribers.read(user);
  const scope = { realm: domain, connection: from };
  const isHere = trunks === undefined || mayUsePassword(trunks, user, address);
  const verdict = judge(credentials, isHere ? subscriber?.ha1s : undefined, app.keyring, scope, app.clock());
  if (app.edge.proof?.(from, user, verdict) === "too many") throw new Refusal(403, "Too Many Wrong Proofs");
  if (verdict !== "proved")
    throw challengeTo(app, from, request, question, { isTokenWrong, stale: verdict === "stale" });
  const nonce = { id: nonceId(credentials.nonce), count: credentials.count };
  return { aor: user, until: undefined, nonce, rights: subscriber?.rights };
}

/** Asks the sender of a request to prove himself, with a nonce that no other request gets. */
export function challengeTo(
  app: App,
  from: ConnectionId,
  request: SipRequest,
  { asker, domain }: Question,
  options: ChallengeOptions,
): Refusal {
  const scope = { realm: domain, connection: from };
  return challenge(asker, app.keyring, scope, app.clock(), {
    ...options,
    offers: app.settings.offers ?? DEFAULT_OFFERS,
    tokens: app.bearers,
    salt: saltFor(app, request),
  });
}

const SALT_LENGTH = 8;

/** The same for the repetition of a request, and for no other. */
function saltFor({ keyring }: App, { headers }: SipRequest): string {
  const via = headers.first(Via);
  const branch = (via && paramOf(via.params, "branch")) ?? "";
  const callId = headers.first(CallId) ?? "";
  const cseq = headers.first(CSeq)?.number ?? 0;
  return keyring.mac("salt", callId, `${cseq}`, branch).slice(0, SALT_LENGTH);
}

/** Who verifies tokens in requests: nobody where they are not asked for. */
function acceptedBearers({ bearers, settings }: App): Bearers | undefined {
  return settings.offers?.includes("bearer") ? bearers : undefined;
}

import { ha1s } from "../auth/digest.ts";
import { type Rights, sameRights } from "../auth/rights.ts";
import { NOWHERE } from "../location/location.ts";
import type { Subscriber } from "../ports.ts";
import { type Aor, domainOf, userOf } from "../sip/aor.ts";
import type { Octets } from "../sip/octets.ts";
import type { Administration } from "./administration.ts";
import { emptyMailbox } from "./empty-mailbox.ts";
import { type Eviction, evict } from "./evict.ts";
import { grant } from "./grant.ts";

// Users as the administrator sees them. Their passwords are hashed at once, and the hashes never leave the records.

/** A swap that is stale this often in a row means something is wrong, not busy. */
const ATTEMPTS = 64;

/** Users whose records are read at a time. */
const LISTED_AT_ONCE = 100;

/** A user as listed. */
export interface ListedUser {
  readonly aor: Aor;
  /** Where it is declared; undefined for one in the records. */
  readonly declaredBy: string | undefined;
  /** What he may begin; undefined if he is not restricted. */
  readonly rights: Rights | undefined;
}

/** Makes a user. "exists": there is one, whose password stays as it is. */
export function addUser(
  app: Administration,
  aor: Aor,
  password: Octets,
): Promise<"added" | "exists" | "declared"> {
  return changeUser(app, aor, (found) =>
    found === undefined ? ["added", subscriberOf(aor, password)] : ["exists", found],
  );
}

/**
 * Gives a user another password. Phones that are registered stay so until they register again, and must know the new
 * one then.
 */
export function setPassword(
  app: Administration,
  aor: Aor,
  password: Octets,
): Promise<"changed" | "unknown" | "declared"> {
  return changeUser(app, aor, (found) =>
    found === undefined ? ["unknown", found] : ["changed", subscriberOf(aor, password, found.rights)],
  );
}

/**
 * Gives a user other rights; undefined for all there are. They hold at once where he is registered by his password; where he has only called
 * from, when that is asked for again (an hour); and for whoever came by a token, with his next one. Calls that are going on go on.
 */
export async function setRights(
  app: Administration,
  aor: Aor,
  rights: Rights | undefined,
): Promise<"changed" | "unchanged" | "unknown" | "declared"> {
  const outcome = await changeUser<"changed" | "unchanged" | "unknown">(app, aor, (found) => {
    if (found === undefined) return ["unknown", found];
    return sameRights(found.rights, rights) ? ["unchanged", found] : ["changed", { ...found, rights }];
  });
  // Also if nothing changed: the last time may have died halfway.
  if (outcome === "changed" || outcome === "unchanged") {
    const { value: location = NOWHERE } = await app.locations.read(aor);
    for (const { connection } of location.bindings)
      if (connection !== undefined) await grant(app, connection, aor, rights);
  }
  return outcome;
}

/** Sees to it that there is a user with this password. "unchanged": there was, and nothing is written. */
export function putUser(
  app: Administration,
  aor: Aor,
  password: Octets,
): Promise<"added" | "changed" | "unchanged" | "declared"> {
  return changeUser(app, aor, (found) => {
    const wanted = subscriberOf(aor, password, found?.rights);
    if (found === undefined) return ["added", wanted];
    return hasSamePassword(found, wanted) ? ["unchanged", found] : ["changed", wanted];
  });
}

/**
 * Removes a user with all contacts, and closes their connections. The user first, the contacts then: a REGISTER that was
 * let in just before looks for the user once more when it has made a contact, and so nothing stays behind. A removal that
 * died halfway is finished by the next. So with the MESSAGEs that are stored: who gets the name later must not read them.
 * "unknown": there was neither a user nor a contact.
 */
export async function removeUser(app: Administration, aor: Aor): Promise<Eviction | "unknown" | "declared"> {
  const outcome = await changeUser<"removed" | "unknown">(app, aor, (found) => [
    found === undefined ? "unknown" : "removed",
    undefined,
  ]);
  if (outcome === "declared") return outcome;
  const eviction = await evict(app, aor, () => true, app.giveUp);
  await emptyMailbox(app, aor);
  return outcome === "unknown" && eviction.removed === 0 ? outcome : eviction;
}

/** Every user once: those that are declared, then those in the records. */
export async function* listUsers(app: Administration): AsyncGenerator<ListedUser> {
  const { declared, users } = app;
  for (const [aor, declaredBy] of declared) yield { aor: aor as Aor, declaredBy, rights: undefined };
  let batch: Aor[] = [];
  for await (const aor of users()) {
    if (declared.has(aor)) continue;
    batch.push(aor);
    if (batch.length < LISTED_AT_ONCE) continue;
    yield* await listed(app, batch);
    batch = [];
  }
  yield* await listed(app, batch);
}

/** Those users with their rights, without who has been removed meanwhile. */
async function listed({ subscribers }: Administration, aors: readonly Aor[]): Promise<readonly ListedUser[]> {
  const found = await Promise.all(
    aors.map(async (aor) => ({ aor, subscriber: (await subscribers.read(aor)).value })),
  );
  return found
    .filter(({ subscriber }) => subscriber !== undefined)
    .map(({ aor, subscriber }) => ({ aor, declaredBy: undefined, rights: subscriber?.rights }));
}

/** Reads, decides, writes if nobody wrote in between, and else decides again. What is decided to stay is not written. */
async function changeUser<Outcome>(
  { declared, subscribers }: Administration,
  aor: Aor,
  decide: (found: Subscriber | undefined) => readonly [Outcome, next: Subscriber | undefined],
): Promise<Outcome | "declared"> {
  if (declared.has(aor)) return "declared";
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { value: found, version } = await subscribers.read(aor);
    const [outcome, next] = decide(found);
    if (next === found) return outcome;
    if ((await subscribers.swap(aor, version, next, Number.POSITIVE_INFINITY)) === "committed")
      return outcome;
  }
  throw new Error("a subscriber record stayed stale");
}

function subscriberOf(aor: Aor, password: Octets, rights?: Rights): Subscriber {
  return { ha1s: ha1s(userOf(aor), domainOf(aor), password), rights };
}

function hasSamePassword({ ha1s: one }: Subscriber, { ha1s: other }: Subscriber): boolean {
  return one["SHA-256"] === other["SHA-256"] && one.MD5 === other.MD5;
}

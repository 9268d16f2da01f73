import { callOf, recentCalls } from "../../../functions/app/administer-calls.ts";
import {
  type AdministeredContact,
  contactsOf,
  removeContact,
} from "../../../functions/app/administer-contacts.ts";
import {
  addUser,
  listUsers,
  removeUser,
  setPassword,
  setRights,
} from "../../../functions/app/administer-users.ts";
import type { Administration } from "../../../functions/app/administration.ts";
import type { Eviction } from "../../../functions/app/evict.ts";
import { wordsOf } from "../../../functions/auth/rights.ts";
import type { Aor } from "../../../functions/sip/aor.ts";
import { octetsOf, textOf } from "../../../functions/sip/octets.ts";
import {
  type Administrator,
  BadRequest,
  type ContactEntry,
  type Declared,
  MAX_CALLS,
  type Removed,
  type Told,
} from "./administrator.ts";
import { callEntry } from "./call-entry.ts";
import { importUsers } from "./import-users.ts";
import { rightsNamed } from "./rights-named.ts";
import { aorNamed, userNameOf } from "./user-name.ts";

/** An administrator on records that are at hand. `close` closes nothing: the records are somebody else's. */
export function recordsAdministrator(app: Administration, reaches: Administrator["reaches"]): Administrator {
  const { domains } = app.settings;
  const named = (user: string) => aorNamed(user, domains);
  const told = <Outcome extends string>(aor: Aor, outcome: Outcome | "declared"): Told<Outcome> | Declared =>
    outcome === "declared"
      ? { aor, outcome: "declared", declaredBy: app.declared.get(aor) ?? "the environment" }
      : { aor, outcome };
  return {
    reaches,
    domains: async () => domains,
    listUsers: async function* () {
      for await (const { aor, declaredBy = null, rights } of listUsers(app)) {
        yield {
          aor,
          user: userNameOf(aor),
          declaredBy,
          rights: rights === undefined ? null : wordsOf(rights),
        };
      }
    },
    addUser: async (user, password) => {
      const aor = named(user);
      return told(aor, await addUser(app, aor, octetsIn(password)));
    },
    setPassword: async (user, password) => {
      const aor = named(user);
      return told(aor, await setPassword(app, aor, octetsIn(password)));
    },
    setRights: async (user, words) => {
      const aor = named(user);
      const rights = words === null ? undefined : rightsNamed(words, domains);
      const outcome = await setRights(app, aor, rights);
      if (outcome === "declared" || outcome === "unknown") return told(aor, outcome);
      return { aor, outcome, rights: rights === undefined ? null : wordsOf(rights) };
    },
    removeUser: async (user) => {
      const aor = named(user);
      const outcome = await removeUser(app, aor);
      return typeof outcome === "string" ? told(aor, outcome) : removed(aor, outcome);
    },
    importUsers: (rows) => importUsers(app, rows),
    contactsOf: async (user) => {
      const aor = named(user);
      const contacts = await contactsOf(app, aor);
      if (contacts === "unknown") return { aor, outcome: "unknown" };
      return { aor, outcome: "listed", contacts: contacts.map(entryOf) };
    },
    removeContact: async (user, key) => {
      const aor = named(user);
      const contacts = await contactsOf(app, aor);
      const meant =
        contacts === "unknown" ? undefined : contacts.find((contact) => textOf(contact.key) === key);
      const outcome = meant === undefined ? "unknown" : await removeContact(app, aor, meant.key);
      return outcome === "unknown" ? { aor, outcome } : removed(aor, outcome);
    },
    recentCalls: async ({ limit, user }) => {
      if (!Number.isSafeInteger(limit) || limit < 1 || limit > MAX_CALLS) {
        throw new BadRequest(`the limit must be a number from 1 to ${MAX_CALLS}`);
      }
      const calls = await recentCalls(app, { limit, user: user === null ? undefined : named(user) });
      return calls.map(callEntry);
    },
    callOf: async (callId) => {
      const found = await callOf(app, octetsOf(callId));
      if (found === "unknown") return { outcome: "unknown" };
      if ("callIds" in found) return { outcome: "ambiguous", callIds: found.callIds.map(textOf) };
      return { outcome: "found", call: callEntry(found) };
    },
    close: async () => {},
  };
}

function octetsIn(password: string): string {
  if (password === "") throw new BadRequest("a password must not be empty");
  return octetsOf(password);
}

function removed(aor: Aor, { removed: contacts, closed, gone }: Eviction): Removed {
  return { aor, outcome: "removed", contacts, closed, gone };
}

function entryOf(contact: AdministeredContact): ContactEntry {
  const { key, state, uri, params, push, callId, cseq, expiresAt, connection = null } = contact;
  return {
    key: textOf(key),
    state,
    uri: textOf(uri),
    params: textOf(params),
    push: push === undefined ? null : { provider: push.provider, app: textOf(push.app) },
    callId: textOf(callId),
    cseq,
    expiresAt: new Date(expiresAt).toISOString(),
    connection,
  };
}

import { readFileSync } from "node:fs";
import { ha1s } from "../../functions/auth/digest.ts";
import { ConfigError } from "../../functions/config/config-error.ts";
import { ABSENT, type RecordStore, type Subscriber } from "../../functions/ports.ts";
import { type Aor, aor } from "../../functions/sip/aor.ts";
import { octetsOf } from "../../functions/sip/octets.ts";
import type { LocalConfig, User } from "./config.ts";
import { userRows } from "./user-rows.ts";

/** Users of a domain by AoR, their digests computed once. Passwords are not kept. */
export function declaredUsers(users: readonly User[], domain: string): ReadonlyMap<string, Subscriber> {
  const declared = new Map<Aor, Subscriber>();
  for (const [name, password] of users) {
    const user = octetsOf(name);
    declared.set(aor(user, domain), { ha1s: ha1s(user, domain, octetsOf(password)) });
  }
  return declared;
}

/**
 * The users in a CSV file of `user,password` rows (see `userRows`). Throws `ConfigError` that names every row that cannot
 * be read, and never its contents.
 */
export function usersIn(file: string): readonly User[] {
  const problems: string[] = [];
  const users: User[] = [];
  for (const { row, user } of userRows(textIn(file))) {
    if (user === undefined) problems.push(`${file}: row ${row} must be user,password`);
    else users.push(user);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return users;
}

/** The users of the file that SIP_USERS_FILE names; none if it names none. Throws `ConfigError`. */
export function fileUsers({ usersFile }: LocalConfig): readonly User[] {
  return usersFile === undefined ? [] : usersIn(usersFile);
}

/** By AoR, the variable that declares each user: what `users` and `inFile` of the domain come from. */
export function declaringVariables(
  { users, domains: [domain] }: LocalConfig,
  inFile: readonly User[],
): ReadonlyMap<string, "SIP_USERS" | "SIP_USERS_FILE"> {
  const variables = new Map<string, "SIP_USERS" | "SIP_USERS_FILE">();
  for (const [name] of users) variables.set(aor(octetsOf(name), domain), "SIP_USERS");
  for (const [name] of inFile) variables.set(aor(octetsOf(name), domain), "SIP_USERS_FILE");
  return variables;
}

/**
 * The subscribers that the environment declares, and then those in the records. Declared ones are not written. The records are asked
 * for them, too: nobody shall tell by the time it takes who is a user and who is not.
 */
export function withDeclared(
  declared: ReadonlyMap<string, Subscriber>,
  records: RecordStore<Subscriber>,
): RecordStore<Subscriber> {
  return {
    read: async (key) => {
      const recorded = await records.read(key);
      const subscriber = declared.get(key);
      return subscriber === undefined ? recorded : { value: subscriber, version: ABSENT };
    },
    swap: (key, read, value, expiresAt) => records.swap(key, read, value, expiresAt),
  };
}

function textIn(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigError([
      `SIP_USERS_FILE cannot be read: ${error instanceof Error ? error.message : error}`,
    ]);
  }
}

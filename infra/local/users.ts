import { readFileSync } from "node:fs";
import { ha1s } from "../../functions/auth/digest.ts";
import { ABSENT, type RecordStore, type Subscriber } from "../../functions/ports.ts";
import { type Aor, aor } from "../../functions/sip/aor.ts";
import { octetsOf } from "../../functions/sip/octets.ts";
import { ConfigError, type User } from "./config.ts";

/** A name that may be quoted, since SIP's may have commas, and all of the rest. */
const ROW = /^("(?:[^"]|"")*"|[^,]*),(.*)$/s;

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
 * The users in a CSV file of `user,password` rows (RFC 4180; a first row that says just that is a heading). Throws
 * `ConfigError` that names every row that cannot be read, and never its contents.
 */
export function usersIn(file: string): readonly User[] {
  const problems: string[] = [];
  const users: User[] = [];
  const rows = textIn(file).split("\n");
  rows.forEach((raw, index) => {
    const row = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    if (row.trim() === "" || (index === 0 && row.toLowerCase() === "user,password")) return;
    const [name = "", password = ""] = ROW.exec(row)?.slice(1).map(unquoted) ?? [];
    if (name === "" || password === "") problems.push(`${file}: row ${index + 1} must be user,password`);
    else users.push([name, password]);
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return users;
}

/** The subscribers that the environment declares, and then those in the records. Declared ones are not written. */
export function withDeclared(
  declared: ReadonlyMap<string, Subscriber>,
  records: RecordStore<Subscriber>,
): RecordStore<Subscriber> {
  return {
    read: (key) => {
      const subscriber = declared.get(key);
      return subscriber === undefined
        ? records.read(key)
        : Promise.resolve({ value: subscriber, version: ABSENT });
    },
    swap: (key, read, value, expiresAt) => records.swap(key, read, value, expiresAt),
  };
}

function textIn(file: string): string {
  try {
    return readFileSync(file, "utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    throw new ConfigError([
      `SIP_USERS_FILE cannot be read: ${error instanceof Error ? error.message : error}`,
    ]);
  }
}

function unquoted(field: string): string {
  const isQuoted = field.length >= 2 && field.startsWith('"') && field.endsWith('"');
  return isQuoted ? field.slice(1, -1).replaceAll('""', '"') : field;
}

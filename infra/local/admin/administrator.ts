/**
 * What an administrator can do, with people's words for users and plain data for what comes of it: the same over the door
 * of a running stack and on records that nobody runs on. A user is `name`, of the first domain, `name@domain`, or a SIP URI.
 * Every method rejects with `BadRequest` for what is asked wrongly; what may well happen ("exists") is an outcome.
 */
export interface Administrator {
  /** "records": nobody runs on them that we could reach, so connections are out of reach, too. */
  readonly reaches: "stack" | "records";
  /** The domains whose users can be administered; the first one is that of a bare name. */
  domains(): Promise<readonly string[]>;
  /** Every user, in no order. */
  listUsers(): AsyncIterable<UserEntry>;
  addUser(user: string, password: string): Promise<Told<"added" | "exists"> | Declared>;
  setPassword(user: string, password: string): Promise<Told<"changed" | "unknown"> | Declared>;
  /**
   * Says what a user may begin: words as `rightsOf` reads them, or null for all there is. What is no right is a `BadRequest`, and so is a
   * domain that is not ours.
   */
  setRights(user: string, rights: readonly string[] | null): Promise<Granted | Told<"unknown"> | Declared>;
  /** With all contacts, whose connections are closed. */
  removeUser(user: string): Promise<Removed | Told<"unknown"> | Declared>;
  /** Adds users or changes their passwords, some at a time, and tells of each time. Rows may be as many as they like. */
  importUsers(rows: AsyncIterable<ImportRow> | Iterable<ImportRow>): AsyncIterable<ImportedBatch>;
  contactsOf(user: string): Promise<Listed | Told<"unknown">>;
  /** Removes the contact with this key and closes its connection. "unknown": there is no such contact. */
  removeContact(user: string, key: string): Promise<Removed | Told<"unknown">>;
  /** Calls of the last day and those that are going on, the newest first; at most `limit` (1 to `MAX_CALLS`). */
  recentCalls(wanted: CallsWanted): Promise<readonly CallEntry[]>;
  /** The call of this Call-ID, or of the only one that begins like this. */
  callOf(callId: string): Promise<CallFound | CallsAlike | { readonly outcome: "unknown" }>;
  close(): Promise<void>;
}

/** The most calls that are listed at once. */
export const MAX_CALLS = 1_000;

export interface CallsWanted {
  readonly limit: number;
  /** The user who made or got them; null for everybody's. */
  readonly user: string | null;
}

interface CallFound {
  readonly outcome: "found";
  readonly call: CallEntry;
}

/** Several calls begin like this: these, or some of them. */
interface CallsAlike {
  readonly outcome: "ambiguous";
  readonly callIds: readonly string[];
}

export interface CallEntry {
  readonly callId: string;
  /** One for each INVITE, in the order in which they came. */
  readonly attempts: readonly AttemptEntry[];
}

export interface AttemptEntry {
  /** AoRs; null for somebody whom no AoR names. */
  readonly caller: string | null;
  readonly callee: string | null;
  /** When the INVITE came, ISO 8601. */
  readonly at: string;
  /** The status that the caller got; null while there is none. */
  readonly final: number | null;
  readonly history: readonly HappeningEntry[];
}

export interface HappeningEntry {
  /** ISO 8601. */
  readonly at: string;
  /** Since the INVITE came; below 0 for what happened before. */
  readonly ms: number;
  readonly what: string;
  /** The key of the device's contact; null if it is about no device in particular. */
  readonly device: string | null;
  readonly detail: string;
}

/** What was asked cannot be meant. The message is one line for people, and holds no secrets. */
export class BadRequest extends Error {
  override readonly name = "BadRequest";
}

/** What became of one AoR. */
export interface Told<Outcome extends string> {
  readonly aor: string;
  readonly outcome: Outcome;
}

/** The user is declared by a variable of the environment, and can be changed there only. */
export interface Declared extends Told<"declared"> {
  readonly declaredBy: string;
}

export interface Removed extends Told<"removed"> {
  /** How many contacts went with it. */
  readonly contacts: number;
  /** Ids of the connections that were closed. */
  readonly closed: readonly string[];
  /** Ids of those that nobody whom we reach holds (any more). */
  readonly gone: readonly string[];
}

interface Granted extends Told<"changed" | "unchanged"> {
  /** null: not restricted. */
  readonly rights: readonly string[] | null;
}

export interface UserEntry {
  readonly aor: string;
  /** `name@domain`, as a person would write it. */
  readonly user: string;
  /** The variable of the environment that declares it; null for one in the records. */
  readonly declaredBy: string | null;
  /** What it may begin, in words; null if it is not restricted. */
  readonly rights: readonly string[] | null;
}

export interface ImportRow {
  /** What the row is called when something is told of it. */
  readonly row: number;
  readonly user: string;
  readonly password: string;
}

/** What became of some rows: how many of each, and which could not be, since their users are declared. */
export interface ImportedBatch {
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly declared: readonly number[];
}

export interface Listed extends Told<"listed"> {
  readonly contacts: readonly ContactEntry[];
}

/** A contact that has not run out; its device token is not told. */
export interface ContactEntry {
  readonly key: string;
  readonly state: "online" | "dormant";
  readonly uri: string;
  /** Of the Contact header, `;reg-id=1;+sip.instance="…"`, without those that may hold tokens. */
  readonly params: string;
  readonly push: { readonly provider: string; readonly app: string } | null;
  readonly callId: string;
  readonly cseq: number;
  /** ISO 8601. */
  readonly expiresAt: string;
  readonly connection: string | null;
}

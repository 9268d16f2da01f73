import { parseArgs } from "node:util";
import { type CallsWanted, MAX_CALLS } from "../local/admin/administrator.ts";
import type { Topic } from "./help.ts";
import { type KeyFiles, keyFiles } from "./key-files.ts";

/** What was asked for. `json`: what comes of it is wanted as JSON. */
export type Command = { readonly json: boolean } & (
  | { readonly name: "user add" | "user passwd" | "user remove"; readonly user: string }
  | { readonly name: "user list" }
  /** null: all there are. */
  | { readonly name: "user rights"; readonly user: string; readonly rights: readonly string[] | null }
  | { readonly name: "user import"; readonly file: string }
  /** `remove` is the key of the contact to remove; undefined to list them. */
  | { readonly name: "contacts"; readonly user: string; readonly remove: string | undefined }
  | { readonly name: "calls"; readonly wanted: CallsWanted }
  | { readonly name: "call"; readonly callId: string }
  | ({ readonly name: "aws setup-push" } & SetupPush)
  /** `online`: AWS is asked, too. */
  /** Until it is told to stop. */
  | { readonly name: "edge" }
  | { readonly name: "aws check"; readonly file: string; readonly online: boolean }
  | { readonly name: "help"; readonly topic: Topic }
);

/** What SNS shall push with. */
export interface SetupPush extends KeyFiles {
  /** Undefined for that of the environment. */
  readonly region: string | undefined;
  readonly feedbackTopic: string | undefined;
  /** Nothing is to be changed. */
  readonly dryRun: boolean;
}

/** The arguments make no sense. One line for people; `topic` is the help that says how they would. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly topic: Topic;

  constructor(problem: string, topic: Topic) {
    super(problem);
    this.topic = topic;
  }
}

/** How many calls are listed if nothing is said. */
const DEFAULT_LIMIT = 50;

const OPTIONS = {
  help: { type: "boolean", short: "h" },
  json: { type: "boolean" },
  remove: { type: "string" },
  user: { type: "string" },
  limit: { type: "string" },
  region: { type: "string" },
  "apns-key": { type: "string" },
  "key-id": { type: "string" },
  "team-id": { type: "string" },
  bundle: { type: "string", multiple: true },
  fcm: { type: "string" },
  "feedback-topic": { type: "string" },
  "dry-run": { type: "boolean" },
  online: { type: "boolean" },
} as const;

/** The options that only one command has. */
const OPTIONS_OF: readonly (readonly [topic: Topic, options: readonly (keyof typeof OPTIONS)[]])[] = [
  ["contacts", ["remove"]],
  ["calls", ["user", "limit"]],
  [
    "aws setup-push",
    ["region", "apns-key", "key-id", "team-id", "bundle", "fcm", "feedback-topic", "dry-run"],
  ],
  ["aws check", ["online"]],
];

/** Reads the arguments behind the program's name. Throws `UsageError`. */
export function readCommandLine(args: readonly string[]): Command {
  const { values, positionals } = parsed(args);
  const { help = false, json = false, remove, user, limit } = values;
  const [topic, operands] = topicOf(positionals);
  if (help) return { name: "help", topic, json };
  for (const [owner, options] of OPTIONS_OF) {
    const given = options.find((option) => values[option] !== undefined);
    if (given !== undefined && topic !== owner)
      throw new UsageError(`--${given} is an option of ${owner}`, topic);
  }
  switch (topic) {
    case "":
      throw new UsageError("a command is missing", topic);
    case "user":
      throw new UsageError("user what? add, passwd, rights, remove, list or import", topic);
    case "user list":
      if (operands.length > 0) throw new UsageError("user list takes no names", topic);
      return { name: topic, json };
    case "user import":
      return { name: topic, json, file: only(operands, topic, "FILE") };
    case "user rights": {
      const [name, ...rights] = operands;
      if (name === undefined) throw new UsageError("user rights needs NAME", topic);
      return { name: topic, json, user: name, rights: rightsIn(rights) };
    }
    case "contacts":
      return { name: topic, json, user: only(operands, topic, "AOR"), remove };
    case "calls": {
      if (operands.length === 0)
        return { name: topic, json, wanted: { user: user ?? null, limit: limitIn(limit) } };
      if (user !== undefined || limit !== undefined) {
        throw new UsageError("--user and --limit are for the list, not for one call", topic);
      }
      return { name: "call", json, callId: only(operands, topic, "CALL-ID") };
    }
    case "edge":
      if (operands.length > 0) throw new UsageError("edge takes no arguments, only the environment", topic);
      return { name: topic, json };
    case "aws":
      throw new UsageError("aws what? setup-push or check", topic);
    case "aws setup-push": {
      if (operands.length > 0) throw new UsageError("aws setup-push takes options only", topic);
      const { region, "feedback-topic": feedbackTopic, "dry-run": dryRun = false } = values;
      const keys = keyFiles(values);
      if (typeof keys === "string") throw new UsageError(keys, topic);
      return { name: topic, json, region, feedbackTopic, dryRun, ...keys };
    }
    case "aws check":
      return { name: topic, json, file: only(operands, topic, "FILE"), online: values.online ?? false };
    case "user add":
    case "user passwd":
    case "user remove":
      return { name: topic, json, user: only(operands, topic, "NAME") };
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    // The first of its sentences; the others would not fit the line.
    const [problem = ""] = error instanceof Error ? error.message.split(/\.\s|\.$|\n/) : [];
    throw new UsageError(problem, "");
  }
}

/** The command that the words begin with, and the words behind it. */
function topicOf([first, second, ...others]: readonly string[]): readonly [Topic, readonly string[]] {
  const rest = second === undefined ? [] : [second, ...others];
  switch (first) {
    case undefined:
      return ["", []];
    case "contacts":
    case "calls":
    case "edge":
      return [first, rest];
    case "aws":
      return awsTopic(second, others);
    case "user":
      break;
    default:
      throw new UsageError(`there is no command "${first}"`, "");
  }
  switch (second) {
    case undefined:
      return ["user", []];
    case "add":
    case "passwd":
    case "rights":
    case "remove":
    case "list":
    case "import":
      return [`user ${second}`, others];
    default:
      throw new UsageError(`there is no command "user ${second}"`, "user");
  }
}

/** Which words are rights is for the stack to say; those that stand for all or none stand alone. */
function rightsIn(words: readonly string[]): readonly string[] | null {
  if (words.length === 0) throw new UsageError("user rights needs RIGHT, or all, or none", "user rights");
  const [first = ""] = words;
  if (words.length === 1 && first === "all") return null;
  if (words.length === 1 && first === "none") return [];
  if (!words.includes("all") && !words.includes("none")) return words;
  throw new UsageError("all and none stand alone", "user rights");
}

function awsTopic(
  second: string | undefined,
  others: readonly string[],
): readonly [Topic, readonly string[]] {
  switch (second) {
    case undefined:
      return ["aws", []];
    case "setup-push":
    case "check":
      return [`aws ${second}`, others];
    default:
      throw new UsageError(`there is no command "aws ${second}"`, "aws");
  }
}

function limitIn(text = String(DEFAULT_LIMIT)): number {
  const limit = Number(text);
  if (/^\d+$/.test(text) && limit >= 1 && limit <= MAX_CALLS) return limit;
  throw new UsageError(`--limit must be a number from 1 to ${MAX_CALLS}`, "calls");
}

/** The only operand. What is too much is not repeated: it may be a password. */
function only(operands: readonly string[], topic: Topic, what: string): string {
  const [operand, ...others] = operands;
  if (operand === undefined) throw new UsageError(`${topic} needs ${what}`, topic);
  if (others.length === 0) return operand;
  const isTold = topic === "user add" || topic === "user passwd";
  const hint = isTold ? "; a password is asked for, or read from stdin" : "";
  throw new UsageError(`${topic} takes one ${what}${hint}`, topic);
}

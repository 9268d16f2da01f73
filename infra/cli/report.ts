/** What came of a command, for people and for programs. */
export interface Report {
  /** For `--json`: one JSON document. */
  readonly value: unknown;
  /** For people, on stdout: whole lines. */
  readonly text: string;
  /** What people should know besides, on stderr; a line each. */
  readonly notes?: readonly string[];
  /** Why it was not, or not all, done; a line each. */
  readonly failures?: readonly string[];
}

/** What was not done because of something that may well happen. */
export function undone(told: object, failure: string): Report {
  return { value: { ...told, error: failure }, text: "", failures: [failure] };
}

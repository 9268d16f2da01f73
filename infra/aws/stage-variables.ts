import { VARIABLES, type Variables } from "../../functions/config/variables.ts";
import DEPLOYMENT from "../stages/variables.json" with { type: "json" };

/** What is a secret, and so does not stand in a stage's file: there the name of a secret in Secrets Manager does. */
export const SECRETS = {
  SECRET_KEYS: "SECRET_KEYS_SECRET",
  VAPID_PRIVATE_KEY: "VAPID_PRIVATE_KEY_SECRET",
} as const;

/** What only a stage has, as `serverless.yml` takes it: each variable, its default and its meaning. */
export const DEPLOYMENT_VARIABLES = DEPLOYMENT as unknown as Readonly<
  Record<keyof typeof DEPLOYMENT, Variables[string]>
>;

/** What a function cannot have: it has no files of ours. */
const FILES: readonly string[] = ["JWT_KEY_FILE"];

/** Every variable that a stage's file may set. */
export const STAGE_VARIABLES: readonly string[] = [
  ...Object.keys(DEPLOYMENT),
  ...Object.keys(VARIABLES).filter((name) => !(name in SECRETS || FILES.includes(name))),
];

/** Secrets that people know from elsewhere. */
const OTHER_SECRETS: readonly string[] = ["SIP_USERS", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

/** Why a stage's file may not set a variable; undefined if it may. `known` are the variables that mean something elsewhere. */
export function objectionTo(name: string, known: readonly string[]): string | undefined {
  if (STAGE_VARIABLES.includes(name)) return undefined;
  if (name in SECRETS) {
    const reference = SECRETS[name as keyof typeof SECRETS];
    return `${name} is a secret and must not stand here: keep it in Secrets Manager, and name that secret in ${reference}`;
  }
  if (OTHER_SECRETS.includes(name)) return `${name} is a secret and must not stand here`;
  if (known.includes(name)) return `${name} means nothing on AWS`;
  const nearest = nearestTo(name, STAGE_VARIABLES);
  const hint = nearest === undefined ? "" : `; did you mean ${nearest}?`;
  return `there is no variable ${name}${hint}`;
}

/** The name that differs least, if it is by less than a third of its letters. */
function nearestTo(name: string, names: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of names) {
    const distance = distanceOf(name.toUpperCase(), candidate);
    if (distance < least && distance < candidate.length / 3) [nearest, least] = [candidate, distance];
  }
  return nearest;
}

/** How many letters must be changed, put in or left out (Levenshtein's distance). */
function distanceOf(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 0; i < one.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < other.length; j++) {
      const changed = (row[j] ?? 0) + (one.charAt(i) === other.charAt(j) ? 0 : 1);
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}

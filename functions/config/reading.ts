import type { Variable, Variables } from "./variables.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads variables, each with its default. What cannot be read is noted as a problem, and stands in for itself. */
export interface Reading<Name extends string = Variable> {
  /** The variable's value, or its default; "" if it has neither. */
  text(name: Name): string;
  /** Items that are separated by commas. */
  list(name: Name): readonly string[];
  /** A whole number from `min` to `max`. */
  integer(name: Name, min: number, max: number): number;
  /** A whole number up to `max`; 0 is for no limit. */
  limit(name: Name, max?: number): number;
  oneOf<Choice extends string>(name: Name, choices: readonly Choice[]): Choice;
  isOn(name: Name): boolean;
}

export function reading<Known extends Variables>(
  variables: Known,
  env: Environment,
  problems: string[],
): Reading<keyof Known & string> {
  type Name = keyof Known & string;
  const text = (name: Name): string => env[name] || (variables[name]?.[0] ?? "");
  const integer = (name: Name, min: number, max: number): number => {
    const value = Number(text(name));
    if (!(Number.isInteger(value) && value >= min && value <= max)) {
      problems.push(`${name} must be a whole number from ${min} to ${max}, not "${text(name)}"`);
    }
    return value;
  };
  const oneOf = <Choice extends string>(name: Name, choices: readonly Choice[]): Choice => {
    const choice = choices.find((candidate) => candidate === text(name));
    if (choice !== undefined) return choice;
    problems.push(`${name} must be one of ${choices.join(", ")}, not "${text(name)}"`);
    return choices[0] as Choice;
  };
  return {
    text,
    list: (name) => listed(text(name)),
    integer,
    limit: (name, max = 100_000) => integer(name, 0, max) || Number.POSITIVE_INFINITY,
    oneOf,
    isOn: (name) => oneOf(name, ["on", "off"]) === "on",
  };
}

/** Items that are separated by commas, without the spaces around them. */
export function listed(text: string): readonly string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

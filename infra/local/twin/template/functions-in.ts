import { basename, join } from "node:path";
import type { Resolver } from "./resolver.ts";
import type { JsonObject } from "./template.ts";

/** A function as the template has it. */
export interface PackagedFunction {
  readonly name: string;
  /** The zip file that would go up. */
  readonly zip: string;
  /** `path/in/zip.export`. */
  readonly handler: string;
  /** Ms. */
  readonly timeout: number;
  /** MB. */
  readonly memory: number;
  readonly environment: Readonly<Record<string, string>>;
}

/** A value that CloudFormation would look up elsewhere, in Secrets Manager or SSM: nobody here has it. */
const ELSEWHERE = /\{\{resolve:/;

/**
 * The functions of the template, whose zips are in the folder. What `given` names takes the place of the template's variables, and is
 * never looked up. Throws for a variable whose value is elsewhere and is not given.
 */
export function functionsIn(
  resolver: Resolver,
  folder: string,
  given: Readonly<Record<string, string>>,
): readonly PackagedFunction[] {
  return [...resolver.unresolved("AWS::Lambda::Function")].map(([logical, unresolved]) => {
    const { Environment, ...others } = unresolved;
    const properties = resolver.resolve(others) as JsonObject;
    const code = properties["Code"] as JsonObject;
    const name = resolver.made(logical).ref;
    return {
      name,
      zip: join(folder, basename(String(code["S3Key"]))),
      handler: String(properties["Handler"]),
      timeout: Number(properties["Timeout"] ?? 3) * 1_000,
      memory: Number(properties["MemorySize"] ?? 128),
      environment: environmentOf(name, (Environment ?? {}) as JsonObject, resolver, given),
    };
  });
}

function environmentOf(
  name: string,
  { Variables = {} }: JsonObject,
  resolver: Resolver,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const wanted = Object.entries(Variables as JsonObject).filter(([variable]) => !(variable in given));
  const resolved = resolver.resolve(Object.fromEntries(wanted)) as JsonObject;
  const environment: Record<string, string> = {};
  for (const [variable, value] of Object.entries(resolved)) {
    if (ELSEWHERE.test(String(value))) throw new Error(`${name}: the twin must be given ${variable}`);
    environment[variable] = String(value);
  }
  return { ...environment, ...given };
}

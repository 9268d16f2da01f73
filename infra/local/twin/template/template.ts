import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What JSON holds. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [name: string]: Json | undefined;
}

export interface Resource {
  readonly Type: string;
  readonly Properties?: JsonObject;
  readonly Condition?: string;
}

/** A CloudFormation template, as far as the twin reads it. */
export interface Template {
  readonly Parameters?: Readonly<Record<string, { readonly Default?: Json }>>;
  readonly Conditions?: Readonly<Record<string, Json>>;
  readonly Mappings?: JsonObject;
  readonly Resources: Readonly<Record<string, Resource>>;
}

const FILE = "cloudformation-template-update-stack.json";

/** What `osls package` has put into this folder. Throws, and says what to do, if there is nothing. */
export function readTemplate(folder: string): Template {
  try {
    return JSON.parse(readFileSync(join(folder, FILE), "utf8")) as Template;
  } catch (error) {
    throw new Error(`${join(folder, FILE)} cannot be read; package first`, { cause: error });
  }
}

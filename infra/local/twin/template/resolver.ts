import { ACCOUNT, REGION } from "../place.ts";
import type { Json, JsonObject, Resource, Template } from "./template.ts";

/** What CloudFormation would know of a resource that it has made. */
export interface Made {
  /** What `Ref` gives. */
  readonly ref: string;
  /** What `Fn::GetAtt` gives. */
  att(name: string): string;
}

export interface ResolverOptions {
  readonly template: Template;
  /** What CloudFormation would make of a resource, whose own properties may need resolving. */
  readonly make: (name: string, resource: Resource, resolve: (value: Json) => Json) => Made;
  /** Values of the template's parameters, instead of their defaults. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** What other stacks export. */
  readonly imports?: Readonly<Record<string, string>>;
}

/** Replaces a template's intrinsic functions by what they give. Throws for what it does not know. */
export class Resolver {
  readonly #options: ResolverOptions;
  readonly #made = new Map<string, Made>();

  constructor(options: ResolverOptions) {
    this.#options = options;
  }

  /** Properties that are `AWS::NoValue` are left out. */
  readonly resolve = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(this.resolve).filter((item) => item !== undefined);
    if (typeof value !== "object" || value === null) return value;
    const [only = "", ...others] = Object.keys(value);
    if (others.length === 0 && (only === "Ref" || only.startsWith("Fn::"))) {
      return this.#call(only, (value as JsonObject)[only] ?? null);
    }
    const entries = Object.entries(value as JsonObject).map(([name, inner]) => [
      name,
      inner === undefined ? undefined : this.resolve(inner),
    ]);
    return Object.fromEntries(entries.filter(([, inner]) => inner !== undefined));
  };

  /** The resources of a type that are to be made, by name, their properties resolved. */
  resources(type: string): ReadonlyMap<string, JsonObject> {
    const found = new Map<string, JsonObject>();
    for (const [name, resource] of Object.entries(this.#options.template.Resources)) {
      if (resource.Type !== type || !this.#holds(resource.Condition)) continue;
      found.set(name, this.resolve(resource.Properties ?? {}) as JsonObject);
    }
    return found;
  }

  /** The resources of a type that are to be made, by name, as they stand. */
  unresolved(type: string): ReadonlyMap<string, JsonObject> {
    const all = Object.entries(this.#options.template.Resources);
    const wanted = all.filter(([, { Type, Condition }]) => Type === type && this.#holds(Condition));
    return new Map(wanted.map(([name, { Properties = {} }]) => [name, Properties]));
  }

  made(name: string): Made {
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const resource = this.#options.template.Resources[name];
    if (resource === undefined) throw new Error(`the template has no ${name}`);
    const made = this.#options.make(name, resource, this.resolve);
    this.#made.set(name, made);
    return made;
  }

  #call(name: string, argument: Json): Json {
    const list = () => this.resolve(argument) as readonly Json[];
    switch (name) {
      case "Ref":
        return this.#ref(String(argument));
      case "Fn::GetAtt": {
        const [of = "", ...att] = typeof argument === "string" ? argument.split(".") : (argument as string[]);
        return this.made(of).att(att.join("."));
      }
      case "Fn::Sub":
        return this.#sub(argument);
      case "Fn::Join": {
        const [separator, parts] = list();
        return (parts as readonly Json[]).join(String(separator));
      }
      case "Fn::Select": {
        const [index, parts] = list();
        return (parts as readonly Json[])[Number(index)] ?? "";
      }
      case "Fn::Split": {
        const [separator, text] = list();
        return String(text).split(String(separator));
      }
      case "Fn::If": {
        const [condition, yes = null, no = null] = argument as readonly Json[];
        return this.resolve(this.#holds(String(condition)) ? yes : no);
      }
      case "Fn::ImportValue": {
        const wanted = String(this.resolve(argument));
        const found = this.#options.imports?.[wanted];
        if (found === undefined) throw new Error(`no other stack exports ${wanted}`);
        return found;
      }
      case "Fn::FindInMap": {
        const [map, first, second] = list().map(String);
        const found = this.#options.template.Mappings?.[map ?? ""] as JsonObject | undefined;
        return (found?.[first ?? ""] as JsonObject | undefined)?.[second ?? ""] ?? "";
      }
      default:
        throw new Error(`the twin does not know ${name}`);
    }
  }

  #ref(name: string): Json {
    const pseudo = PSEUDO[name];
    if (pseudo !== undefined) return pseudo;
    // An absent value is no JSON; whoever holds it leaves it out.
    if (name === "AWS::NoValue") return undefined as unknown as Json;
    const { template, parameters = {} } = this.#options;
    const parameter = template.Parameters?.[name];
    if (parameter === undefined) return this.made(name).ref;
    const value = parameters[name] ?? parameter.Default;
    if (value === undefined) throw new Error(`the parameter ${name} has no value`);
    return value;
  }

  /** `"text ${Name} ${Name.Att}"`, or that and a map of further names. */
  #sub(argument: Json): string {
    const [text, more = {}] = (Array.isArray(argument) ? argument : [argument]) as [string, JsonObject?];
    return text.replace(/\$\{(!?)([^}]+)\}/g, (whole, literal: string, name: string) => {
      if (literal !== "") return whole.replace("!", "");
      const own = more[name];
      if (own !== undefined) return String(this.resolve(own));
      return String(name.includes(".") ? this.#call("Fn::GetAtt", name) : this.#ref(name));
    });
  }

  #holds(condition: string | undefined): boolean {
    if (condition === undefined) return true;
    const found = this.#options.template.Conditions?.[condition];
    if (found === undefined) throw new Error(`the template has no condition ${condition}`);
    return this.#isTrue(found);
  }

  #isTrue(condition: Json): boolean {
    const [[name = "", argument = null] = []] = Object.entries(condition as JsonObject);
    const all = argument as readonly Json[];
    switch (name) {
      case "Condition":
        return this.#holds(String(argument));
      case "Fn::Equals": {
        const [one, other] = all.map((side) => JSON.stringify(this.resolve(side)));
        return one === other;
      }
      case "Fn::Not":
        return !all.some((inner) => this.#isTrue(inner));
      case "Fn::And":
        return all.every((inner) => this.#isTrue(inner));
      case "Fn::Or":
        return all.some((inner) => this.#isTrue(inner));
      default:
        throw new Error(`the twin does not know the condition ${name}`);
    }
  }
}

const PSEUDO: Readonly<Record<string, string>> = {
  "AWS::Region": REGION,
  "AWS::AccountId": ACCOUNT,
  "AWS::Partition": "aws",
  "AWS::URLSuffix": "amazonaws.com",
  "AWS::StackName": "twin",
  "AWS::StackId": `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/twin/0`,
};

/** What of a CloudFormation template is looked at here. */
export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Conditions: Readonly<Record<string, unknown>>;
}

export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
}

/** The resources of a type, by their names. */
export function resourcesOf(
  { Resources }: Template,
  type: string,
): ReadonlyMap<string, Resource["Properties"]> {
  const ofType = Object.entries(Resources).filter(([, { Type }]) => Type === type);
  return new Map(ofType.map(([name, { Properties }]) => [name, Properties]));
}

/** Names of functions as their files have them, by the names of their resources. */
export function functionsOf(template: Template): ReadonlyMap<string, string> {
  const functions = resourcesOf(template, "AWS::Lambda::Function");
  return new Map(
    [...functions].map(([name, { Handler }]) => [name, String(Handler).split("/").at(-2) ?? ""]),
  );
}

/** What is at a path of keys; undefined if the path leads nowhere. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found = value;
  for (const key of path)
    found = typeof found === "object" && found !== null ? Reflect.get(found, key) : undefined;
  return found;
}

/** Nothing, as CloudFormation says it. */
const NO_VALUE = JSON.stringify({ Ref: "AWS::NoValue" });

/** A value with its `Fn::If`s decided, by the template's conditions. */
export function settled(template: Template, value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => settled(template, item)).filter((item) => JSON.stringify(item) !== NO_VALUE);
  }
  if (typeof value !== "object" || value === null) return value;
  const choice = at(value, "Fn::If");
  if (choice !== undefined) return settled(template, at(choice, holds(template, at(choice, 0)) ? 1 : 2));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, settled(template, item)]));
}

/** Of the functions of conditions, those that we use. */
function holds(template: Template, condition: unknown): boolean {
  if (typeof condition === "string") return holds(template, template.Conditions[condition]);
  const negated = at(condition, "Fn::Not", 0);
  if (negated !== undefined) return !holds(template, negated);
  const [one, other] = (at(condition, "Fn::Equals") as readonly unknown[]).map(textOf);
  return one === other;
}

function textOf(value: unknown): string {
  const joined = at(value, "Fn::Join");
  return joined === undefined
    ? String(value)
    : (at(joined, 1) as readonly string[]).join(String(at(joined, 0)));
}

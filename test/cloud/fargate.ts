import type { ResolvedValue, TemplateModel } from "@aws/cloudformation-validate";

/** A resource's properties as CloudFormation would have them, with every condition true; what it cannot know before is in words. */
export function propertiesOf(model: TemplateModel, resource: string): Readonly<Record<string, unknown>> {
  const { properties = {} } = model.resources()[resource] ?? {};
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, plain(value)]));
}

function plain(value: ResolvedValue): unknown {
  if ("Concrete" in value) return value.Concrete.value;
  if ("List" in value) return value.List.items.map(plain);
  if ("Map" in value)
    return Object.fromEntries(value.Map.entries.map(({ key, value: of }) => [key, plain(of)]));
  if ("Conditional" in value) return plain(value.Conditional.if_true);
  if ("Reference" in value) return `the ${value.Reference.target}`;
  if ("Dynamic" in value) return value.Dynamic.reason;
  if ("TypedDynamic" in value) return value.TypedDynamic.reason;
  return value.Enum.variants.map(plain);
}

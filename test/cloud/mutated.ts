import { at, type Template } from "./template.ts";

/** A template that differs in one place: what is there becomes `value`, or goes if that is undefined. Throws if there is nothing. */
export function mutated(template: Template, path: readonly (string | number)[], value: unknown): Template {
  const copy = structuredClone(template);
  const place = at(copy, ...path.slice(0, -1));
  const key = path.at(-1) ?? "";
  if (typeof place !== "object" || place === null || !Reflect.has(place, key))
    throw new Error(`no ${path.join(".")}`);
  if (value === undefined) Reflect.deleteProperty(place, key);
  else Reflect.set(place, key, value);
  return copy;
}

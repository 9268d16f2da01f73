/** Reads the fields of a JSON object, each of one type. What is of another is noted as a problem, by its place. */
export interface Fields {
  has(name: string): boolean;
  /** Undefined if it is not there. */
  text(name: string): string | undefined;
  /** Empty if it is not there. */
  texts(name: string): readonly string[];
  /** A list of anything; empty if it is not there. */
  list(name: string): readonly unknown[];
  /** False if it is not there. */
  flag(name: string): boolean;
  /** Of an object whose values are texts; empty if it is not there. */
  entries(name: string): readonly (readonly [string, string])[];
}

/** Of a value that is at this place, and may have these fields and no others. */
export function fieldsOf(
  value: unknown,
  where: string,
  names: readonly string[],
  problems: string[],
): Fields {
  const isFound = isObject(value);
  if (!isFound) problems.push(`${where} must be an object`);
  const fields = new Map(isFound ? Object.entries(value) : []);
  for (const name of fields.keys())
    if (!names.includes(name)) problems.push(`${where} has no field ${JSON.stringify(name)}`);
  const read = <Value>(
    name: string,
    kind: string,
    isKind: (found: unknown) => found is Value,
    absent: Value,
  ): Value => {
    const found = fields.get(name);
    if (found === undefined) return absent;
    if (isKind(found)) return found;
    problems.push(`${where}: ${name} must be ${kind}`);
    return absent;
  };
  return {
    has: (name) => fields.has(name),
    text: (name) => read<string | undefined>(name, "a text", isText, undefined),
    texts: (name) => read<readonly string[]>(name, "a list of texts", isTexts, []),
    list: (name) => read<readonly unknown[]>(name, "a list", Array.isArray, []),
    flag: (name) => read(name, "true or false", (found) => typeof found === "boolean", false),
    entries: (name) => Object.entries(read(name, "an object of texts", isTextObject, {})),
  };
}

function isText(found: unknown): found is string {
  return typeof found === "string";
}

function isTexts(found: unknown): found is readonly string[] {
  return Array.isArray(found) && found.every(isText);
}

function isObject(found: unknown): found is Readonly<Record<string, unknown>> {
  return typeof found === "object" && found !== null && !Array.isArray(found);
}

function isTextObject(found: unknown): found is Readonly<Record<string, string>> {
  return isObject(found) && Object.values(found).every(isText);
}

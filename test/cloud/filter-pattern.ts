/**
 * Whether a line of the log is one that a metric filter counts; of its patterns, those that we use: `{ $.name = value && … }`.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export function matches(pattern: string, line: string): boolean {
  const fields = JSON.parse(line) as Readonly<Record<string, unknown>>;
  const [, conditions = ""] = /^\{ (.*) \}$/.exec(pattern) ?? [];
  return conditions.split(" && ").every((condition) => {
    const [, name = "", value = ""] = /^\$\.(\w+) = (.+)$/.exec(condition) ?? [];
    return fields[name] === JSON.parse(value);
  });
}

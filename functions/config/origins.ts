/** As a browser says it: a scheme and a host, no path; "null" for a page that has none. */
const ORIGIN = /^(?:\*|null|[a-z][a-z0-9+.-]*:\/\/[^/\s]*)$/;

/** The origins whose pages may connect, in lower case. What is wrong is added to the problems. */
export function originsIn(names: readonly string[], problems: string[]): readonly string[] {
  const origins = names.map((origin) => origin.toLowerCase());
  for (const origin of origins) {
    if (!ORIGIN.test(origin)) problems.push(`ORIGINS must be like https://example.com, not "${origin}"`);
  }
  return origins;
}

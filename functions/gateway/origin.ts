const ANY = "*";
const DEFAULT_PORTS: Readonly<Record<string, string>> = { "http:": ":80", "https:": ":443" };

/**
 * Whether a page of this origin may connect (RFC 6455 §10.2): one that is listed, in lower case, or any if `*` is; or one that was served by
 * the very host that it connects to. Only browsers, and what is made of them, say an origin, and cannot lie about it.
 */
export function isOriginAllowed(
  origin: string,
  host: string | undefined,
  allowed: readonly string[],
): boolean {
  return (
    allowed.includes(ANY) ||
    allowed.includes(origin.toLowerCase()) ||
    (host !== undefined && isOfHost(origin, host))
  );
}

/** Host names the port, or leaves it out if it is the scheme's own; so does Origin. */
function isOfHost(origin: string, host: string): boolean {
  const at = origin.indexOf("//");
  const scheme = origin.slice(0, Math.max(at, 0)).toLowerCase();
  const port = DEFAULT_PORTS[scheme];
  return port !== undefined && withPort(origin.slice(at + 2), port) === withPort(host, port);
}

function withPort(host: string, port: string): string {
  return /:\d+$/.test(host) ? host.toLowerCase() : `${host.toLowerCase()}${port}`;
}

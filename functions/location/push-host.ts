// Where web pushes may go. A push subscription is a URL that a client gives us, and we post to it: only to hosts that we know.

/** The push services of the browsers: Chrome and its kin, Firefox, Safari, Edge. */
export const WEB_PUSH_HOSTS: readonly string[] = [
  "fcm.googleapis.com",
  "*.push.services.mozilla.com",
  "web.push.apple.com",
  "*.notify.windows.com",
];

/** The URL of a push subscription; undefined for what cannot be one: it is https (RFC 8030 §3) and names no user. */
export function subscriptionUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === "https:" && url.username === "" && url.password === "" ? url : undefined;
}

/** Whether a URL is at one of these hosts: `name` or `*.name`, at https's port, or `name:port`. In lower case. */
export function isAtHost({ host }: URL, hosts: readonly string[]): boolean {
  return hosts.some((allowed) =>
    allowed.startsWith("*.") ? host.endsWith(allowed.slice(1)) : host === allowed,
  );
}

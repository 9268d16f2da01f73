/** What a push tells a browser, as far as this page understands it: all texts, all optional (docs/push-payload.md). */
export interface Pushed {
  readonly kind?: string;
  /** Of the call, the same for all its pushes. */
  readonly uuid?: string;
  readonly fromUri?: string;
  readonly name?: string;
  /** The address that is called. */
  readonly to?: string;
  readonly reason?: string;
}

/** The page of an address's phone; the worker opens it, and knows its pages by it. */
export function phonePage(address: string): string {
  return `/phone?user=${encodeURIComponent(address)}`;
}

/** The address whose phone a page with this query is: `bob`, `bob@example.com` or a SIP URI; Bob's without one. */
export function addressIn(query: string): string {
  const user = new URLSearchParams(query).get("user") || "bob";
  if (/^sips?:/.test(user)) return user;
  return `sip:${user}${user.includes("@") ? "" : "@localhost"}`;
}

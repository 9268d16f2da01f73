// Which phone of this browser rings though its tab is closed: one, since a browser has one push subscription.

const KEY = "closed-phone";

/** Who registers when the page is opened by a notification; the user has said so by asking to be rung. */
interface ClosedPhone {
  readonly address: string;
  readonly password: string;
}

/** The one with this address; undefined if it shall not ring, or another one does. */
export function closedPhone(address: string): ClosedPhone | undefined {
  const kept = localStorage.getItem(KEY);
  const phone = kept === null ? undefined : (JSON.parse(kept) as ClosedPhone);
  return phone?.address === address ? phone : undefined;
}

/** From now on it is this one, in the place of any other, or none. */
export function setClosedPhone(phone: ClosedPhone | undefined): void {
  if (phone === undefined) localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, JSON.stringify(phone));
}

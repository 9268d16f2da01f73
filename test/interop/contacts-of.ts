import { expect } from "vitest";
import { Watch, WirePhone } from "../support/wire-phone.ts";

/** Hears of a user's contacts (RFC 3680) whenever there are others than before: their URIs. To be called while there are none. */
export async function contactsOf(
  port: number,
  user: string,
): Promise<{ next(): Promise<readonly string[]> }> {
  const phone = await WirePhone.connect(port, user);
  const next = async () => {
    const notify = await phone.request("NOTIFY");
    phone.answer(notify, 200, "OK");
    const live = notify.body.matchAll(/<contact [^>]*state="active"[\s\S]*?<uri>([^<]*)<\/uri>/g);
    return Array.from(live, ([, uri = ""]) => uri);
  };
  expect((await new Watch(user, user).subscribe(phone, 600)).status).toBe(200);
  expect(await next()).toEqual([]);
  return { next };
}

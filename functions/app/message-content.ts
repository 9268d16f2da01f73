import type { MessageId } from "../location/ids.ts";
import { ABSENT } from "../ports.ts";
import { type KeptRequest, keepRequest, keptRequest } from "../proxy/kept-request.ts";
import type { Aor } from "../sip/aor.ts";
import type { SipRequest } from "../sip/message.ts";
import type { App } from "./app.ts";

// What stored MESSAGEs say, a record each: a mailbox is read and written often, and must stay small.

/** Keeps a MESSAGE until then, in ms since 1970. One that is kept already stays as it is: it is the same. */
export async function keepContent(
  { messages }: App,
  aor: Aor,
  id: MessageId,
  content: KeptRequest,
  until: number,
): Promise<void> {
  await messages.swap(contentKey(aor, id), ABSENT, content, until);
}

/** The MESSAGE as it was kept; undefined if it is no more. */
export async function keptContent(
  { messages }: App,
  aor: Aor,
  id: MessageId,
): Promise<SipRequest | undefined> {
  const { value } = await messages.read(contentKey(aor, id));
  return value && keptRequest(value);
}

/** Forgets what a MESSAGE said. Doing this twice does nothing. */
export async function forgetContent({ messages }: App, aor: Aor, id: MessageId): Promise<void> {
  const key = contentKey(aor, id);
  const { value, version } = await messages.read(key);
  // "stale": somebody else has removed it; nobody changes it.
  if (value !== undefined) await messages.swap(key, version, undefined, 0);
}

/** A MESSAGE as it is kept, and how many octets of a record that takes. */
export function contentOf(message: SipRequest): { content: KeptRequest; octets: number } {
  const content = keepRequest(message);
  return { content, octets: content.head.length + content.body.length };
}

function contentKey(aor: Aor, id: MessageId): string {
  return `${aor}\n${id}`;
}

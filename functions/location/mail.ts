import type { MessageId } from "./ids.ts";
import type { Location, Mail } from "./location.ts";

/** With a MESSAGE that has been stored, until then, in ms since 1970. */
export function withMail(location: Location, latest: MessageId, until: number): Location {
  return { ...location, mail: { latest, until: Math.max(until, location.mail?.until ?? 0) } };
}

/** Without mail, unless something has been stored since that was seen. The same location if there is none, or other. */
export function withoutMail(location: Location, seen: Mail): Location {
  return location.mail?.latest === seen.latest ? { ...location, mail: undefined } : location;
}

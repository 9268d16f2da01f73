import { cut, MAX_ID } from "./cut.ts";

/** What a push tells a phone whose registration is about to end (RFC 8599 §5.5). Texts, not octets. */
export interface RefreshPush {
  /** The AoR that is registered. */
  readonly to: string;
  /** When the registration ends, in ms since 1970. */
  readonly expiresAt: number;
}

/** Which fields a phone finds in such a push, all of them strings, whatever the service. */
type RefreshData = Readonly<Record<"v" | "kind" | "to" | "expires", string>>;

/** The data of a push that asks for a REGISTER, version 1: of bounded size, in whole characters. */
export function refreshData({ to, expiresAt }: RefreshPush): RefreshData {
  return { v: "1", kind: "refresh", to: cut(to, MAX_ID), expires: new Date(expiresAt).toISOString() };
}

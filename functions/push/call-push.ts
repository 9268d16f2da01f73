import { hash } from "node:crypto";
import { cut, MAX_ID, MAX_NAME } from "./cut.ts";

/** What a push tells a phone about the call that waits for it. Texts, not octets: people will see them. */
export interface CallPush {
  /** Of the INVITE that will follow. */
  readonly callId: string;
  /** The caller's URI. */
  readonly from: string;
  /** The caller's display name; "" if it gave none. */
  readonly name: string;
  /** The AoR that is called. */
  readonly to: string;
  /** When the call will be given up, in ms since 1970. */
  readonly expiresAt: number;
}

/** Which fields a phone finds in its push, all of them strings, whatever the service. */
export type PushData = Readonly<
  Record<"v" | "kind" | "callId" | "uuid" | "from" | "name" | "to" | "expires", string>
>;

/** The data of a push, version 1. Whatever a caller calls itself, it is of bounded size and whole characters. */
export function pushData({ callId, from, name, to, expiresAt }: CallPush): PushData {
  return {
    v: "1",
    kind: "call",
    callId: cut(callId, MAX_ID),
    uuid: uuidOf(callId),
    from: cut(from, MAX_ID),
    name: cut(name, MAX_NAME),
    to: cut(to, MAX_ID),
    expires: new Date(expiresAt).toISOString(),
  };
}

/** A UUID for the call, as CallKit wants one: the same for the push, the INVITE and any repetition (RFC 9562 §5.8). */
export function uuidOf(callId: string): string {
  const hex = hash("sha256", callId, "hex");
  const variant = "89ab".charAt(Number.parseInt(hex.charAt(16), 16) % 4);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}

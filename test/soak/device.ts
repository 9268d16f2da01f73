import { fresh } from "./written.ts";

/** By which service it can be pushed; "none" for a browser. */
export type Push = "fcm" | "apns" | "none";

/** A phone as its calls and messages know it: who it is, and how it fares. */
export interface Device {
  readonly name: string;
  readonly user: string;
  readonly push: Push;
  readonly token: string;
  readonly instance: string;
  readonly isFrozen: boolean;
  /** Whether a call that is placed then finds it as it has been for a while: there, or asleep and to be woken. In ms since 1970. */
  isSteadySince(at: number): boolean;
}

/** The Via line of a new transaction; of a known one, if its branch is said. */
export function viaOf({ name }: Device, branch = fresh()): string {
  return `Via: SIP/2.0/WS ${name}.invalid;branch=z9hG4bK${branch}`;
}

export function contactUriOf({ name, user, push, token }: Device): string {
  const app = push === "fcm" ? "app" : "TEAM123456.com.example.phone.voip";
  const target = push === "none" ? "" : `;pn-provider=${push};pn-param=${app};pn-prid=${token}`;
  return `sip:${user}@${name}.invalid;transport=ws${target}`;
}

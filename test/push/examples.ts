import type { PhonePush } from "../../functions/push/phone-push.ts";
import { NOW } from "./a-push.ts";

const CALL_ID = "b2cf8aa2a42d6684@phone.invalid";
const ZOE = { from: "sip:zoe@example.com", name: "Zoë Ångström", to: "sip:bob@example.com" } as const;

/** The pushes whose examples docs/push-payload.md has, sent at `NOW`. */
export const EXAMPLES: readonly PhonePush[] = [
  { kind: "call", callId: CALL_ID, ...ZOE, expiresAt: NOW + 25_000 },
  { kind: "cancel", callId: CALL_ID, to: ZOE.to, reason: "answered elsewhere", expiresAt: NOW + 20_000 },
  { kind: "message", callId: "0f6d3c11a5@phone.invalid", ...ZOE, expiresAt: NOW + 604_800_000 },
  { kind: "dialog", method: "BYE", callId: CALL_ID, to: ZOE.to, expiresAt: NOW + 20_000 },
  { kind: "refresh", to: ZOE.to, expiresAt: NOW + 150_000 },
];

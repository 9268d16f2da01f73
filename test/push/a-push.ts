import type { PhonePush } from "../../functions/push/phone-push.ts";

export const NOW = Date.UTC(2026, 10, 23, 9);

type Kind = PhonePush["kind"];
type OfKind<K extends Kind> = Extract<PhonePush, { readonly kind: K }>;

/** A push of each kind for Bob; each lives another time. */
export const PUSHES: { readonly [K in Kind]: OfKind<K> } = {
  call: {
    kind: "call",
    callId: "call-1",
    from: "sip:alice@example.com",
    name: "Alice",
    to: "sip:bob@example.com",
    expiresAt: NOW + 25_000,
  },
  cancel: {
    kind: "cancel",
    callId: "call-1",
    to: "sip:bob@example.com",
    reason: "answered elsewhere",
    expiresAt: NOW + 20_000,
  },
  message: {
    kind: "message",
    callId: "message-1",
    from: "sip:alice@example.com",
    name: "Alice",
    to: "sip:bob@example.com",
    expiresAt: NOW + 3_600_000,
  },
  dialog: {
    kind: "dialog",
    method: "BYE",
    callId: "call-1",
    to: "sip:bob@example.com",
    expiresAt: NOW + 30_000,
  },
  refresh: { kind: "refresh", to: "sip:bob@example.com", expiresAt: NOW + 150_000 },
};

/** What a phone finds in each: as docs/push-payload.md promises it to those who write apps. */
export const DATA = {
  call: {
    v: "1",
    kind: "call",
    callId: "call-1",
    uuid: "5d7963c4-f471-8142-b5a7-2214a9666fb1",
    fromUri: "sip:alice@example.com",
    name: "Alice",
    to: "sip:bob@example.com",
    expires: "2026-11-23T09:00:25.000Z",
  },
  cancel: {
    v: "1",
    kind: "cancel",
    callId: "call-1",
    uuid: "5d7963c4-f471-8142-b5a7-2214a9666fb1",
    to: "sip:bob@example.com",
    reason: "answered elsewhere",
    expires: "2026-11-23T09:00:20.000Z",
  },
  message: {
    v: "1",
    kind: "message",
    callId: "message-1",
    uuid: "9deb880b-43bd-86f4-a5a0-afb130aed71b",
    fromUri: "sip:alice@example.com",
    name: "Alice",
    to: "sip:bob@example.com",
    expires: "2026-11-23T10:00:00.000Z",
  },
  dialog: {
    v: "1",
    kind: "dialog",
    method: "BYE",
    callId: "call-1",
    uuid: "5d7963c4-f471-8142-b5a7-2214a9666fb1",
    to: "sip:bob@example.com",
    expires: "2026-11-23T09:00:30.000Z",
  },
  refresh: {
    v: "1",
    kind: "refresh",
    to: "sip:bob@example.com",
    expires: "2026-11-23T09:02:30.000Z",
  },
} as const;

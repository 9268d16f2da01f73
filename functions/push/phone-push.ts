/**
 * What a push tells a phone, by its kind. All are texts, not octets, and come from strangers: of any length, with any letters.
 * What a phone finds of it is `pushData`.
 */
export type PhonePush = CallPush | CancelPush | MessagePush | DialogPush | RefreshPush;

/** A call waits for the phone. */
interface CallPush {
  readonly kind: "call";
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

/** The call that the phone was pushed for is over: it need not come for it any more. */
interface CancelPush {
  readonly kind: "cancel";
  /** As the call's push had it. */
  readonly callId: string;
  /** The AoR that was called. */
  readonly to: string;
  readonly reason: "cancelled" | "answered elsewhere" | "declined elsewhere" | "missed";
  /** When nobody need hear of it any more, in ms since 1970. */
  readonly expiresAt: number;
}

/** A MESSAGE is kept for the phone. What it says is not told: push services may read along. */
export interface MessagePush {
  readonly kind: "message";
  /** Of the MESSAGE that will follow. */
  readonly callId: string;
  /** The sender's URI. */
  readonly from: string;
  /** The sender's display name; "" if it gave none. */
  readonly name: string;
  /** The AoR that it was sent to. */
  readonly to: string;
  /** How long it is kept, in ms since 1970. */
  readonly expiresAt: number;
}

/** A request within a dialog waits for the phone (RFC 8599 §6). */
interface DialogPush {
  readonly kind: "dialog";
  /** `BYE`, `INVITE`, … */
  readonly method: string;
  /** Of the dialog. */
  readonly callId: string;
  /** The AoR whose phone it is. */
  readonly to: string;
  /** When the request will be given up, in ms since 1970. */
  readonly expiresAt: number;
}

/** The phone's registration is about to end (RFC 8599 §5.5). */
interface RefreshPush {
  readonly kind: "refresh";
  /** The AoR that is registered. */
  readonly to: string;
  /** When the registration ends, in ms since 1970. */
  readonly expiresAt: number;
}

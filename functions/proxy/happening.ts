import type { BindingKey } from "../location/ids.ts";
import type { Octets } from "../sip/octets.ts";

/** One thing that happened to a call, for people who ask why it did not ring. It decides nothing. */
export interface Happening {
  /** In ms since 1970. */
  readonly at: number;
  readonly what: What;
  /** The device's binding; undefined if it is about no device in particular. */
  readonly device: BindingKey | undefined;
  /** For people: a status and its reason phrase, why a contact is called or not. No token, no credentials, no body. */
  readonly detail: Octets;
}

type What =
  /** The INVITE came. */
  | "called"
  /** A contact of the callee was looked at: the detail says what was decided, and why. */
  | "considered"
  /** The INVITE was refused before anybody was called. */
  | "refused"
  /** The push service took a push. */
  | "pushed"
  /** It did not, or there was no way to push. */
  | "push refused"
  /** The connection came up over which the device then registered. */
  | "connected"
  | "registered"
  /** The INVITE was sent to the device. */
  | "invited"
  /** The device answered. */
  | "heard"
  /** What was to be sent to the device found its connection gone. */
  | "gone"
  /** The caller gave up; with a device: that was sent a CANCEL. */
  | "cancelled"
  /** It said nothing, and was looked for. */
  | "silent"
  /** Nobody waits for the device any longer. */
  | "timed out"
  /** It was pushed, has not come, and was told by push that it need not. */
  | "recalled"
  /** The caller's answer was decided: the device's, or ours. */
  | "answered";

/** How many happenings a call keeps. */
export const MAX_HISTORY = 64;

/** Octets of a detail: a device chooses its reason phrase. */
const MAX_DETAIL = 200;

export function happening(
  at: number,
  what: What,
  device: BindingKey | undefined,
  detail: Octets = "",
): Happening {
  return { at, what, device, detail: detail.length > MAX_DETAIL ? detail.slice(0, MAX_DETAIL) : detail };
}

/**
 * With one thing more that happened to it. Of too many the middle is forgotten: the beginning says who was to be called,
 * the end how it ended.
 */
export function withHappening<Subject extends { readonly history: readonly Happening[] }>(
  subject: Subject,
  more: Happening,
): Subject {
  const { history } = subject;
  const kept = history.length < MAX_HISTORY ? history : history.toSpliced(MAX_HISTORY / 2, 1);
  return { ...subject, history: [...kept, more] };
}

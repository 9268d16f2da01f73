import type { Heard } from "../races/heard.ts";
import type { Device } from "./device.ts";

/** What the devices of a callee do with a call. */
export type Plan = "answer" | "decline" | "busy" | "ring";

/** One call, by all that its caller and its callees have seen of it. */
export interface Call {
  readonly id: string;
  readonly caller: Device;
  readonly user: string;
  readonly plan: Plan;
  /** How long it rings before its callee does anything, in ms. */
  readonly ringing: number;
  /** When its caller gives up, in ms after it was placed; undefined if he does not. */
  readonly patience: number | undefined;
  readonly placedAt: number;
  /** INVITEs and CANCELs of it were sent twice. */
  isRepeated: boolean;
  provisional: boolean;
  /** Different final responses, in their order. */
  readonly finals: { readonly status: number; readonly to: string; readonly at: number }[];
  cancelled: boolean;
  /** The caller's connection has ended before it had its answer. */
  isCut: boolean;
  /** It has ended, then or later. */
  isCallerGone: boolean;
  /** The INVITE was challenged, and sent again. */
  cseq: number;
  /** What its callees did. */
  readonly rings: Map<Device, Ring>;
  isOver: boolean;
  /** Nothing has happened to its caller or callees meanwhile that it might have noticed, and somebody could be called. */
  wasSteady: boolean;
  byes: number[];
}

/** A call at one device. */
export interface Ring {
  readonly branches: Set<string>;
  readonly request: Heard;
  final: number | undefined;
  isAcknowledged: boolean;
  isCancelled: boolean;
  /** The device's connection has ended since. */
  isCut: boolean;
}

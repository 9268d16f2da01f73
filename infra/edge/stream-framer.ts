import type { Unframed } from "../../functions/gateway/event.ts";
import { contentLengthIn } from "./content-length.ts";

/** What a stream held between two limits: a SIP message, or a ping. */
export interface Frame {
  readonly octets: Buffer;
  /** It is the last, and not all of it has come: nobody can tell where it ends. */
  readonly unframed?: Unframed;
}

export interface FramerLimits {
  /** Octets of a message. */
  readonly maxMessage: number;
  /** Of these its start line and headers. */
  readonly maxHeaders: number;
}

const NO_LENGTH: Unframed = { statusCode: 400, reason: "Content-Length Missing" };
const UNCLEAR_LENGTH: Unframed = { statusCode: 400, reason: "Content-Length Unclear" };
const TOO_LARGE: Unframed = { statusCode: 513, reason: "Message Too Large" };

const CR = 13;
const LF = 10;
const HEAD_END = Buffer.from("\r\n\r\n");
const PING = HEAD_END;
const NOTHING = Buffer.alloc(0);
const NO_FRAMES: readonly Frame[] = [];
/** Of what is kept of a message that has not come whole; it doubles. */
const SMALLEST = 1_024;

/**
 * Finds the messages in a stream of octets, however these were cut into chunks (RFC 3261 §18.3). An octet is looked at once or
 * twice, however small the chunks are, and what is kept of a message that has not come whole is bounded; of a whole one, nothing is.
 *
 * Two CRLFs between messages are a ping (RFC 5626 §3.5.1), a single one is nothing: a pong, or an empty line (RFC 3261 §7.5).
 */
export class StreamFramer {
  readonly #limits: FramerLimits;
  /** What has come of the next message, in a buffer that may have room for more. */
  #kept: Buffer = NOTHING;
  #length = 0;
  /** Before it, no message's headers end. */
  #searched = 0;
  /** Where the next message ends, once its headers have come. */
  #end: number | undefined;
  /** A CRLF has come between messages, which is half of a ping. */
  #isHalfPing = false;
  #isBroken = false;

  constructor(limits: FramerLimits) {
    this.#limits = limits;
  }

  /** Whether part of a message has come, and the rest not yet. */
  get isUnfinished(): boolean {
    return this.#length > 0;
  }

  /** What the octets complete. After an unframed message nothing more comes. The frames may share the chunk's memory. */
  feed(chunk: Buffer): readonly Frame[] {
    if (this.#isBroken) return NO_FRAMES;
    // Most chunks are whole messages, and need not be copied.
    const isKept = this.#length > 0;
    const octets = isKept ? this.#keep(chunk) : chunk;
    const frames: Frame[] = [];
    let at = 0;
    for (;;) {
      at = this.#skipEmptyLines(octets, at, frames);
      const rest = octets.subarray(at);
      const frame = this.#next(rest);
      if (frame === undefined) {
        this.#rest(rest, isKept);
        return frames;
      }
      frames.push(frame);
      if (frame.unframed !== undefined) {
        this.#isBroken = true;
        this.#rest(NOTHING, false);
        return frames;
      }
      at += frame.octets.length;
      this.#searched = 0;
      this.#end = undefined;
    }
  }

  /** The message at the beginning of the octets, if it is whole, or will never be. */
  #next(octets: Buffer): Frame | undefined {
    const { maxMessage, maxHeaders } = this.#limits;
    if (this.#end === undefined) {
      const headEnd = octets.indexOf(HEAD_END, this.#searched);
      if (headEnd > maxHeaders || (headEnd < 0 && octets.length >= maxHeaders + HEAD_END.length)) {
        return { octets: wholeLines(octets.subarray(0, maxHeaders)), unframed: TOO_LARGE };
      }
      if (headEnd < 0) {
        this.#searched = Math.max(0, octets.length - HEAD_END.length + 1);
        return undefined;
      }
      const bodyAt = headEnd + HEAD_END.length;
      const length = contentLengthIn(octets.toString("latin1", 0, bodyAt));
      const unframed =
        length === "none"
          ? NO_LENGTH
          : length === "unclear"
            ? UNCLEAR_LENGTH
            : bodyAt + length > maxMessage
              ? TOO_LARGE
              : undefined;
      if (unframed !== undefined) return { octets: octets.subarray(0, bodyAt), unframed };
      this.#end = bodyAt + (length as number);
    }
    return octets.length < this.#end ? undefined : { octets: octets.subarray(0, this.#end) };
  }

  /** Where the next message begins, if one has begun. */
  #skipEmptyLines(octets: Buffer, from: number, frames: Frame[]): number {
    let at = from;
    while (octets[at] === CR && octets[at + 1] === LF) {
      at += 2;
      if (this.#isHalfPing) frames.push({ octets: PING });
      this.#isHalfPing = !this.#isHalfPing;
    }
    const isMessage = at < octets.length && !(octets[at] === CR && at + 1 === octets.length);
    if (isMessage) this.#isHalfPing = false;
    return at;
  }

  /** The octets that are kept already, and these. */
  #keep(chunk: Buffer): Buffer {
    const length = this.#length + chunk.length;
    if (length > this.#kept.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(SMALLEST, 2 * this.#kept.length, length));
      this.#kept.copy(larger, 0, 0, this.#length);
      this.#kept = larger;
    }
    chunk.copy(this.#kept, this.#length);
    this.#length = length;
    return this.#kept.subarray(0, length);
  }

  /** Keeps the rest of what was fed, where it is not kept already. */
  #rest(rest: Buffer, isKept: boolean): void {
    if (isKept && rest.length === this.#length) return;
    this.#kept = NOTHING;
    this.#length = 0;
    if (rest.length > 0) this.#keep(rest);
  }
}

/** Without the beginning of a line whose end has not come. */
function wholeLines(octets: Buffer): Buffer {
  const end = octets.lastIndexOf(LF);
  return end < 0 ? octets : octets.subarray(0, end + 1);
}

import type { Unframed } from "../../functions/gateway/event.ts";

/** What carries the messages of one connection, and knows nothing of what they are for. */
export interface Wire {
  /** Whether messages can be written. */
  readonly isOpen: boolean;
  /** Octets that were written and that its client has not read. */
  readonly unread: number;
  /** Whether part of a message has come, and the rest not yet. */
  readonly isUnfinished: boolean;
  /** Starts to tell what comes. Once. */
  tell(listener: WireListener): void;
  /** Octets, one per character. */
  write(messages: readonly string[]): void;
  /** Ends it politely; what is written before still goes out. Code and reason are RFC 6455's, for the client if it can be told. */
  end(code?: number, reason?: string): void;
  /** Ends it at once; a client that still listens may read the code. */
  cut(code?: number): void;
  /** To be called every `pingInterval`: false if the client is found to be dead, or asleep. */
  probe(): boolean;
}

/** Who hears what comes over a wire. */
export interface WireListener {
  /** A message. `isText` if it can be nothing but UTF-8; `unframed` if it is the last, and not whole. */
  onMessage(octets: Buffer, isText: boolean, unframed?: Unframed): void;
  /** Something that is no message, and costs little. */
  onControl(): void;
  /** It has ended. */
  onEnd(code: number, reason: string): void;
}

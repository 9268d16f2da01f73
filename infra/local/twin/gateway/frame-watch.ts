const EXTENDED_16 = 126;
const EXTENDED_64 = 127;
const MASK_KEY = 4;

/**
 * Reads along what a client sends, and calls back when a frame says that it is longer than a frame may be (RFC 6455 §5.2): `ws` knows
 * limits of messages only. What it answers is to be fed every octet once.
 */
export function frameWatch(maxFrame: number, tooLong: () => void): (chunk: Buffer) => void {
  /** Octets of the frame's payload that are still to come. */
  let payload = 0;
  let head: number[] = [];
  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      if (payload > 0) {
        const skipped = Math.min(payload, chunk.length - at);
        payload -= skipped;
        at += skipped;
        continue;
      }
      head.push(chunk[at] ?? 0);
      at++;
      const length = payloadLength(head);
      if (length === undefined) continue;
      if (length > maxFrame) tooLong();
      payload = length;
      head = [];
    }
  };
}

/** Undefined while the head of the frame is not complete. */
function payloadLength(head: readonly number[]): number | undefined {
  const [, second] = head;
  if (second === undefined) return undefined;
  const short = second & 0x7f;
  const extended = short === EXTENDED_16 ? 2 : short === EXTENDED_64 ? 8 : 0;
  const mask = (second & 0x80) === 0 ? 0 : MASK_KEY;
  if (head.length < 2 + extended + mask) return undefined;
  if (extended === 0) return short;
  return head.slice(2, 2 + extended).reduce((length, octet) => length * 256 + octet, 0);
}

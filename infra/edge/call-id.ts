const CRLF = "\r\n";
const USUAL = "\r\nCall-ID:";
const OTHERWISE = ["\r\ncall-id", "\r\ni"];

/**
 * The Call-ID of a frame, by a look and not by parsing: frames with the same one are handled in order. "" if there is
 * none to be seen, as in a line that is folded before its value. Wrong at worst in what order it keeps.
 */
export function callIdIn(frame: string): string {
  const end = endOfHead(frame);
  const usual = frame.indexOf(USUAL);
  // A body may hold a message, too.
  if (usual >= 0 && (end < 0 || usual < end)) return valueAt(frame, usual + USUAL.length);
  // Of ASCII only: in Unicode some letters become longer, and every place behind them another.
  const head = frame.slice(0, Math.max(end, 0)).replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  for (const name of OTHERWISE) {
    for (let at = head.indexOf(name); at >= 0; at = head.indexOf(name, at + name.length)) {
      const colon = skipBlanks(head, at + name.length);
      if (head.charAt(colon) === ":") return valueAt(frame, colon + 1);
    }
  }
  return "";
}

/** Where the empty line behind the headers begins; -1 if there is none. Empty lines above them are nothing (RFC 3261 §7.5). */
function endOfHead(frame: string): number {
  let at = 0;
  while (frame.startsWith(CRLF, at)) at += CRLF.length;
  return frame.indexOf(CRLF + CRLF, at);
}

function valueAt(frame: string, from: number): string {
  const end = frame.indexOf("\r\n", from);
  return frame.slice(from, end < 0 ? undefined : end).trim();
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (text.charAt(at) === " " || text.charAt(at) === "\t") at++;
  return at;
}

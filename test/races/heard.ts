/** A message as a phone reads it: as much of it as it needs. */
export interface Heard {
  /** Undefined for a response. */
  readonly method: string | undefined;
  readonly status: number | undefined;
  readonly lines: readonly string[];
  /** The first value of a header; "" for none. */
  one(name: string): string;
  all(name: string): readonly string[];
}

export function heard(text: string): Heard {
  const lines = text.slice(0, text.indexOf("\r\n\r\n")).split("\r\n");
  const [start = ""] = lines;
  const isResponse = start.startsWith("SIP/2.0 ");
  const all = (name: string) =>
    lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
  return {
    method: isResponse ? undefined : start.slice(0, start.indexOf(" ")),
    status: isResponse ? Number(start.slice(8, 11)) : undefined,
    lines,
    all,
    one: (name) => all(name)[0] ?? "",
  };
}

/** The branch of the topmost Via: what tells transactions apart (RFC 3261 §17.2.3). */
export function branchOf(message: Heard): string {
  return /;branch=([^;,]+)/.exec(message.one("Via"))?.[1] ?? "";
}

/** The number and the method in CSeq. */
export function cseqOf(message: Heard): readonly [number: number, method: string] {
  const [number = "", method = ""] = message.one("CSeq").split(" ");
  return [Number(number), method];
}

const COPIED = ["Via", "From", "Call-ID", "CSeq", "Record-Route"];

/** A response to a request (RFC 3261 §8.2.6). */
export function responseTo(
  request: Heard,
  status: number,
  tag: string,
  more: readonly string[] = [],
): string {
  const copied = COPIED.flatMap((name) => request.all(name).map((value) => `${name}: ${value}`));
  const to = request.one("To");
  const tagged = to.includes(";tag=") ? to : `${to};tag=${tag}`;
  return [
    `SIP/2.0 ${status} ${status}`,
    ...copied,
    `To: ${tagged}`,
    ...more,
    "Content-Length: 0",
    "",
    "",
  ].join("\r\n");
}

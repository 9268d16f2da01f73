/** A message as it came over the wire, taken apart by its simplest reading: what our own parser thinks does not matter. */
export interface WireMessage {
  readonly text: string;
  readonly startLine: string;
  /** Of a response; undefined for a request. */
  readonly status: number | undefined;
  /** Of a request, or of the request that a response answers. */
  readonly method: string;
  readonly body: string;
  /** The values of a header, one per line, in order. */
  all(name: string): readonly string[];
  /** The only value of a header; "" if there is none. */
  one(name: string): string;
}

export function wireMessage(text: string): WireMessage {
  const [head = "", ...rest] = text.split("\r\n\r\n");
  const [startLine = "", ...lines] = head.split("\r\n");
  const all = (name: string) =>
    lines
      .filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
      .map((line) => line.slice(name.length + 1).trim());
  const isResponse = startLine.startsWith("SIP/2.0 ");
  return {
    text,
    startLine,
    status: isResponse ? Number(startLine.split(" ")[1]) : undefined,
    method: isResponse ? (all("CSeq")[0]?.split(" ")[1] ?? "") : (startLine.split(" ")[0] ?? ""),
    body: rest.join("\r\n\r\n"),
    all,
    one: (name) => all(name)[0] ?? "",
  };
}

/** Whether a message has to do with this INVITE, and is or answers this method. */
export function isOf(message: WireMessage, invite: WireMessage, method: string): boolean {
  return message.method === method && message.one("Call-ID") === invite.one("Call-ID");
}

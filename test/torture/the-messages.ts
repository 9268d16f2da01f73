import { readdirSync, readFileSync } from "node:fs";

// The messages that are kept beside this file; README.md says where they come from.

/** The names of an RFC's torture messages. */
export function namesOf(rfc: "rfc4475" | "rfc5118"): readonly string[] {
  return readdirSync(new URL(`${rfc}/`, import.meta.url)).map((file) => file.replace(/\.dat$/, ""));
}

/** A torture message as the RFC's archive has it, one character per octet. */
export function archived(rfc: "rfc4475" | "rfc5118", name: string): string {
  return readFileSync(new URL(`${rfc}/${name}.dat`, import.meta.url), "latin1");
}

/**
 * One of RFC 5118 as its text shows it: the archive's lines end with LF, its messages lack the last empty line if they have
 * no body, and its lengths are not those that bodies have with CRLF.
 */
export function mended5118(name: string): string {
  const [head = "", body = ""] = archived("rfc5118", name).trimEnd().split("\n\n");
  const lines = head.replace(/^Content-Length: .*/m, "").trimEnd();
  const octets = body === "" ? "" : `${body}\n`;
  const length = octets.replaceAll("\n", "\r\n").length;
  return `${lines}\nContent-Length: ${length}\n\n${octets}`.replaceAll("\n", "\r\n");
}

/** One of an RFC's examples. */
export interface Example {
  readonly section: string;
  /** Its start line and headers as they go on the wire, without the empty line behind them. */
  readonly head: string;
  /** "" if the RFC does not show it. */
  readonly body: string;
}

/** The messages that an RFC shows in its text, in order. */
export function examplesOf(rfc: "rfc3261" | "rfc3665"): readonly Example[] {
  const text = readFileSync(new URL(`${rfc}.txt`, import.meta.url), "utf8").replaceAll("\n", "\r\n");
  return text
    .split("=== §")
    .slice(1)
    .map((each) => {
      const start = each.indexOf("\r\n") + 2;
      const [head = "", body = ""] = each.slice(start).split("\r\n\r\n");
      return { section: each.slice(0, start - 2), head: head.trimEnd(), body };
    });
}

// Takes the example messages out of the text of an RFC: node example-messages.mjs rfc3665.txt > rfc3665.txt
// See README.md, which says where the text comes from and what the result is.
import { readFileSync } from "node:fs";

/** As it is meant: the RFCs slip now and then, and the messages are kept with their slips. */
const START = /^( *)(?:[A-Z]+ +\S+ +SIP\/2\.0|SIP\/2\.0 +\d{3} .*)$/;
const SECTION = /^([1-9]\d*(?:\.\d+)*)\.? {1,2}[A-Z]/;
const HEADER = /^(?:[A-Za-z][A-Za-z-]*:|\s+\S)/;
const SDP = /^[a-z]=/;
const PAGE_BREAK = /\n+[^\n]*\[Page \d+\]\n\f\nRFC \d+[^\n]*\n+/g;

/** A page ends where it ends: whether there was an empty line is for what follows to say. */
const lines = readFileSync(process.argv[2], "latin1").replace(PAGE_BREAK, "\n\f\n").split("\n");

let section = "";
for (let at = 0; at < lines.length; at++) {
  section = SECTION.exec(lines[at])?.[1] ?? section;
  const start = START.exec(lines[at]);
  if (start === null) continue;
  const indent = start[1].length;
  const message = [lines[at].trim()];
  at = take(at + 1, indent, message, HEADER);
  while (lines[at] === "\f" || lines[at]?.trim() === "") at++;
  if (SDP.test(lines[at]?.slice(indent) ?? "")) {
    message.push("");
    at = take(at, indent, message, SDP);
  }
  process.stdout.write(`=== §${section}\n${message.join("\n")}\n`);
  at--;
}

/** Moves lines to the message, up to an empty one, or to a page's end with no more of the kind behind it; answers where. */
function take(from, indent, message, kind) {
  let at = from;
  for (; at < lines.length; at++) {
    const isPageEnd = lines[at] === "\f";
    const line = lines[isPageEnd ? at + 1 : at] ?? "";
    if (line.trim() === "" || START.test(line)) break;
    if (isPageEnd && (line.slice(0, indent).trim() !== "" || !kind.test(line.slice(indent)))) break;
    if (!isPageEnd) message.push(line.slice(indent).trimEnd());
  }
  return at;
}

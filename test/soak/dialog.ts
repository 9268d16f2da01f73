import type { Heard } from "../races/heard.ts";
import { type Device, viaOf } from "./device.ts";

/** A caller's request within the dialog that a 2xx has made: along the routes that this came, to who said it (RFC 3261 §12.2.1.1). */
export function withinDialog(method: "ACK" | "BYE", cseq: number, ok: Heard, caller: Device): string[] {
  const uri = /<([^>]*)>/.exec(ok.one("Contact"))?.[1];
  const routes = ok.all("Record-Route").toReversed();
  return [
    `${method} ${uri} SIP/2.0`,
    viaOf(caller),
    "Max-Forwards: 70",
    ...routes.map((route) => `Route: ${route}`),
    `From: ${ok.one("From")}`,
    `To: ${ok.one("To")}`,
    `Call-ID: ${ok.one("Call-ID")}`,
    `CSeq: ${cseq} ${method}`,
  ];
}

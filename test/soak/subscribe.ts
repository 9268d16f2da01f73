import { contactUriOf, type Device, viaOf } from "./device.ts";
import type { Place } from "./place.ts";
import type { Requests } from "./requests.ts";
import { fresh } from "./written.ts";

/** Asks to be told of its user's registrations (RFC 3680). */
export async function subscribe(place: Place, device: Device, requests: Requests): Promise<void> {
  const [id, tag] = [fresh(), fresh()];
  const uri = `sip:${device.user}@localhost`;
  const make = (cseq: number, credentials: readonly string[]) => [
    `SUBSCRIBE ${uri} SIP/2.0`,
    viaOf(device),
    "Max-Forwards: 70",
    `From: <sip:${device.user}@localhost>;tag=${tag}`,
    `To: <${uri}>`,
    `Call-ID: ${id}`,
    `CSeq: ${cseq} SUBSCRIBE`,
    `Contact: <${contactUriOf(device)}>`,
    "Event: reg",
    "Expires: 60",
    ...credentials,
  ];
  const answer = await requests.askProved(make, "SUBSCRIBE", uri);
  place.count(`SUBSCRIBE ${answer?.status ?? "unanswered"}`);
}

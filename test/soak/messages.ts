import { branchOf, type Heard, responseTo } from "../races/heard.ts";
import type { Line } from "./connection.ts";
import { type Device, viaOf } from "./device.ts";
import type { Place } from "./place.ts";
import type { Requests } from "./requests.ts";
import { fresh } from "./written.ts";

/** What came of a MESSAGE; undefined if nobody knows. */
export interface Sent {
  /** Its Call-ID. */
  readonly id: string;
  readonly status: number | undefined;
}

export async function sendMessage(
  place: Place,
  device: Device,
  requests: Requests,
  user: string,
): Promise<Sent> {
  const id = fresh();
  const uri = `sip:${user}@localhost`;
  const tag = fresh();
  place.messages.set(id, new Map());
  const make = (cseq: number, credentials: readonly string[]) => [
    `MESSAGE ${uri} SIP/2.0`,
    viaOf(device),
    "Max-Forwards: 70",
    `From: <sip:${device.user}@localhost>;tag=${tag}`,
    `To: <${uri}>`,
    `Call-ID: ${id}`,
    `CSeq: ${cseq} MESSAGE`,
    "Content-Type: text/plain",
    ...credentials,
  ];
  const answer = await requests.askProved(make, "MESSAGE", uri, `hello ${id}`);
  place.count(`MESSAGE ${answer?.status ?? "unanswered"}`);
  return { id, status: answer?.status };
}

/** A MESSAGE has come to this device: it is noted, and answered a little later. */
export function gotMessage(place: Place, device: Device, message: Heard, line: Line): void {
  const got = place.messages.get(message.one("Call-ID"));
  if (got === undefined) return void place.wrong(`${device.name} got a MESSAGE that nobody sent`);
  if (!message.one("To").includes(`sip:${device.user}@`))
    place.wrong(`${device.name} is ${device.user}'s and got a MESSAGE ${message.one("To")}`);
  const branches = got.get(device) ?? new Set();
  got.set(device, branches.add(branchOf(message)));
  setTimeout(() => line.say(responseTo(message, 200, device.name)), place.dice.below(50));
}

import { cseqOf, type Heard, responseTo } from "../races/heard.ts";
import type { Callee } from "./callee.ts";
import type { Caller } from "./caller.ts";
import type { Line } from "./connection.ts";
import type { Device } from "./device.ts";
import { gotMessage } from "./messages.ts";
import type { Place } from "./place.ts";
import type { Requests } from "./requests.ts";

/** Who of a device deals with what comes. */
export interface Parts {
  readonly requests: Requests;
  readonly caller: Caller;
  readonly callee: Callee;
}

/** A message has come to a device. */
export function hears(place: Place, device: Device, parts: Parts, message: Heard, line: Line): void {
  const { requests, caller, callee } = parts;
  if (message.status !== undefined) {
    if (cseqOf(message)[1] === "INVITE") caller.answered(message);
    else requests.answered(message);
  } else if (message.method === "INVITE") callee.invited(message, line);
  else if (message.method === "CANCEL") callee.cancelled(message, line);
  else if (message.method === "ACK") callee.acknowledged(message);
  else if (message.method === "MESSAGE") gotMessage(place, device, message, line);
  else line.say(responseTo(message, 200, device.name));
}

import { invalid, SnsError } from "./sns-error.ts";

/** What was asked of Publish. */
export interface Publication {
  readonly message: string;
  /** `json` for a message per platform. */
  readonly structure: string;
  /** By name; the type is `String`, `Number`, … */
  readonly attributes: ReadonlyMap<string, { readonly type: string; readonly value: string }>;
}

const MAX_MESSAGE = 262_144;
/** What the services take, in octets, and how SNS says that it is too much. */
const MAX_VOIP = 5_120;
const MAX_PAYLOAD = 4_096;

/** What the phone's app would be given. Throws the refusal of what SNS would not take. */
export function payloadFor(platform: string, { message, structure, attributes }: Publication): unknown {
  if (message === "") throw invalid("Empty message");
  if (Buffer.byteLength(message) > MAX_MESSAGE) throw invalid("Message too long");
  for (const [name, { type, value }] of attributes) checkAttribute(name, type, value);
  // What SNS makes of one text for all platforms nobody here needs.
  if (structure !== "json") throw invalid("MessageStructure Reason: only json is delivered here");
  const messages = jsonIn(message);
  if (typeof messages !== "object" || messages === null) {
    throw invalid("Message Structure - JSON message body failed to parse");
  }
  // Values that are no strings are passed over.
  const text: unknown = Reflect.get(messages, platform);
  if (typeof text !== "string") throw invalid("Message Structure - No default entry in JSON message body");
  const payload = jsonIn(text);
  const refuse = (reason: string) =>
    invalid(`Message Reason: Invalid notification for protocol ${platform}: ${reason}`);
  if (typeof payload !== "object" || payload === null) throw refuse("Notification is malformed");
  if (Buffer.byteLength(text) > (isVoip(platform) ? MAX_VOIP : MAX_PAYLOAD)) {
    throw refuse(
      platform === "GCM" ? "Notification data is larger than allowed limit" : "Notification is too long",
    );
  }
  return payload;
}

/** Whether SNS hands it on: a VoIP push whose life is 0 is over when it would, and is dropped without a word. */
export function isDelivered(platform: string, { attributes }: Publication): boolean {
  return !isVoip(platform) || attributes.get(`AWS.SNS.MOBILE.${platform}.TTL`)?.value !== "0";
}

function isVoip(platform: string): boolean {
  return platform.startsWith("APNS_VOIP");
}

function checkAttribute(name: string, type: string, value: string): void {
  const refuse = (reason: string) => new SnsError("ParameterValueInvalid", 400, reason);
  if (type === "")
    throw refuse(`The message attribute '${name}' must contain non-empty message attribute type.`);
  if (value === "") {
    const what = `non-empty message attribute value for message attribute type '${type}'`;
    throw refuse(`The message attribute '${name}' must contain ${what}.`);
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

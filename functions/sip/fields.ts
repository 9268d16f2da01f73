import { type Address, formatAddress, readAddress } from "./address.ts";
import { CALL_ID } from "./chars.ts";
import { type Credentials, readCredentials } from "./credentials.ts";
import { type HeaderField, listField, singleField, textField } from "./field.ts";
import type { Octets } from "./octets.ts";
import { formatParams, type Params, readParams } from "./params.ts";
import type { Scanner } from "./scanner.ts";
import { formatVia, readVia, type Via as ViaValue } from "./via.ts";

// The headers whose values we look into or write; all others are carried as they came.

/** A number that grows within a dialog side, and the method again (RFC 3261 §20.16). */
export interface Sequence {
  readonly number: number;
  readonly method: Octets;
}

/** `Contact: *` stands for all bindings of an AoR (RFC 3261 §10.2.2). */
export type ContactValue = Address | "*";

/** The events that a subscription is about, and parameters that tell it from others in its dialog (RFC 6665 §8.2.1). */
export interface EventValue {
  readonly name: Octets;
  readonly params: Params;
}

/** CSeq numbers are below 2^31 (RFC 3261 §8.1.1.5); seconds fit 32 bits (§25.1 `delta-seconds`), and so shall all else. */
const MAX_SEQUENCE = 2 ** 31 - 1;
const MAX_SECONDS = 2 ** 32 - 1;
const STAR = 42;
const SLASH = 47;

export const Via: HeaderField<ViaValue> = listField("Via", readVia, formatVia);
export const From: HeaderField<Address> = singleField("From", readAddress, formatAddress);
export const To: HeaderField<Address> = singleField("To", readAddress, formatAddress);
export const CallId: HeaderField<Octets> = singleField("Call-ID", readCallId, (id) => id);
export const CSeq: HeaderField<Sequence> = singleField("CSeq", readSequence, formatSequence);
export const Contact: HeaderField<ContactValue> = listField("Contact", readContact, formatContact);
export const Route: HeaderField<Address> = listField("Route", readAddress, formatAddress);
export const Path: HeaderField<Address> = listField("Path", readAddress, formatAddress);
export const ServiceRoute: HeaderField<Address> = listField("Service-Route", readAddress, formatAddress);
export const RecordRoute: HeaderField<Address> = listField("Record-Route", readAddress, formatAddress);

export const MaxForwards: HeaderField<number> = numberField("Max-Forwards", 255);
export const MaxBreadth: HeaderField<number> = numberField("Max-Breadth", MAX_SECONDS);
export const ContentLength: HeaderField<number> = numberField("Content-Length", MAX_SECONDS);
export const Expires: HeaderField<number> = numberField("Expires", MAX_SECONDS);
export const MinExpires: HeaderField<number> = numberField("Min-Expires", MAX_SECONDS);
export const FlowTimer: HeaderField<number> = numberField("Flow-Timer", MAX_SECONDS);

export const Require: HeaderField<Octets> = tokensField("Require");
export const ProxyRequire: HeaderField<Octets> = tokensField("Proxy-Require");
export const Supported: HeaderField<Octets> = tokensField("Supported");
export const AllowEvents: HeaderField<Octets> = tokensField("Allow-Events");
export const Unsupported: HeaderField<Octets> = tokensField("Unsupported");
export const Allow: HeaderField<Octets> = tokensField("Allow");

/** What the caller wants of a device, and what it does not want: the parameters behind the `*` (RFC 3841 §10). */
export const AcceptContact: HeaderField<Params> = preferenceField("Accept-Contact");
export const RejectContact: HeaderField<Params> = preferenceField("Reject-Contact");
/** Directives, known or not: `no-fork`, `parallel` (RFC 3841 §9.1). */
export const RequestDisposition: HeaderField<Octets> = tokensField("Request-Disposition");
export const Event: HeaderField<EventValue> = singleField("Event", readEvent, formatEvent);
/** Media ranges without their parameters: `application/sdp`, `application/*`. */
export const Accept: HeaderField<Octets> = listField("Accept", readMediaRange, (range) => range);
export const SubscriptionState: HeaderField<Octets> = textField("Subscription-State");
export const ContentType: HeaderField<Octets> = textField("Content-Type");

export const Authorization: HeaderField<Credentials> = credentialsField("Authorization");
export const ProxyAuthorization: HeaderField<Credentials> = credentialsField("Proxy-Authorization");
export const WwwAuthenticate: HeaderField<Octets> = textField("WWW-Authenticate");
export const ProxyAuthenticate: HeaderField<Octets> = textField("Proxy-Authenticate");

export const Timestamp: HeaderField<Octets> = textField("Timestamp");
export const DateOf: HeaderField<Octets> = textField("Date");
export const Reason: HeaderField<Octets> = textField("Reason");
export const RetryAfter: HeaderField<Octets> = textField("Retry-After");

function numberField(name: string, max: number): HeaderField<number> {
  return singleField(
    name,
    (scanner) => {
      scanner.skipSpace();
      return scanner.number(max);
    },
    String,
  );
}

function tokensField(name: string): HeaderField<Octets> {
  return listField(
    name,
    (scanner) => scanner.token(),
    (token) => token,
  );
}

function preferenceField(name: string): HeaderField<Params> {
  return listField(name, readPreference, (params) => `*${formatParams(params)}`);
}

/** We read credentials and never write any: a registrar and proxy is nobody's client. */
function credentialsField(name: string): HeaderField<Credentials> {
  return singleField(name, readCredentials, ({ scheme }) => scheme);
}

function readCallId(scanner: Scanner): Octets {
  scanner.skipSpace();
  return scanner.some(CALL_ID, "a Call-ID");
}

function readSequence(scanner: Scanner): Sequence {
  scanner.skipSpace();
  const number = scanner.number(MAX_SEQUENCE);
  // §25.1: LWS, so that "1MESSAGE" is none.
  const end = scanner.at;
  scanner.skipSpace();
  if (scanner.at === end) scanner.fail("expected white space and a method");
  return { number, method: scanner.token("a method") };
}

function formatSequence({ number, method }: Sequence): Octets {
  return `${number} ${method}`;
}

function readPreference(scanner: Scanner): Params {
  scanner.skipSpace();
  return scanner.take(STAR) ? readParams(scanner) : scanner.fail('expected "*"');
}

function readEvent(scanner: Scanner): EventValue {
  scanner.skipSpace();
  return { name: scanner.token("an event"), params: readParams(scanner) };
}

function formatEvent({ name, params }: EventValue): Octets {
  return `${name}${formatParams(params)}`;
}

function readMediaRange(scanner: Scanner): Octets {
  const type = scanner.token("a media type");
  if (!scanner.takeSeparator(SLASH)) return scanner.fail('expected "/"');
  const subtype = scanner.token("a media subtype");
  readParams(scanner);
  return `${type}/${subtype}`;
}

function readContact(scanner: Scanner): ContactValue {
  scanner.skipSpace();
  if (!scanner.take(STAR)) return readAddress(scanner);
  // The grammar allows none, but JsSIP puts a phone's Contact parameters here, too; they say nothing.
  readParams(scanner);
  return "*";
}

function formatContact(value: ContactValue): Octets {
  return value === "*" ? "*" : formatAddress(value);
}

import { Contact, type ContactValue } from "../sip/fields.ts";
import { type HeaderLine, headerLine } from "../sip/headers.ts";
import type { Octets } from "../sip/octets.ts";
import type { Params } from "../sip/params.ts";
import { formatUri, isSipUri, parseUri } from "../sip/uri.ts";

/** Names of parameters that hold push tokens and their like, by how they begin (RFC 8599 §14, and older habits). */
const PRIVATE = ["pn-", "app-id"];

/** Made to be seen: a peer's requests carry it back to us, to whom alone it says something (RFC 8599 §6.1.1). */
const PUBLIC = "pn-purr";

/** The URI without what only its owner and the registrar may know (RFC 8599 §4.1, §13). */
export function publicUri(text: Octets): Octets {
  if (!mayBePrivate(text)) return text;
  const uri = parseUri(text, "Contact");
  return isSipUri(uri) ? formatUri({ ...uri, params: withoutPrivate(uri.params) }) : text;
}

/** A Contact line without private parameters, in the URI or behind it. The same line if it had none. */
export function publicContact(line: HeaderLine): HeaderLine {
  if (!mayBePrivate(line.text)) return line;
  const [first, ...others] = line.read(Contact).map(publicContactValue);
  return first === undefined ? line : headerLine(Contact, first, ...others);
}

function publicContactValue(value: ContactValue): ContactValue {
  if (value === "*") return value;
  const { display, uri, params } = value;
  return { display, uri: publicUri(uri), params: withoutPrivate(params) };
}

function mayBePrivate(text: Octets): boolean {
  const lower = text.toLowerCase();
  return PRIVATE.some((prefix) => lower.includes(prefix));
}

/** The parameters that anybody may see. */
export function withoutPrivate(params: Params): Params {
  return params.filter(([name]) => !isPrivate(name.toLowerCase()));
}

function isPrivate(name: string): boolean {
  return name !== PUBLIC && PRIVATE.some((prefix) => name.startsWith(prefix));
}

import type { Keyring } from "../keyring/keyring.ts";
import { instanceOf } from "../location/device.ts";
import type { Binding } from "../location/location.ts";
import { publicUri, withoutPrivate } from "../location/private-params.ts";
import type { Aor } from "../sip/aor.ts";
import { type Octets, octetsOf, textOf } from "../sip/octets.ts";
import { paramOf, readParams } from "../sip/params.ts";
import { Scanner } from "../sip/scanner.ts";
import { newestOf, publicGruu, temporaryGruu } from "./gruu.ts";

/** The media type of a registration information document (RFC 3680 §5). */
export const REGINFO = "application/reginfo+xml";

/** Parameters that have an element or an attribute of their own. */
const TOLD_ELSEWHERE: ReadonlySet<string> = new Set(["q", "pub-gruu", "temp-gruu"]);

/**
 * All that an AoR's owner may see of its devices (RFC 3680 §5, with their GRUUs: RFC 5628), in full; the `version`-th
 * document of a subscription, counted from 0. Push targets are in none of it. A device that sleeps is `dormant` in a
 * namespace of ours. `now` is in ms since 1970.
 */
export function reginfo(
  keyring: Keyring,
  aor: Aor,
  bindings: readonly Binding[],
  version: number,
  now: number,
): Octets {
  const state = bindings.length > 0 ? "active" : version === 0 ? "init" : "terminated";
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<reginfo xmlns="urn:ietf:params:xml:ns:reginfo" xmlns:gr="urn:ietf:params:xml:ns:gruuinfo"' +
      ` xmlns:sw="urn:sipwake:reginfo" version="${version}" state="full">`,
    ` <registration aor="${escaped(aor)}" id="${keyring.mac("reginfo", aor)}" state="${state}">`,
    ...bindings.map((binding) => contactOf(keyring, aor, binding, newestOf(bindings, binding), now)),
    " </registration>",
    "</reginfo>",
  ];
  return `${lines.join("\n")}\n`;
}

function contactOf(keyring: Keyring, aor: Aor, binding: Binding, newest: Binding, now: number): Octets {
  const { key, uri, callId, cseq, since, refreshedAt, expiresAt, connection } = binding;
  const params = withoutPrivate(readParams(new Scanner(binding.params, "Contact")));
  const q = paramOf(params, "q");
  const attributes = [
    ["id", keyring.mac("reginfo", aor, key)],
    ["state", "active"],
    ["event", since === refreshedAt ? "registered" : "refreshed"],
    ["duration-registered", String(Math.max(0, Math.floor((now - since) / 1000)))],
    ["expires", String(Math.max(0, Math.ceil((expiresAt - now) / 1000)))],
    ["callid", callId],
    ["cseq", String(cseq)],
    ...(q === undefined ? [] : [["q", q]]),
  ];
  const unknown = params.filter(([name]) => !TOLD_ELSEWHERE.has(name.toLowerCase()));
  return [
    `  <contact ${attributes.map(([name, value = ""]) => `${name}="${escaped(value)}"`).join(" ")}>`,
    `   <uri>${escaped(publicUri(uri))}</uri>`,
    ...unknown.map(
      ([name, value = ""]) => `   <unknown-param name="${escaped(name)}">${escaped(value)}</unknown-param>`,
    ),
    ...gruusOf(keyring, aor, newest),
    ...(connection === undefined ? ["   <sw:dormant/>"] : []),
    "  </contact>",
  ].join("\n");
}

function gruusOf(keyring: Keyring, aor: Aor, binding: Binding): readonly Octets[] {
  const instance = instanceOf(binding.key);
  if (instance === undefined) return [];
  const temporary = escaped(temporaryGruu(keyring, aor, instance, binding));
  return [
    `   <gr:pub-gruu uri="${escaped(publicGruu(aor, instance))}"/>`,
    `   <gr:temp-gruu uri="${temporary}" first-cseq="${binding.gruus.firstCseq}"/>`,
  ];
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
]);

/** As text of an XML document: what clients send is hostile, and need not even be UTF-8. */
function escaped(text: Octets): Octets {
  let result = "";
  for (const character of textOf(text)) {
    const code = character.charCodeAt(0);
    // XML 1.0 §2.2 knows no such characters, however they are written.
    const isCharacter = code >= 32 && code !== 0xfffe && code !== 0xffff;
    result += isCharacter ? (ENTITIES.get(character) ?? character) : "\uFFFD";
  }
  return octetsOf(result);
}

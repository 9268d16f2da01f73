import { equal, ok } from "node:assert/strict";
import { readAddress } from "../../functions/sip/address.ts";
import { aorIn } from "../../functions/sip/aor.ts";
import type { HeaderField } from "../../functions/sip/field.ts";
import * as fields from "../../functions/sip/fields.ts";
import { HeaderLine, headerLine } from "../../functions/sip/headers.ts";
import { formatParams, paramOf, readParams, withoutParam } from "../../functions/sip/params.ts";
import { quoted, Scanner, unquoted } from "../../functions/sip/scanner.ts";
import { formatUri, isSipUri, parseSipUri, parseUri, sameUri } from "../../functions/sip/uri.ts";
import { half, placesInValues } from "./places.ts";
import { unlessMalformed } from "./refused.ts";
import { same } from "./same.ts";
import type { Target } from "./target.ts";

// What reads a part of a message.

type Seeds = readonly [string, ...string[]];

const ADDRESSES: Seeds = [
  '"A \\"B\\"" <sip:a:b@h:5060;x=y?s=t>;tag=1;q="0,5"',
  "sip:a@h;tag=1",
  "A B <tel:+49;x>, <sips:%41@[::1]:1;a>",
  '<sip:a@h;pn-provider=fcm;pn-param=p;pn-prid=a:b>;+sip.instance="<urn:uuid:1>"',
];
const TOKENS: Seeds = ["path, outbound ,gruu", "100rel"];
const NUMBERS: Seeds = ["0", " 60 ", "4294967295", "255"];
const TEXTS: Seeds = ["text/plain;a=b", 'Digest realm="a", nonce="b"', "Mon, 23 Nov 2026 09:00:00 GMT", ""];
const CREDENTIALS: Seeds = [
  'Digest username="a\\"b", realm="a,b", nc=00000001, uri="sip:h"',
  "Bearer eyJ.a-_~+/=",
];
const WISHES: Seeds = ['*;video;+g.a="#>=2,!#5";require', '*, *;language="en"'];

/** For each field something that it reads, to begin with. */
const SEEDS: Readonly<Record<keyof typeof fields, Seeds>> = {
  Via: ["SIP/2.0/WS h;branch=z9hG4bKa", 'SIP / 2.0 / TLS [::1] : 5061 ;rport , sip/2.0/udp a.b:1;x="\\""'],
  From: ADDRESSES,
  To: ADDRESSES,
  CallId: ["a@h", '<a>:\\"/[]?{}'],
  CSeq: ["1 INVITE", "2147483647 \t x"],
  Contact: [...ADDRESSES, "*", "*;expires=0"],
  Route: ADDRESSES,
  Path: ADDRESSES,
  ServiceRoute: ADDRESSES,
  RecordRoute: ADDRESSES,
  MaxForwards: NUMBERS,
  MaxBreadth: NUMBERS,
  ContentLength: NUMBERS,
  Expires: NUMBERS,
  MinExpires: NUMBERS,
  FlowTimer: NUMBERS,
  Require: TOKENS,
  ProxyRequire: TOKENS,
  Supported: TOKENS,
  AllowEvents: TOKENS,
  Unsupported: TOKENS,
  Allow: TOKENS,
  AcceptContact: WISHES,
  RejectContact: WISHES,
  RequestDisposition: TOKENS,
  Event: ["reg;id=1", "presence.winfo"],
  Accept: ["application/sdp;q=0.1, */*", ""],
  SubscriptionState: TEXTS,
  ContentType: TEXTS,
  Authorization: CREDENTIALS,
  ProxyAuthorization: CREDENTIALS,
  WwwAuthenticate: TEXTS,
  ProxyAuthenticate: TEXTS,
  Timestamp: TEXTS,
  DateOf: TEXTS,
  Reason: TEXTS,
  RetryAfter: TEXTS,
};

/** Read and never written: a registrar and proxy is nobody's client. */
const ONLY_READ: readonly string[] = [fields.Authorization.key, fields.ProxyAuthorization.key];

/** A value is refused, or written so that it reads the same. */
function ofField<Value>(name: string, field: HeaderField<Value>, seeds: Seeds): Target {
  const line = (text: string) => new HeaderLine(field.key, `${field.name}:${text}`, field.name.length + 1);
  return {
    name: `header ${name}`,
    seeds,
    places: placesInValues(seeds[0]),
    run: (text) => {
      const [first, ...others] = unlessMalformed(() => line(text).read(field)) ?? [];
      // No header holds what ends a line: the message would have been refused.
      if (first === undefined || ONLY_READ.includes(field.key) || /[\r\n\0]/.test(text)) return;
      const written = headerLine(field, first, ...others);
      same(line(written.value).read(field), [first, ...others]);
    },
  };
}

const URIS: Seeds = [
  "sip:a:b@h:5060;x=y;lr?s=t&u=v",
  "sips:%41@[::1]:1;a",
  "tel:+49;x",
  "sip:example.com;transport=ws",
];

export const VALUE_TARGETS: readonly Target[] = [
  ...Object.entries(fields).map(([name, field]) =>
    ofField(name, field as HeaderField<unknown>, SEEDS[name as keyof typeof fields]),
  ),
  {
    name: "a URI",
    seeds: URIS,
    places: [
      ...placesInValues("sip:a@b"),
      (run) => `sip:${run}`,
      (run) => `sip:a:${run}@h`,
      (run) => `sip:a@h?${run}`,
      (run) => `tel:${run}`,
    ],
    run: (text) => {
      const uri = unlessMalformed(() => parseUri(text));
      const sip = unlessMalformed(() => parseSipUri(text));
      equal(uri !== undefined && isSipUri(uri), sip !== undefined);
      if (uri !== undefined) same(parseUri(formatUri(uri)), uri);
      const aor = unlessMalformed(() => aorIn(text, "To"));
      if (aor !== undefined) equal(aorIn(aor, "To"), aor);
    },
  },
  {
    name: "two URIs, one or the other way round",
    seeds: [
      "sip:a@h;x=y;z sip:%61@H;X=Y",
      "sip:h?a=b&c=d sip:h?c=d&a=b",
      "sips:a@h:1 sip:a@h",
      "sip:a@h;x;x=1 sip:a@h;x",
    ],
    places: [
      (run) => `sip:a@h${half(run)} sip:a@h${half(run)}`,
      (run) => `sip:a@h;${half(run)} sip:a@h;${half(run)}`,
      (run) => `sip:h?${half(run)} sip:h?${half(run)}`,
      (run) => `sip:a@h;${run} sip:a@h`,
    ],
    run: (text) => {
      const [one, other] = text.split(" ", 2).map((each) => unlessMalformed(() => parseSipUri(each)));
      if (one === undefined || other === undefined) return;
      equal(sameUri(one, other), sameUri(other, one));
      ok(sameUri(one, one), "a URI that is not itself");
    },
  },
  {
    name: "parameters",
    seeds: [';a=b;c;d="e\\"f"', " ; a = b ; pn-prid=T:voip&T:remote", ";q=0.5"],
    places: placesInValues(";a=b"),
    run: (text) => {
      const params = unlessMalformed(() => readParams(new Scanner(text, "Contact")));
      if (params === undefined) return;
      same(readParams(new Scanner(formatParams(params), "Contact")), params);
      for (const [name] of params.slice(0, 3)) {
        ok(paramOf(params, name.toLowerCase()) !== undefined, "a parameter that is not found");
        equal(paramOf(withoutParam(params, name.toLowerCase()), name.toLowerCase()), undefined);
      }
    },
  },
  {
    name: "a quoted string",
    seeds: ['a"b\\c', "\\", ""],
    places: placesInValues("a"),
    run: (text) => {
      equal(unquoted(quoted(text)), text);
      const scanner = new Scanner(`${quoted(text)}rest`, "To");
      equal(scanner.quoted(), quoted(text));
      unquoted(unlessMalformed(() => new Scanner(text, "To").quoted()) ?? "");
      unlessMalformed(() => readAddress(new Scanner(`${quoted(text)} <sip:h>`, "To")));
    },
  },
];

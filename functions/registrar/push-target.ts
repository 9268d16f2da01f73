import type { PushTarget } from "../location/location.ts";
import { TOKEN } from "../sip/chars.ts";
import { textField } from "../sip/field.ts";
import type { Headers } from "../sip/headers.ts";
import type { Octets } from "../sip/octets.ts";
import { type Params, paramOf, readParams } from "../sip/params.ts";
import { Scanner, unquoted } from "../sip/scanner.ts";
import { SipSyntaxError } from "../sip/syntax-error.ts";
import { unescaped } from "../sip/uri.ts";

// However a client names its push target, here it becomes one normal form: RFC 8599's.

/** Stands in for the Apple team that the older conventions do not name; Linphone's choice. */
const SOME_TEAM = "ABCD1234";

/** PortSIP's header, under its present name and its former one. */
const PortSipPush = textField("X-P-Push");
const FormerPortSipPush = textField("PortSIP-Push");

/** The services that older names stand for. */
const LEGACY_TYPES: ReadonlyMap<string, "apns" | "fcm"> = new Map([
  ["apple", "apns"],
  ["ios", "apns"],
  ["android", "fcm"],
  ["google", "fcm"],
  ["firebase", "fcm"],
]);

/**
 * The push target that a Contact names; undefined if it names none. By RFC 8599 §4.1.1 its parameters belong into the URI,
 * but SIP.js, JsSIP and others can only put them behind it: there they count too, and so do the older `pn-type`, `app-id`
 * and `pn-tok`. Throws `SipSyntaxError` that names the parameter: a phone that could not be woken must hear of it now.
 */
export function pushTargetOf(uriParams: Params, headerParams: Params): PushTarget | undefined {
  const params = [uriParams, headerParams].find(namesTarget);
  if (params === undefined) return undefined;
  const type = textParam(params, "pn-type");
  if (type !== "") {
    return legacyTarget(type, textParam(params, "app-id"), checked("pn-tok", textParam(params, "pn-tok")));
  }
  const provider = providerOf(params);
  const prid = paramOf(params, "pn-prid");
  if (provider === "" || prid === undefined) return undefined;
  return {
    provider,
    param: checkedIfAny("pn-param", textParam(params, "pn-param")),
    prid: checked("pn-prid", plain(prid)),
  };
}

/**
 * The push service that a Contact asks about without giving a token: "" for all that there are (RFC 8599 §4.1.5);
 * undefined if it does not ask.
 */
export function askedService(uriParams: Params, headerParams: Params): string | undefined {
  const params = [uriParams, headerParams].find((given) => paramOf(given, "pn-provider") !== undefined);
  return params === undefined || paramOf(params, "pn-prid") !== undefined ? undefined : providerOf(params);
}

/** The push target in PortSIP's header: `device-os=ios;device-uid=TOKEN;allow-call-push=true;app-id=BUNDLE`. */
export function portSipTarget(headers: Headers): PushTarget | undefined {
  const text = headers.first(PortSipPush) ?? headers.first(FormerPortSipPush);
  if (text === undefined) return undefined;
  const scanner = new Scanner(`;${withoutEnd(text, ";")}`, "X-P-Push");
  const params = readParams(scanner);
  if (!scanner.atEnd) return scanner.fail("expected a parameter");
  if (textParam(params, "allow-call-push").toLowerCase() === "false") return undefined;
  const token = checked("device-uid", textParam(params, "device-uid"));
  return legacyTarget(textParam(params, "device-os"), `${textParam(params, "app-id")}.voip`, token);
}

function namesTarget(params: Params): boolean {
  return paramOf(params, "pn-provider") !== undefined || paramOf(params, "pn-type") !== undefined;
}

/** `app-id` is `bundle.prod`, `bundle.voip.prod` or `bundle.voip.dev` for Apple (Linphone), the project else. */
function legacyTarget(type: string, app: Octets, prid: Octets): PushTarget | undefined {
  const provider = LEGACY_TYPES.get(type.toLowerCase());
  if (provider === undefined) return fail("pn-type", 0, "a type that we do not know");
  if (provider === "fcm") return { provider, param: withoutEnd(app, ".voip"), prid };
  const isSandbox = app.endsWith(".dev");
  const bundle = withoutEnd(withoutEnd(app, ".dev"), ".prod");
  const services = bundle.endsWith(".voip") ? bundle : `${bundle}.remote`;
  return { provider: isSandbox ? "apns.dev" : "apns", param: `${SOME_TEAM}.${services}`, prid };
}

function providerOf(params: Params): string {
  const provider = textParam(params, "pn-provider").toLowerCase();
  for (let at = 0; at < provider.length; at++) {
    if (TOKEN[provider.charCodeAt(at)] !== 1) return fail("pn-provider", at, "expected a token");
  }
  return provider;
}

function textParam(params: Params, name: string): Octets {
  return plain(paramOf(params, name) ?? "");
}

function plain(value: Octets): Octets {
  return unescaped(unquoted(value));
}

function checked(name: string, value: Octets): Octets {
  return value === "" ? fail(name, 0, "expected a value") : checkedIfAny(name, value);
}

/** Tokens and apps are printable and have no white space, whatever was escaped or quoted. */
function checkedIfAny(name: string, value: Octets): Octets {
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code <= 32 || code >= 127) fail(name, at, "an octet that no push service uses");
  }
  return value;
}

function fail(name: string, at: number, problem: string): never {
  throw new SipSyntaxError(`Contact ${name}`, at, problem);
}

function withoutEnd(text: string, end: string): string {
  return text.endsWith(end) ? text.slice(0, -end.length) : text;
}

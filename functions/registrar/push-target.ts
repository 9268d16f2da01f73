import type { PushTarget } from "../location/location.ts";
import { TOKEN } from "../sip/chars.ts";
import { textField } from "../sip/field.ts";
import type { Headers } from "../sip/headers.ts";
import type { Octets } from "../sip/octets.ts";
import { type Params, paramOf, readParams } from "../sip/params.ts";
import { Scanner, unquoted } from "../sip/scanner.ts";
import { SipSyntaxError } from "../sip/syntax-error.ts";
import { unescaped } from "../sip/uri.ts";
import { WEB_PUSH, webPushTarget } from "./web-push-target.ts";

// However a client names its push target, here it becomes one normal form: RFC 8599's.

/** Stands in for the Apple team that the older conventions do not name; Linphone's choice. */
const SOME_TEAM = "ABCD1234";

const APPLE = "apns";
const VOIP = ".voip";
const REMOTE = ".remote";

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
  const both = [uriParams, headerParams];
  const params = both.find((given) => paramOf(given, "pn-provider") !== undefined);
  const prid = params && paramOf(params, "pn-prid");
  const provider = params === undefined || prid === undefined ? "" : providerOf(params);
  if (params !== undefined && prid !== undefined && provider !== "") {
    const token = checked("Contact pn-prid", plain(prid));
    if (provider === WEB_PUSH) {
      const [p256dh, auth] = [textParam(params, "pn-p256dh"), textParam(params, "pn-auth")];
      return webPushTarget({ prid: token, p256dh, auth });
    }
    const param = textParam(params, "pn-param");
    // RFC 8599 §10: Apple is told by it which app is meant.
    const isNeeded = provider.startsWith(APPLE) || param !== "";
    return {
      provider,
      param: isNeeded ? checked("Contact pn-param", param) : "",
      prid: token,
    };
  }
  const older = both.find((given) => textParam(given, "pn-type") !== "");
  return older && legacyTarget(older, { part: "Contact", type: "pn-type", app: "app-id", token: "pn-tok" });
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
  const part = PortSipPush.name;
  const scanner = new Scanner(`;${withoutEnd(text, ";")}`, part);
  const params = readParams(scanner);
  if (!scanner.atEnd) return scanner.fail("expected a parameter");
  if (textParam(params, "allow-call-push").toLowerCase() === "false") return undefined;
  const target = legacyTarget(params, { part, type: "device-os", app: "app-id", token: "device-uid" });
  return target.provider === "fcm" ? target : { ...target, param: asVoip(target.param) };
}

/** What an older convention calls the parts of a push target. */
interface LegacyNames {
  readonly part: string;
  readonly type: string;
  readonly app: string;
  readonly token: string;
}

/** The app is `bundle.prod`, `bundle.voip.prod` or `bundle.voip.dev` for Apple (Linphone), the project else. */
function legacyTarget(params: Params, { part, ...names }: LegacyNames): PushTarget {
  const provider = LEGACY_TYPES.get(textParam(params, names.type).toLowerCase());
  if (provider === undefined) return fail(`${part} ${names.type}`, 0, "a type that we do not know");
  const app = checked(`${part} ${names.app}`, textParam(params, names.app));
  const prid = checked(`${part} ${names.token}`, textParam(params, names.token));
  if (provider === "fcm") return { provider, param: app, prid };
  const isSandbox = app.endsWith(".dev");
  const bundle = withoutEnd(withoutEnd(app, ".dev"), ".prod");
  const services = bundle.endsWith(VOIP) ? bundle : `${bundle}${REMOTE}`;
  return { provider: isSandbox ? "apns.dev" : "apns", param: `${SOME_TEAM}.${services}`, prid };
}

/** PortSIP's token is always for VoIP pushes, whatever the app is called. */
function asVoip(param: Octets): Octets {
  return param.endsWith(VOIP) ? param : `${withoutEnd(param, REMOTE)}${VOIP}`;
}

function providerOf(params: Params): string {
  const provider = textParam(params, "pn-provider").toLowerCase();
  for (let at = 0; at < provider.length; at++) {
    if (TOKEN[provider.charCodeAt(at)] !== 1) return fail("Contact pn-provider", at, "expected a token");
  }
  return provider;
}

function textParam(params: Params, name: string): Octets {
  return plain(paramOf(params, name) ?? "");
}

function plain(value: Octets): Octets {
  return unescaped(unquoted(value));
}

/** Tokens and apps are printable and have no white space, whatever was escaped or quoted. */
function checked(part: string, value: Octets): Octets {
  if (value === "") return fail(part, 0, "expected a value");
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code <= 32 || code >= 127) return fail(part, at, "an octet that no push service uses");
  }
  return value;
}

function fail(part: string, at: number, problem: string): never {
  throw new SipSyntaxError(part, at, problem);
}

function withoutEnd(text: string, end: string): string {
  return text.endsWith(end) ? text.slice(0, -end.length) : text;
}

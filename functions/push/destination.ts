import type { PushTarget } from "../location/location.ts";
import type { PhonePush } from "./phone-push.ts";

/** SNS's names for the services that we push through. */
export type Platform = "APNS" | "APNS_SANDBOX" | "APNS_VOIP" | "APNS_VOIP_SANDBOX" | "GCM";

/** Where a push goes, in the terms of the push service. */
export interface Destination {
  readonly platform: Platform;
  /** The app as the phone named it (`pn-param`): what a platform application is looked up by. */
  readonly app: string;
  readonly token: string;
  /** What Apple calls the app: its bundle id, with `.voip` for VoIP pushes. */
  readonly topic: string | undefined;
}

/** The services that `pn-param` may end in, alone or joined by "&". */
type AppleService = "voip" | "remote";

/**
 * Where a push of a kind goes; undefined for one that the phone cannot be given, and for a provider that we do not know
 * (RFC 8599 §10 to §12). VoIP is for calls alone: iOS ends an app that shows none then. No iPhone is told that a call is over,
 * since an alert would ring once more. A phone that can be pushed by VoIP only is pushed for nothing but calls.
 */
export function destinationOf(target: PushTarget, kind: PhonePush["kind"]): Destination | undefined {
  switch (target.provider) {
    case "fcm":
      return { platform: "GCM", app: target.param, token: target.prid, topic: undefined };
    case "apns":
    case "apns.dev":
      return appleDestination(target, kind);
    default:
      return undefined;
  }
}

/** Whether the device's system punishes an app that got a call's push and showed no call (iOS: PushKit). */
export function mustRing(target: PushTarget | undefined): boolean {
  return target !== undefined && destinationOf(target, "call")?.platform.startsWith("APNS_VOIP") === true;
}

function appleDestination(
  { provider, param: app, prid }: PushTarget,
  kind: PhonePush["kind"],
): Destination | undefined {
  if (kind === "cancel") return undefined;
  const { bundle, services } = appleApp(app);
  const isVoip = services.includes("voip");
  // A phone that has both services rings best by VoIP.
  if (kind === "call" && isVoip) {
    const platform = provider === "apns" ? "APNS_VOIP" : "APNS_VOIP_SANDBOX";
    return { platform, app, token: tokenFor("voip", prid), topic: `${bundle}.voip` };
  }
  // Of two services, a token that does not say whose it is is taken for the one that rings.
  const isTold = !isVoip || prid.split("&").some((token) => token.endsWith(":remote"));
  if (!services.includes("remote") || !isTold) return undefined;
  const platform = provider === "apns" ? "APNS" : "APNS_SANDBOX";
  return { platform, app, token: tokenFor("remote", prid), topic: bundle };
}

/** `pn-param` is `TEAMID.bundle.id.services`; an app that names no service has alerts. */
function appleApp(app: string): { bundle: string; services: readonly AppleService[] } {
  const labels = app.split(".");
  const services = labels.at(-1)?.split("&") ?? [];
  const isNamed = services.every((service) => service === "voip" || service === "remote");
  const bundle = labels.slice(1, isNamed ? -1 : undefined).join(".") || app;
  return { bundle, services: isNamed ? services : ["remote"] };
}

/** `TOKEN`, `TOKEN:voip`, or one for each service, `TOKEN:voip&TOKEN:remote` (Linphone). */
function tokenFor(service: AppleService, prid: string): string {
  const tokens = prid.split("&");
  const suffix = `:${service}`;
  const own = tokens.find((token) => token.endsWith(suffix)) ?? tokens[0] ?? prid;
  return own.endsWith(suffix) ? own.slice(0, -suffix.length) : own;
}

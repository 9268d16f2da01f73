import type { PushTarget } from "../location/location.ts";

/** SNS's names for the services of Apple and Google whose pushes need show nothing. */
export type QuietPlatform = "APNS" | "APNS_SANDBOX" | "GCM";
/** SNS's names for all that we push through. */
export type Platform = QuietPlatform | "APNS_VOIP" | "APNS_VOIP_SANDBOX";

/** Where a push goes, in the terms of the push service. */
export interface Destination<On extends Platform = Platform> {
  readonly platform: On;
  /** The app as the phone named it (`pn-param`): what a platform application is looked up by. */
  readonly app: string;
  readonly token: string;
  /** What Apple calls the app: its bundle id, with `.voip` for VoIP pushes. */
  readonly topic: string | undefined;
}

/** The services that `pn-param` may end in, alone or joined by "&". */
type AppleService = "voip" | "remote";

/** Where to push for a call; undefined for a provider that we do not know (RFC 8599 §10 to §12). */
export function destinationOf(target: PushTarget): Destination | undefined {
  const { provider, param: app, prid } = target;
  switch (provider) {
    case "fcm":
      return firebaseDestination(target);
    case "apns":
    case "apns.dev": {
      const { bundle, services } = appleApp(app);
      // A phone that has both services rings best by VoIP.
      if (!services.includes("voip")) return alertDestination(target, bundle);
      const platform = provider === "apns" ? "APNS_VOIP" : "APNS_VOIP_SANDBOX";
      return { platform, app, token: tokenFor("voip", prid), topic: `${bundle}.voip` };
    }
    default:
      return undefined;
  }
}

/**
 * Where to push for what nobody is to see, a registration that has to be refreshed (RFC 8599 §5.5): never by VoIP, since iOS
 * kills an app that shows no call then. Undefined for a phone that can only be pushed by VoIP, or by nothing that we know.
 */
export function quietDestinationOf(target: PushTarget): Destination<QuietPlatform> | undefined {
  const { provider, param: app, prid } = target;
  switch (provider) {
    case "fcm":
      return firebaseDestination(target);
    case "apns":
    case "apns.dev": {
      const { bundle, services } = appleApp(app);
      // Of two services, a token that does not say whose it is is taken for the one that rings.
      const isTold = !services.includes("voip") || prid.split("&").some((token) => token.endsWith(":remote"));
      return services.includes("remote") && isTold ? alertDestination(target, bundle) : undefined;
    }
    default:
      return undefined;
  }
}

/** Whether the device's system punishes an app that got this push and showed no call (iOS: PushKit). */
export function mustRing(target: PushTarget | undefined): boolean {
  return target !== undefined && destinationOf(target)?.platform.startsWith("APNS_VOIP") === true;
}

function firebaseDestination({ param: app, prid: token }: PushTarget): Destination<QuietPlatform> {
  return { platform: "GCM", app, token, topic: undefined };
}

function alertDestination(
  { provider, param: app, prid }: PushTarget,
  bundle: string,
): Destination<QuietPlatform> {
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

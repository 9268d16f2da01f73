import type { PushTarget } from "../location/location.ts";

/** SNS's names for the services of Apple and Google. */
export type Platform = "APNS" | "APNS_SANDBOX" | "APNS_VOIP" | "APNS_VOIP_SANDBOX" | "GCM";

/** Where a call's push goes, in the terms of the push service. */
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

/** Where to push for a call; undefined for a provider that we do not know (RFC 8599 §10 to §12). */
export function destinationOf(target: PushTarget): Destination | undefined {
  const { provider, param: app, prid } = target;
  switch (provider) {
    case "fcm":
      return { platform: "GCM", app, token: prid, topic: undefined };
    case "apns":
    case "apns.dev":
      return appleDestination(app, prid, provider === "apns.dev");
    default:
      return undefined;
  }
}

/** Whether the device's system punishes an app that got this push and showed no call (iOS: PushKit). */
export function mustRing(target: PushTarget | undefined): boolean {
  return target !== undefined && destinationOf(target)?.platform.startsWith("APNS_VOIP") === true;
}

/** `pn-param` is `TEAMID.bundle.id.services`; a phone that has both services rings best by VoIP. */
function appleDestination(app: string, prid: string, sandbox: boolean): Destination {
  const labels = app.split(".");
  const services = labels.at(-1)?.split("&") ?? [];
  const named = services.every((service) => service === "voip" || service === "remote");
  const service: AppleService = named && services.includes("voip") ? "voip" : "remote";
  const bundle = labels.slice(1, named ? -1 : undefined).join(".") || app;
  return {
    platform: `APNS${service === "voip" ? "_VOIP" : ""}${sandbox ? "_SANDBOX" : ""}`,
    app,
    token: tokenFor(service, prid),
    topic: service === "voip" ? `${bundle}.voip` : bundle,
  };
}

/** `TOKEN`, `TOKEN:voip`, or one for each service, `TOKEN:voip&TOKEN:remote` (Linphone). */
function tokenFor(service: AppleService, prid: string): string {
  const tokens = prid.split("&");
  const suffix = `:${service}`;
  const own = tokens.find((token) => token.endsWith(suffix)) ?? tokens[0] ?? prid;
  return own.endsWith(suffix) ? own.slice(0, -suffix.length) : own;
}

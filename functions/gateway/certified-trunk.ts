import type { App } from "../app/app.ts";
import { trunkOfCertificate } from "../trunk/trunk.ts";
import type { AuthorizerContext, GatewayEvent } from "./event.ts";

/** What every event of a connection is to say of a trunk that is let in by its certificate; undefined if it is none. */
export function certifiedTrunk(
  { settings }: App,
  { requestContext }: GatewayEvent,
): AuthorizerContext | undefined {
  const { certificate, sourceIp = "" } = requestContext.identity ?? {};
  if (certificate === undefined || settings.trunks === undefined) return undefined;
  const trunk = trunkOfCertificate(settings.trunks, certificate.names, sourceIp);
  return trunk && { aor: trunk.aor, expiresAt: String(certificate.expiresAt) };
}

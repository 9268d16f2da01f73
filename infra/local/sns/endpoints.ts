import { randomUUID } from "node:crypto";
import type { Applications } from "./applications.ts";
import { applicationArn, endpointArn } from "./arns.ts";
import { checkToken, checkUserData } from "./endpoint-checks.ts";
import { invalid, SnsError } from "./sns-error.ts";

/** A device token that was made known to a platform application. */
export interface Endpoint {
  readonly arn: string;
  /** The ARN of the application. */
  readonly application: string;
  readonly platform: string;
  /** The app as a Contact names it (`pn-param`). */
  readonly app: string;
  readonly token: string;
  readonly enabled: boolean;
  readonly customUserData: string;
}

/** What may be said of an endpoint; undefined for what is not said. */
export interface EndpointAttributes {
  readonly token?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly customUserData?: string | undefined;
}

/** The ARN of the platform application for an app. Here every app has one, whatever it is called, and without being created. */
export function localApplicationArn(platform: string, app: string): string {
  return applicationArn({ platform, name: encodeURIComponent(app) });
}

/** The endpoints of all platform applications, as SNS keeps them. */
export class Endpoints {
  readonly #byArn = new Map<string, Endpoint>();
  readonly #applications: Applications;
  readonly #onUpdate: (endpoint: Endpoint) => void;

  /** `onUpdate` hears of every endpoint whose attributes have been set. */
  constructor(applications: Applications, onUpdate: (endpoint: Endpoint) => void) {
    this.#applications = applications;
    this.#onUpdate = onUpdate;
  }

  /** Idempotent: a token that is known already answers its ARN, and stays disabled if it was; unless other attributes are asked for. */
  create(application: string, token: string, attributes: EndpointAttributes = {}): Endpoint {
    const { platform, name } = this.#applications.find(application);
    checkToken(platform, token);
    checkUserData(attributes.customUserData);
    const known = this.#find(application, token);
    if (known !== undefined) {
      if (isAsAsked(known, attributes)) return known;
      const which = `Endpoint ${known.arn} already exists with the same Token`;
      throw invalid(`Token Reason: ${which}, but different attributes.`);
    }
    const { enabled = true, customUserData = "" } = attributes;
    const arn = endpointArn({ platform, name }, randomUUID());
    const app = decodeURIComponent(name);
    const endpoint = { arn, application, platform, app, token, enabled, customUserData };
    this.#byArn.set(arn, endpoint);
    return endpoint;
  }

  /** The endpoint to publish to. */
  target(arn: string): Endpoint {
    const endpoint = this.#byArn.get(arn);
    // Here SNS does not say NotFound.
    if (endpoint === undefined)
      throw invalid("TargetArn Reason: No endpoint found for the target arn specified");
    if (!endpoint.enabled) throw new SnsError("EndpointDisabled", 400, "Endpoint is disabled");
    return endpoint;
  }

  get(arn: string): Endpoint {
    const endpoint = this.#byArn.get(arn);
    if (endpoint === undefined) throw new SnsError("NotFound", 404, "Endpoint does not exist");
    return endpoint;
  }

  set(arn: string, { token, enabled, customUserData }: EndpointAttributes): void {
    const before = this.get(arn);
    const endpoint = {
      ...before,
      token: token ?? before.token,
      enabled: enabled ?? before.enabled,
      customUserData: customUserData ?? before.customUserData,
    };
    checkToken(endpoint.platform, endpoint.token);
    checkUserData(customUserData);
    const other = this.#find(endpoint.application, endpoint.token);
    if (other !== undefined && other.arn !== arn) {
      throw invalid("This endpoint is already registered with a different token.");
    }
    this.#byArn.set(arn, endpoint);
    this.#onUpdate(endpoint);
  }

  delete(arn: string): void {
    this.#byArn.delete(arn);
  }

  /** Disables all endpoints of a token, as SNS does when Apple or Google tells it that it is dead. */
  disableToken(token: string): void {
    for (const endpoint of [...this.#byArn.values()]) {
      if (endpoint.token === token) this.disable(endpoint.arn);
    }
  }

  /** Nothing happens to an endpoint that has gone. */
  disable(arn: string): void {
    if (this.#byArn.has(arn)) this.set(arn, { enabled: false });
  }

  #find(application: string, token: string): Endpoint | undefined {
    for (const endpoint of this.#byArn.values()) {
      if (endpoint.application === application && endpoint.token === token) return endpoint;
    }
    return undefined;
  }
}

/** What is not asked for is as it should be, but for the user data: nothing is what is asked for then. */
function isAsAsked(
  known: Endpoint,
  { enabled = known.enabled, customUserData = "" }: EndpointAttributes,
): boolean {
  return known.enabled === enabled && known.customUserData === customUserData;
}

import { randomUUID } from "node:crypto";

/** A refusal in SNS's words: by the code the SDK picks the exception that it throws. */
export class SnsError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, status: number, message: string) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** A device token that was made known to a platform application. */
export interface Endpoint {
  readonly arn: string;
  readonly platform: string;
  readonly app: string;
  readonly token: string;
  readonly enabled: boolean;
}

const ACCOUNT = "arn:aws:sns:us-east-1:000000000000";
const MAX_APPLE_TOKEN = 400;
const MAX_TOKEN = 8_192;

/** The ARN of the platform application for an app. Here every app has one, whatever it is called. */
export function localApplicationArn(platform: string, app: string): string {
  return `${ACCOUNT}:app/${platform}/${encodeURIComponent(app)}`;
}

/** The endpoints of all platform applications, as SNS keeps them. */
export class Endpoints {
  readonly #byArn = new Map<string, Endpoint>();

  /** Idempotent: a token that is known already answers its ARN, and stays disabled if it was. */
  create(application: string, token: string): Endpoint {
    const [prefix, platform, app] = application.split("/");
    if (prefix !== `${ACCOUNT}:app` || platform === undefined || app === undefined) {
      throw new SnsError("NotFound", 404, "PlatformApplication does not exist");
    }
    checkToken(platform, token);
    const name = decodeURIComponent(app);
    const known = this.#find(platform, name, token);
    if (known !== undefined) return known;
    const arn = `${ACCOUNT}:endpoint/${platform}/${app}/${randomUUID()}`;
    return this.#put({ arn, platform, app: name, token, enabled: true });
  }

  /** The endpoint to publish to. */
  target(arn: string): Endpoint {
    const endpoint = this.get(arn);
    if (!endpoint.enabled) throw new SnsError("EndpointDisabled", 400, "Endpoint is disabled");
    return endpoint;
  }

  get(arn: string): Endpoint {
    const endpoint = this.#byArn.get(arn);
    if (endpoint === undefined) throw new SnsError("NotFound", 404, "Endpoint does not exist");
    return endpoint;
  }

  set(arn: string, { token, enabled }: { token: string | undefined; enabled: boolean | undefined }): void {
    const endpoint = this.get(arn);
    this.#put({ ...endpoint, token: token ?? endpoint.token, enabled: enabled ?? endpoint.enabled });
  }

  delete(arn: string): void {
    this.#byArn.delete(arn);
  }

  /** What SNS does when Apple or Google tells it that a token is dead. */
  disableToken(token: string): void {
    for (const endpoint of [...this.#byArn.values()]) {
      if (endpoint.token === token) this.#put({ ...endpoint, enabled: false });
    }
  }

  #find(platform: string, app: string, token: string): Endpoint | undefined {
    for (const endpoint of this.#byArn.values()) {
      if (endpoint.platform === platform && endpoint.app === app && endpoint.token === token) return endpoint;
    }
    return undefined;
  }

  #put(endpoint: Endpoint): Endpoint {
    this.#byArn.set(endpoint.arn, endpoint);
    return endpoint;
  }
}

function checkToken(platform: string, token: string): void {
  const refuse = (reason: string) => {
    throw new SnsError("InvalidParameter", 400, `Invalid parameter: Token Reason: ${reason}`);
  };
  if (token === "") refuse("must not be empty");
  if (platform.startsWith("APNS") && token.length > MAX_APPLE_TOKEN) {
    refuse("iOS device tokens must be no more than 400 hexadecimal characters");
  }
  if (token.length > MAX_TOKEN) refuse("must be at most 8192 bytes long in UTF-8 encoding");
}

import type { App } from "../app/app.ts";
import { type AdmissionOptions, admission } from "./admission.ts";
import type { GatewayHandshake } from "./event.ts";

/** What API Gateway asks its REQUEST authorizer before `$connect`; there is more in it. */
export interface AuthorizerEvent extends GatewayHandshake {
  readonly type: "REQUEST";
  /** `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/$connect`. */
  readonly methodArn: string;
}

/** What it may do, who it is, and what every event of the connection then says of it. */
export interface AuthorizerResult {
  readonly principalId: string;
  readonly policyDocument: {
    readonly Version: "2012-10-17";
    readonly Statement: readonly {
      readonly Action: "execute-api:Invoke";
      readonly Effect: "Allow";
      readonly Resource: string;
    }[];
  };
  readonly context: Readonly<Record<string, string>>;
}

/** Who is let in without a token: he proves himself in SIP. */
const ANYBODY = "anybody";

/**
 * The REQUEST authorizer of an API Gateway: what `connect` decides where there is none. No identity source may be required,
 * as most clients have no token at connect. Rejects with "Unauthorized", which API Gateway answers with 401.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
 */
export function requestAuthorizer(
  app: App,
  options: AdmissionOptions = {},
): (event: AuthorizerEvent) => Promise<AuthorizerResult> {
  return async (event) => {
    const admitted = await admission(app, event, options);
    if (admitted === "refused") throw new Error("Unauthorized");
    const statement = { Action: "execute-api:Invoke", Effect: "Allow", Resource: event.methodArn } as const;
    return {
      principalId: admitted?.["aor"] ?? ANYBODY,
      policyDocument: { Version: "2012-10-17", Statement: [statement] },
      context: admitted ?? {},
    };
  };
}

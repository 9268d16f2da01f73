import {
  CreatePlatformEndpointCommand,
  GetEndpointAttributesCommand,
  SetEndpointAttributesCommand,
  type SNSClient,
} from "@aws-sdk/client-sns";
import { existingEndpoint } from "./sns-refusal.ts";

/** What SNS knows of an endpoint. */
export interface EndpointState {
  readonly token: string;
  readonly isEnabled: boolean;
}

/**
 * The ARN of the endpoint for a token. It is created without attributes, which makes creating one again answer the same ARN; one
 * that others made with attributes of their own is used as it is. One that is disabled stays so. Rejects with SNS's refusal.
 */
export async function createEndpoint(
  client: SNSClient,
  application: string,
  token: string,
  abortSignal: AbortSignal,
): Promise<string> {
  try {
    const command = new CreatePlatformEndpointCommand({ PlatformApplicationArn: application, Token: token });
    const { EndpointArn } = await client.send(command, { abortSignal });
    if (EndpointArn === undefined) throw new Error("SNS created an endpoint without an ARN");
    return EndpointArn;
  } catch (error) {
    const existing = existingEndpoint(error);
    if (existing === undefined) throw error;
    return existing;
  }
}

/** Enables an endpoint for a token. Rejects with SNS's refusal. */
export async function enableEndpoint(
  client: SNSClient,
  endpoint: string,
  token: string,
  abortSignal: AbortSignal,
): Promise<void> {
  const attributes = { Token: token, Enabled: "true" };
  const command = new SetEndpointAttributesCommand({ EndpointArn: endpoint, Attributes: attributes });
  await client.send(command, { abortSignal });
}

/** Rejects with SNS's refusal. */
export async function readEndpoint(
  client: SNSClient,
  endpoint: string,
  abortSignal: AbortSignal,
): Promise<EndpointState> {
  const command = new GetEndpointAttributesCommand({ EndpointArn: endpoint });
  const { Attributes } = await client.send(command, { abortSignal });
  return {
    token: Attributes?.["Token"] ?? "",
    isEnabled: Attributes?.["Enabled"]?.toLowerCase() !== "false",
  };
}

/** Whether an endpoint is one of a platform application: its ARN says so. */
export function isEndpointOf(application: string, endpoint: string): boolean {
  return endpoint.startsWith(`${application.replace(":app/", ":endpoint/")}/`);
}

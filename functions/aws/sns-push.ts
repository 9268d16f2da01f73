import {
  CreatePlatformEndpointCommand,
  EndpointDisabledException,
  InvalidParameterException,
  NotFoundException,
  PublishCommand,
  type SNSClient,
} from "@aws-sdk/client-sns";
import type { Log, Push } from "../ports.ts";
import { type Destination, destinationOf, quietDestinationOf } from "../push/destination.ts";
import { callMessage, refreshMessage, type SnsMessage } from "../push/sns-message.ts";

/** The ARN of the platform application that pushes to an app; undefined for an app that is not ours. */
export type ApplicationArn = (destination: Destination) => string | undefined;

type Outcome = Awaited<ReturnType<Push["wake"]>>;

/** SNS names the endpoint that a token already has only in the text of its refusal. */
const EXISTING_FROM = "Endpoint ";
const EXISTING_TO = " already exists with the same Token";

/**
 * Pushes through SNS mobile push: an endpoint for the token, then a direct publish to it. Endpoints are created without
 * attributes, which makes creating one again answer the same ARN. That SNS accepted a push says nothing of its arrival.
 */
export function snsPush(
  client: SNSClient,
  applicationArn: ApplicationArn,
  clock: () => number,
  log: Log,
): Push {
  const send = async (
    provider: string,
    destination: Destination,
    messageAt: (now: number) => SnsMessage,
  ): Promise<Outcome> => {
    const { app, token } = destination;
    const application = applicationArn(destination);
    if (application === undefined) {
      log.warn("no platform application", { provider, app });
      return "failed";
    }
    const refused = (outcome: Outcome, error: unknown) => {
      const reason = error instanceof Error ? error.name : String(error);
      log.warn("push refused", { provider, app, outcome, reason });
      return outcome;
    };
    let endpoint: string;
    try {
      endpoint = await createEndpoint(client, application, token);
    } catch (error) {
      return refused(isAbout(error, "Token") ? "dead" : "failed", error);
    }
    try {
      await client.send(publish(endpoint, messageAt(clock())));
      return "accepted";
    } catch (error) {
      const isDead = isGone(error) || isAbout(error, "TargetArn");
      return refused(isDead ? "dead" : "failed", error);
    }
  };
  return {
    wake: async (target, call) => {
      const { provider, param: app } = target;
      const destination = destinationOf(target);
      if (destination === undefined) {
        log.warn("no platform application", { provider, app });
        return "failed";
      }
      return send(provider, destination, (now) => callMessage(destination, call, now));
    },
    refresh: async (target, refresh) => {
      const { provider, param: app } = target;
      const destination = quietDestinationOf(target);
      if (destination === undefined) {
        log.debug("no quiet push", { provider, app });
        return "failed";
      }
      const outcome = await send(provider, destination, (now) => refreshMessage(destination, refresh, now));
      // Calls may go to another token of the device, which is as good as ever.
      const isForCalls = destinationOf(target)?.token === destination.token;
      return outcome === "dead" && !isForCalls ? "failed" : outcome;
    },
  };
}

async function createEndpoint(client: SNSClient, application: string, token: string): Promise<string> {
  try {
    const command = new CreatePlatformEndpointCommand({ PlatformApplicationArn: application, Token: token });
    const { EndpointArn } = await client.send(command);
    if (EndpointArn === undefined) throw new Error("SNS created an endpoint without an ARN");
    return EndpointArn;
  } catch (error) {
    const existing = error instanceof InvalidParameterException ? existingEndpoint(error.message) : undefined;
    if (existing === undefined) throw error;
    return existing;
  }
}

function publish(endpoint: string, { message, attributes }: SnsMessage): PublishCommand {
  return new PublishCommand({
    TargetArn: endpoint,
    MessageStructure: "json",
    Message: message,
    MessageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, { DataType: "String", StringValue: value }]),
    ),
  });
}

/** The service told SNS that the token is dead, or the endpoint was deleted. */
function isGone(error: unknown): boolean {
  return error instanceof EndpointDisabledException || error instanceof NotFoundException;
}

/** "Invalid parameter: Token Reason: …": no later attempt with the same token can do better. */
function isAbout(error: unknown, parameter: string): boolean {
  return (
    error instanceof InvalidParameterException && error.message.startsWith(`Invalid parameter: ${parameter}`)
  );
}

function existingEndpoint(message: string): string | undefined {
  const from = message.indexOf(EXISTING_FROM);
  const to = message.indexOf(EXISTING_TO);
  return from < 0 || to < from ? undefined : message.slice(from + EXISTING_FROM.length, to);
}

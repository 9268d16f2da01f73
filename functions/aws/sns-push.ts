import {
  CreatePlatformEndpointCommand,
  EndpointDisabledException,
  InvalidParameterException,
  NotFoundException,
  PublishCommand,
  type SNSClient,
} from "@aws-sdk/client-sns";
import type { Log, Push, PushOutcome } from "../ports.ts";
import { cut, MAX_ID } from "../push/cut.ts";
import { type Destination, destinationOf } from "../push/destination.ts";
import type { PhonePush } from "../push/phone-push.ts";
import { type SnsMessage, snsMessage } from "../push/sns-message.ts";

/** The ARN of the platform application that pushes to an app; undefined for an app that is not ours. */
export type ApplicationArn = (destination: Destination) => string | undefined;

const NO_APPLICATION = "no platform application";

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
  const sendTo = async (
    destination: Destination,
    provider: string,
    push: PhonePush,
  ): Promise<PushOutcome> => {
    const { app, token } = destination;
    const application = applicationArn(destination);
    if (application === undefined) {
      log.warn(NO_APPLICATION, { provider, app });
      return { outcome: "failed", reason: NO_APPLICATION };
    }
    const refused = (outcome: "dead" | "failed", error: unknown): PushOutcome => {
      const reason = error instanceof Error ? error.name : String(error);
      log.warn("push refused", { provider, app, outcome, reason });
      return { outcome, reason: reasonOf(error, token) };
    };
    let endpoint: string;
    try {
      endpoint = await createEndpoint(client, application, token);
    } catch (error) {
      return refused(isAbout(error, "Token") ? "dead" : "failed", error);
    }
    try {
      const { MessageId: id = "" } = await client.send(
        publish(endpoint, snsMessage(destination, push, clock())),
      );
      return { outcome: "accepted", id };
    } catch (error) {
      const isDead = isGone(error) || isAbout(error, "TargetArn");
      return refused(isDead ? "dead" : "failed", error);
    }
  };
  return {
    send: async (target, push) => {
      const { provider, param: app } = target;
      const destination = destinationOf(target, push.kind);
      if (destination === undefined) {
        if (push.kind === "call") log.warn(NO_APPLICATION, { provider, app });
        else log.debug("no quiet push", { provider, app });
        return { outcome: "failed", reason: push.kind === "call" ? NO_APPLICATION : "no push for that" };
      }
      const sent = await sendTo(destination, provider, push);
      // Calls may go to another token of the device, which is as good as ever.
      const isForCalls = destinationOf(target, "call")?.token === destination.token;
      return sent.outcome === "dead" && !isForCalls ? { outcome: "failed", reason: sent.reason } : sent;
    },
  };
}

/** What went wrong, in SNS's words. Those may quote what they were asked. */
function reasonOf(error: unknown, token: string): string {
  // What several addresses refused has a name and no words.
  const words = error instanceof Error ? error.message || error.name : String(error);
  return cut(token === "" ? words : words.replaceAll(token, "…"), MAX_ID);
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

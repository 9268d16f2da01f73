import { PublishCommand, type SNSClient } from "@aws-sdk/client-sns";
import type { SnsMessage } from "../push/sns-message.ts";
import { createEndpoint, enableEndpoint } from "./sns-endpoint.ts";
import { isDisabled, isGone } from "./sns-refusal.ts";

/** Where a push goes at SNS. */
export interface Addressee {
  /** The ARN of the platform application. */
  readonly application: string;
  readonly token: string;
  /** The ARN of the endpoint that an earlier push found for this token. */
  readonly kept: string | undefined;
}

/** A push that SNS took. */
interface Published {
  /** "" if SNS gave it none. */
  readonly id: string;
  /** The ARN of the endpoint, if it is not the kept one. */
  readonly found: string | undefined;
}

/**
 * Publishes to a device: to its kept endpoint if there is one that still exists, else to the one that its token has or gets. An
 * endpoint that SNS remembers as disabled is enabled once if its token is new to us: its app came back with it. One that we kept
 * was disabled after it had worked, and enabling it would only get it disabled again. Rejects with SNS's refusal.
 */
export async function publishTo(
  client: SNSClient,
  { application, token, kept }: Addressee,
  message: SnsMessage,
  abortSignal: AbortSignal,
): Promise<Published> {
  const publish = async (endpoint: string) => {
    const { MessageId } = await client.send(publication(endpoint, message), { abortSignal });
    return MessageId ?? "";
  };
  if (kept !== undefined) {
    try {
      return { id: await publish(kept), found: undefined };
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
  const found = await createEndpoint(client, application, token, abortSignal);
  try {
    return { id: await publish(found), found };
  } catch (error) {
    if (!isDisabled(error)) throw error;
  }
  await enableEndpoint(client, found, token, abortSignal);
  return { id: await publish(found), found };
}

function publication(endpoint: string, { message, attributes }: SnsMessage): PublishCommand {
  return new PublishCommand({
    TargetArn: endpoint,
    MessageStructure: "json",
    Message: message,
    MessageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, { DataType: "String", StringValue: value }]),
    ),
  });
}

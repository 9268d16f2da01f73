import type { SNSClient } from "@aws-sdk/client-sns";
import type { Log, Push, PushOutcome } from "../ports.ts";
import { type Destination, destinationOf } from "../push/destination.ts";
import type { PhonePush } from "../push/phone-push.ts";
import { snsMessage } from "../push/sns-message.ts";
import { isEndpointOf } from "./sns-endpoint.ts";
import { publishTo } from "./sns-publish.ts";
import { faultName, isBadToken, isDisabled, reasonOf } from "./sns-refusal.ts";
import { signalFor } from "./sns-time.ts";

/** The ARN of the platform application that pushes to an app; undefined for an app that is not ours. */
export type ApplicationArn = (destination: Destination) => string | undefined;

const NO_APPLICATION = "no platform application";

/**
 * Pushes through SNS mobile push: a direct publish to the endpoint of the token, which is kept, so that a push is one call of SNS.
 * That SNS accepted a push says nothing of its arrival: what became of it comes later, or never (`sns-feedback.ts`).
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
    endpoints: readonly { readonly service: string; readonly id: string }[],
  ): Promise<PushOutcome> => {
    const { app, token, platform: service } = destination;
    const application = applicationArn(destination);
    if (application === undefined) {
      log.warn(NO_APPLICATION, { provider, app });
      return { outcome: "failed", reason: NO_APPLICATION };
    }
    // One of an application that we used before, in another region, say, would never work again.
    const isOurs = (endpoint: { readonly service: string; readonly id: string }) =>
      endpoint.service === service && isEndpointOf(application, endpoint.id);
    const kept = endpoints.find(isOurs)?.id;
    const now = clock();
    try {
      const signal = signalFor(push.expiresAt - now);
      const message = snsMessage(destination, push, now);
      const { id, found } = await publishTo(client, { application, token, kept }, message, signal);
      return {
        outcome: "accepted",
        id,
        ...(found === undefined ? {} : { endpoint: { service, id: found } }),
      };
    } catch (error) {
      // Only what is said of the token: whoever is called dead is not pushed again, whatever it registers with.
      const outcome = isDisabled(error) || isBadToken(error) ? "dead" : "failed";
      log.warn("push refused", { provider, app, outcome, reason: faultName(error) });
      return { outcome, reason: reasonOf(error, token) };
    }
  };
  return {
    send: async (target, push, endpoints = []) => {
      const { provider, param: app } = target;
      const destination = destinationOf(target, push.kind);
      if (destination === undefined) {
        if (push.kind === "call") log.warn(NO_APPLICATION, { provider, app });
        else log.debug("no quiet push", { provider, app });
        return { outcome: "failed", reason: push.kind === "call" ? NO_APPLICATION : "no push for that" };
      }
      const sent = await sendTo(destination, provider, push, endpoints);
      // Calls may go to another token of the device, which is as good as ever.
      const isForCalls = destinationOf(target, "call")?.token === destination.token;
      return sent.outcome === "dead" && !isForCalls ? { outcome: "failed", reason: sent.reason } : sent;
    },
  };
}

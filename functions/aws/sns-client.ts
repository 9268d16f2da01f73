import { SNSClient } from "@aws-sdk/client-sns";
import { DOUBLE } from "./double.ts";

/**
 * How often SNS is asked before a call is told that its phone cannot be pushed. Pauses double, up to what is drawn (half of it on
 * average): from 50 ms if SNS is out of reach or at fault (1.5 s in all at most), from 1 s if we are throttled, which the time of
 * the push cuts short. Out of several quotas (Publish; all endpoint calls together) each call learns its own: the SDK's "adaptive"
 * mode has one rate for the client, so that a hundred new tokens held every call's Publish up for seconds when it was tried.
 */
const SNS_ATTEMPTS = { retryMode: "standard", maxAttempts: 6 } as const;

/** An attempt may not eat up the time of all, in ms. */
const SNS_TIMES = { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true } as const;

/** A client for SNS in a region, or for its double at an endpoint. */
export function snsClient(where: { readonly region: string } | { readonly endpoint: string }): SNSClient {
  return new SNSClient({
    ...("endpoint" in where ? DOUBLE : {}),
    ...where,
    ...SNS_ATTEMPTS,
    requestHandler: SNS_TIMES,
    cacheMiddleware: true,
  });
}

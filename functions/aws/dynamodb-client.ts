import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DOUBLE } from "./double.ts";

/**
 * A call of DynamoDB takes a few ms, and one that takes seconds was lost: times, in ms, and how often it is asked, that leave a
 * story its time to answer the client.
 */
const TIMES = { connectionTimeout: 3_000, requestTimeout: 5_000, throwOnRequestTimeout: true } as const;
const ATTEMPTS = { retryMode: "standard", maxAttempts: 4 } as const;

/**
 * A client set up by the SDK's usual environment (`AWS_REGION`, `AWS_ENDPOINT_URL_DYNAMODB`, credentials, …).
 * `isDouble`: it will talk to a double, which needs no account; what the environment says of one does not matter then. `endpoint`: there,
 * whatever the environment says.
 */
export function dynamoDbClient({
  isDouble,
  endpoint,
}: {
  readonly isDouble: boolean;
  readonly endpoint?: string;
}): DynamoDBClient {
  // Building the middleware stack once, not per call, saves a third of the client's CPU.
  return new DynamoDBClient({
    ...(isDouble ? DOUBLE : {}),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...ATTEMPTS,
    requestHandler: TIMES,
    cacheMiddleware: true,
  });
}

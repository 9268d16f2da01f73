import { randomBytes } from "node:crypto";
import { onTestFinished, vi } from "vitest";
import { type DynamoDbDouble, startDynamoDbDouble } from "../records/dynamodb-double.ts";
import { localStack, passingFolder, type TestStack } from "../support/stack.ts";

/** A table that edges share, until the test ends. */
export async function aTable(): Promise<DynamoDbDouble> {
  const double = await startDynamoDbDouble();
  onTestFinished(() => double.close());
  return double;
}

const KEY = `1:${randomBytes(32).toString("base64")}`;

/** What makes a stack an edge of the fleet over this table, each with a folder of its own. */
export function edgeEnvironment(url: string): Readonly<Record<string, string>> {
  return {
    RECORDS: "dynamodb",
    TABLE: "sipwake",
    AWS_ENDPOINT_URL_DYNAMODB: url,
    DATA_DIR: passingFolder(),
    SECRET_KEYS: KEY,
    SIP_USERS: "alice:sipwake,bob:sipwake,carol:sipwake",
    FLEET_HOST: "127.0.0.1",
    FLEET_PORT: "0",
  };
}

/** Three edges over one table, in this process. */
export async function threeEdges(
  environment: Readonly<Record<string, string>> = {},
): Promise<readonly [TestStack, TestStack, TestStack]> {
  const { url } = await aTable();
  // The SDK reads its own variables.
  vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", url);
  onTestFinished(() => void vi.unstubAllEnvs());
  const start = () => localStack({ ...edgeEnvironment(url), ...environment });
  return [await start(), await start(), await start()];
}

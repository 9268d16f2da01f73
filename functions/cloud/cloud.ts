import type { App } from "../app/app.ts";
import { connectionsClient, connectionsEdge } from "../aws/connections-edge.ts";
import { dynamoDbClient } from "../aws/dynamodb-client.ts";
import { dynamoDbRecords } from "../aws/dynamodb-records.ts";
import type { Config } from "../config/config.ts";
import { ConfigError } from "../config/config-error.ts";
import type { Environment } from "../config/reading.ts";
import { settingsOf } from "../config/settings.ts";
import { type AdmissionOptions, admissionOptions } from "../gateway/admission.ts";
import { type Gateway, gateway } from "../gateway/gateway.ts";
import { keyring } from "../keyring/keyring.ts";
import { selfTest } from "../keyring/self-test.ts";
import { jsonLog } from "../log.ts";
import type { Bearers, Log } from "../ports.ts";
import { cloudConfig } from "./cloud-config.ts";
import { cloudPushes } from "./cloud-pushes.ts";
import { laterAlarms, laterBearers } from "./later.ts";
import { logMeter } from "./log-meter.ts";

/** sipwake in a function: what its handler works with, as long as its container lives. */
export interface Cloud {
  readonly app: App;
  readonly gateway: Gateway;
  readonly admission: AdmissionOptions;
}

/**
 * Puts the functions' parts together: records in DynamoDB, connections at API Gateway, alarms in SQS, pushes through SNS. Speaks to
 * nobody yet. Throws what is wrong with the environment, and says it in the log.
 */
export function cloud(env: Environment = process.env): Cloud {
  const clock = Date.now;
  const write = (line: string) => process.stdout.write(line);
  try {
    const config = cloudConfig(env);
    const log = jsonLog(config.logLevel, write, clock);
    const ring = keyring(config.secretKeys);
    selfTest(ring);
    const { push, providers } = cloudPushes(config, clock, log);
    const register = {
      ...config.register,
      pushProviders: providers,
      vapidKey: config.webPush.keys?.publicKey,
    };
    const app: App = {
      ...dynamoDbRecords(dynamoDbClient({ isDouble: false }), config.table),
      edge: connectionsEdge(connectionsClient(config.connectionsUrl)),
      push,
      bearers: bearersOf(config, clock, log),
      alarms: laterAlarms(async () => {
        const { sqsAlarms } = await import("../aws/sqs-alarms.ts");
        return sqsAlarms(config.alarmQueueUrl, clock);
      }),
      clock,
      log,
      meter: logMeter(config.stage, write, clock),
      keyring: ring,
      settings: { ...settingsOf({ ...config, register }), transport: "WSS" },
    };
    const admission = admissionOptions(config.origins, config.tokens?.cookie);
    return { app, gateway: gateway(app, admission), admission };
  } catch (error) {
    const problems = error instanceof ConfigError ? error.problems.join("; ") : String(error);
    jsonLog("error", write, clock).error("cannot start", { problems });
    throw error;
  }
}

function bearersOf({ tokens, domains }: Config, clock: () => number, log: Log): Bearers | undefined {
  if (tokens === undefined) return undefined;
  return laterBearers(tokens, async () => {
    const { tokenBearers } = await import("../tokens/token-bearers.ts");
    return tokenBearers(tokens, domains, clock, log);
  });
}

import type { SNSClient } from "@aws-sdk/client-sns";
import { expect, onTestFinished } from "vitest";
import { snsClient } from "../../functions/aws/sns-client.ts";
import { type ApplicationArn, snsPush } from "../../functions/aws/sns-push.ts";
import type { PushTarget } from "../../functions/location/location.ts";
import { jsonLog } from "../../functions/log.ts";
import type { Log, Push } from "../../functions/ports.ts";
import { localApplicationArn } from "../../infra/local/sns/endpoints.ts";
import type { Refusal } from "../../infra/local/sns/faults.ts";
import { type SnsDouble, startSnsDouble } from "../../infra/local/sns/sns-double.ts";
import { NOW } from "../push/a-push.ts";

export const ANDROID: PushTarget = { provider: "fcm", param: "my-project", prid: "registration:token-1" };
export const IPHONE: PushTarget = { provider: "apns", param: "TEAM.com.example.app.voip", prid: "c0ffee" };
/** Linphone's: a token for calls, and one for all else. */
export const PAIR: PushTarget = {
  provider: "apns",
  param: "TEAM.com.example.app.voip&remote",
  prid: "aaa:voip&bbb:remote",
};

/** What SNS says to who asks too much. */
export const THROTTLED: Refusal = { code: "Throttling", status: 400, message: "Rate exceeded" };

/** As the local stack has it. */
export const everyApp: ApplicationArn = ({ platform, app }) => localApplicationArn(platform, app);

/** What a push is answered that went to a kept endpoint: the id is SNS's own. */
export const ACCEPTED = { outcome: "accepted", id: expect.stringMatching(/^[0-9a-f-]{36}$/) };

/** What a push is answered for which an endpoint was found, to be kept. */
export function acceptedBy(service: string) {
  return { ...ACCEPTED, endpoint: { service, id: expect.stringContaining(`:endpoint/${service}/`) } };
}

/** SNS's double, the real client that talks to it, and what was logged, until the test ends. */
export interface AnSns {
  readonly sns: SnsDouble;
  readonly client: SNSClient;
  readonly push: Push;
  readonly log: Log;
  readonly lines: readonly string[];
  /** What was logged, as objects without the time. */
  logged(): readonly object[];
  /** The ARN of the endpoint that a token has at an app of SNS's; it gets one if it has none. */
  endpointOf(platform: string, target: PushTarget, token?: string): string;
}

export async function anSns(arnOf: ApplicationArn = everyApp): Promise<AnSns> {
  const sns = await startSnsDouble();
  const client = snsClient({ endpoint: sns.url });
  const lines: string[] = [];
  const log = jsonLog(
    "debug",
    (line) => lines.push(line),
    () => NOW,
  );
  onTestFinished(async () => {
    client.destroy();
    await sns.close().catch(() => "closed by the test");
  });
  return {
    sns,
    client,
    push: pushThrough(client, log, arnOf),
    log,
    lines,
    logged: () =>
      lines.map((line) => {
        const { time: _time, ...rest } = JSON.parse(line);
        return rest;
      }),
    endpointOf: (platform, { param, prid }, token = prid) =>
      sns.endpoints.create(localApplicationArn(platform, param), token).arn,
  };
}

/** Our push, by a clock that stands still. */
export function pushThrough(client: SNSClient, log: Log, arnOf: ApplicationArn = everyApp): Push {
  return snsPush(client, arnOf, () => NOW, log);
}

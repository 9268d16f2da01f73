import {
  applicationArns,
  applicationAttributes,
  createApplication,
  updateApplication,
} from "../../functions/aws/sns-applications.ts";
import { snsClient } from "../../functions/aws/sns-client.ts";
import type { PlatformApplications } from "./set-up-push.ts";

export interface SnsAccount extends PlatformApplications {
  /** What SNS tells of an application; undefined if there is none. */
  attributes(arn: string): Promise<Readonly<Record<string, string>> | undefined>;
  close(): void;
}

/** The platform applications of the account that the environment's credentials are of. */
export function snsAccount(region: string): SnsAccount {
  const client = snsClient({ region });
  return {
    list: () => applicationArns(client),
    create: (application) => createApplication(client, application),
    update: (arn, application) => updateApplication(client, arn, application),
    attributes: (arn) => applicationAttributes(client, arn),
    close: () => client.destroy(),
  };
}

import {
  CreatePlatformApplicationCommand,
  GetPlatformApplicationAttributesCommand,
  ListPlatformApplicationsCommand,
  NotFoundException,
  SetPlatformApplicationAttributesCommand,
  type SNSClient,
} from "@aws-sdk/client-sns";
import type { Platform } from "../push/destination.ts";

// SNS's platform applications, which CloudFormation cannot make: for an administrator, never for a call.

/** A platform application as it shall be. */
export interface PlatformApplication {
  readonly platform: Platform;
  /** 1 to 256 of letters, digits, `_`, `-` and `.`. */
  readonly name: string;
  /** As SNS calls them, its credentials among them: never to be shown. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** The ARNs of all platform applications of the account, in the client's region. */
export async function applicationArns(client: SNSClient): Promise<readonly string[]> {
  const arns: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(new ListPlatformApplicationsCommand({ NextToken }));
    for (const { PlatformApplicationArn: arn } of page.PlatformApplications ?? []) {
      if (arn !== undefined) arns.push(arn);
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return arns;
}

/** Makes an application, which was not there, and answers its ARN. */
export async function createApplication(
  client: SNSClient,
  application: PlatformApplication,
): Promise<string> {
  const { name: Name, platform: Platform, attributes } = application;
  const command = new CreatePlatformApplicationCommand({ Name, Platform, Attributes: { ...attributes } });
  const { PlatformApplicationArn: arn } = await client.send(command);
  if (arn === undefined) throw new Error("SNS named no ARN");
  return arn;
}

/** Sets these attributes of an application that is there; others stay as they are, and so do its endpoints. */
export async function updateApplication(
  client: SNSClient,
  arn: string,
  { attributes }: PlatformApplication,
): Promise<void> {
  await client.send(
    new SetPlatformApplicationAttributesCommand({
      PlatformApplicationArn: arn,
      Attributes: { ...attributes },
    }),
  );
}

/** What SNS tells of an application, which is all but its credentials; undefined if there is none. */
export async function applicationAttributes(
  client: SNSClient,
  arn: string,
): Promise<Readonly<Record<string, string>> | undefined> {
  try {
    const command = new GetPlatformApplicationAttributesCommand({ PlatformApplicationArn: arn });
    return (await client.send(command)).Attributes ?? {};
  } catch (error) {
    if (!(error instanceof NotFoundException)) throw error;
    return undefined;
  }
}

/** Whatever the double makes is in this account and region. */
const ACCOUNT = "arn:aws:sns:us-east-1:000000000000";

/** The topic that platform applications tell of their endpoints, unless they were told another one. */
export const FEEDBACK_TOPIC = `${ACCOUNT}:push-feedback`;

/** A platform application by its ARN; the name is as it stands there. */
export interface ApplicationId {
  readonly platform: string;
  readonly name: string;
}

export function applicationArn({ platform, name }: ApplicationId): string {
  return `${ACCOUNT}:app/${platform}/${name}`;
}

/** Undefined for what is no ARN of an application here. */
export function applicationOf(arn: string): ApplicationId | undefined {
  const [prefix, platform, name, ...more] = arn.split("/");
  if (prefix !== `${ACCOUNT}:app` || !platform || !name || more.length > 0) return undefined;
  return { platform, name };
}

export function endpointArn({ platform, name }: ApplicationId, id: string): string {
  return `${ACCOUNT}:endpoint/${platform}/${name}/${id}`;
}

/** Where the twin's cloud is: as the double of SNS has it. */
export const REGION = "us-east-1";
export const ACCOUNT = "000000000000";

/** `arn:aws:SERVICE:REGION:ACCOUNT:WHAT`. */
export function arnOf(service: string, what: string): string {
  return `arn:aws:${service}:${REGION}:${ACCOUNT}:${what}`;
}

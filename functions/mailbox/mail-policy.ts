/** What is stored for users who are not there. */
export interface MailPolicy {
  /** Whether anything is. */
  readonly isOn: boolean;
  /** How long a MESSAGE is kept that does not say itself how long it is good for, and at most, in ms. */
  readonly keeping: number;
  /** How many MESSAGEs of one user wait for a device that accepts them. */
  readonly limit: number;
  /** Octets of one MESSAGE as it is kept: a record of any home takes so many. */
  readonly maxOctets: number;
}

export const DEFAULT_MAIL_POLICY: MailPolicy = {
  isOn: true,
  keeping: 7 * 86_400_000,
  limit: 100,
  maxOctets: 16_384,
};

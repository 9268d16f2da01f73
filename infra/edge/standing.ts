/** What a connection has shown of itself, from its handshake to its end. */
export interface Standing {
  /** Where it comes from, as far as limits go; see `NetworkOf`. */
  readonly network: string | undefined;
  /** The last user that somebody proved to be over it. */
  provedUser: string | undefined;
  /** How many proofs over it were wrong, or were not to count any more. */
  wrongProofs: number;
}

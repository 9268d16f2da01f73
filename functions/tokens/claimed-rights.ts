import { type Rights, rightsOf } from "../auth/rights.ts";

/**
 * The rights that a claim gives: words, separated by spaces as a scope's are (RFC 8693 §4.2), or in an array. Undefined if there is no such
 * claim; "unreadable" for anything else: nobody may do more because of a slip of the issuer's.
 */
export function claimedRights(claim: unknown): Rights | undefined | "unreadable" {
  if (claim === undefined) return undefined;
  if (typeof claim === "string") return rightsOf(claim.split(" "));
  if (!Array.isArray(claim) || !claim.every((word) => typeof word === "string")) return "unreadable";
  return rightsOf(claim);
}

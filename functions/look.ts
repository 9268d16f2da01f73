import { cloud } from "./cloud/cloud.ts";

const { gateway } = cloud();

/** Every minute: whose registration is to be refreshed, and whose has run out. */
export function handler(): Promise<void> {
  return gateway.look();
}

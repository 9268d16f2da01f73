import type { LocalConfig } from "./config.ts";

/** A line for the log. */
type Doubt = readonly [message: string, fields: Readonly<Record<string, string>>];

/** What can be meant, and often is not. */
export function doubts({
  isDemo,
  records,
  fleet,
  push,
  snsApplications,
  webPush,
}: LocalConfig): readonly Doubt[] {
  const doubted: Doubt[] = [];
  if (records === "dynamodb" && fleet === undefined)
    doubted.push([
      "no fleet",
      { why: "without FLEET_HOST, calls that wait when this ends are never finished" },
    ]);
  if (fleet !== undefined && webPush.keys === undefined)
    doubted.push(["own key for web pushes", { why: "without VAPID_PRIVATE_KEY, each edge has another one" }]);
  const hasPushes =
    push.apns !== undefined || push.fcmAccountFile !== undefined || snsApplications.length > 0;
  if (!isDemo && !hasPushes)
    doubted.push([
      "no pushes to apps",
      { why: "neither SNS_APPLICATIONS, APNS_… nor FCM_SERVICE_ACCOUNT is set" },
    ]);
  return doubted;
}

import { localApplicationArn } from "../sns/endpoints.ts";

/** What `SNS_APPLICATIONS` says for an app of each sort: an Apple bundle and a Firebase project, as the double of SNS knows them. */
export function applicationsOf(bundle: string, project: string): string {
  const apple = ["APNS", "APNS_SANDBOX", "APNS_VOIP", "APNS_VOIP_SANDBOX"].map(
    (platform) => `${bundle}=${localApplicationArn(platform, bundle)}`,
  );
  return [...apple, `${project}=${localApplicationArn("GCM", project)}`].join(",");
}

import { cloud } from "./cloud/cloud.ts";
import { requestAuthorizer } from "./gateway/authorizer.ts";

const { app, admission } = cloud();

/** Before `$connect`, where tokens are taken: who it is. Rejects with "Unauthorized", which API Gateway makes a 401 of. */
export const handler = requestAuthorizer(app, admission);

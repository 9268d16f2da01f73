/** Nobody listens there. */
const NOBODY = "http://127.0.0.1:9";

/** What Lambda and CloudFormation would give a function, on AWS that cannot be reached. */
export const LAMBDA_ENVIRONMENT: Readonly<Record<string, string>> = {
  SIP_DOMAINS: "sip.example.com",
  TABLE: "records",
  ALARM_QUEUE_URL: `${NOBODY}/111122223333/alarms`,
  CONNECTIONS_URL: `${NOBODY}/prod`,
  SECRET_KEYS: Buffer.alloc(32, 9).toString("base64"),
  VAPID_PRIVATE_KEY: Buffer.alloc(32, 9).toString("base64url"),
  AWS_REGION: "eu-central-1",
  AWS_ACCESS_KEY_ID: "nobody",
  AWS_SECRET_ACCESS_KEY: "nobody",
  AWS_ENDPOINT_URL: NOBODY,
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
  LOG_LEVEL: "silent",
};

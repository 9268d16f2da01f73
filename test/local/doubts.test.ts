import { expect, test } from "vitest";
import { loadConfig } from "../../infra/local/config.ts";
import { doubts } from "../../infra/local/doubts.ts";
import { passingVapidKeys } from "../../infra/local/vapid.ts";

const ON_DYNAMODB = { SIP_DOMAINS: "example.org", RECORDS: "dynamodb", TABLE: "sipwake" };
const FLEET = {
  ...ON_DYNAMODB,
  SECRET_KEYS: `1:${Buffer.alloc(32).toString("base64")}`,
  FLEET_HOST: "10.0.0.5",
};
const PUSHES = { SNS_APPLICATIONS: "app=arn:aws:sns:eu-central-1:123456789012:app/GCM/app" };

const doubted = (env: Readonly<Record<string, string>>, isDemo: boolean) =>
  doubts(loadConfig(env, isDemo)).map(([message]) => message);

test("a demo raises no doubts, and an edge that pushes nobody does", () => {
  expect(doubted({}, true)).toEqual([]);
  expect(doubted({ SIP_DOMAINS: "example.org" }, false)).toEqual(["no pushes to apps"]);
  expect(doubted({ SIP_DOMAINS: "example.org", ...PUSHES }, false)).toEqual([]);
  expect(doubted({ SIP_DOMAINS: "example.org", FCM_SERVICE_ACCOUNT: "/etc/fcm.json" }, false)).toEqual([]);
});

test("DynamoDB without a fleet: what waits when the process dies is nobody's, in a demo too", () => {
  expect(doubted({ ...ON_DYNAMODB, ...PUSHES }, false)).toEqual(["no fleet"]);
  expect(doubted(ON_DYNAMODB, true)).toEqual(["no fleet"]);
});

test("a fleet whose edges sign web pushes with keys of their own", () => {
  expect(doubted({ ...FLEET, ...PUSHES }, false)).toEqual(["own key for web pushes"]);
  const { privateKey } = passingVapidKeys();
  expect(doubted({ ...FLEET, ...PUSHES, VAPID_PRIVATE_KEY: privateKey }, false)).toEqual([]);
});

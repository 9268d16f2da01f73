import { expect, test } from "vitest";
import { cloudConfig } from "../../functions/cloud/cloud-config.ts";
import { ConfigError } from "../../functions/config/config-error.ts";

const NEEDED = {
  SECRET_KEYS: `1:${Buffer.alloc(32, 8).toString("base64")}`,
  TABLE: "sipwake-prod",
  ALARM_QUEUE_URL: "https://sqs.eu-central-1.amazonaws.com/123456789012/alarms",
  CONNECTIONS_URL: "https://abcd1234.execute-api.eu-central-1.amazonaws.com/prod",
};

function problemsOf(env: Readonly<Record<string, string>>): readonly string[] {
  try {
    cloudConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

test("what the template gives is enough; the rest has defaults", () => {
  expect(cloudConfig(NEEDED)).toMatchObject({
    domains: ["localhost"],
    table: "sipwake-prod",
    bucket: 25_000,
    secretKeys: [{ id: "1" }],
  });
});

test("what is missing is said, all of it at once: without a key nothing starts", () => {
  expect(problemsOf({ SIP_DOMAINS: "," })).toEqual([
    "SECRET_KEYS must be set",
    "SIP_DOMAINS must name a domain",
    "TABLE must be set",
    "ALARM_QUEUE_URL must be set",
    "CONNECTIONS_URL must be set",
  ]);
});

test("a secret that is no key is not quoted", () => {
  const [problem = ""] = problemsOf({ ...NEEDED, SECRET_KEYS: "hunter2" });
  expect(problem).toContain("SECRET_KEYS");
  expect(problem).not.toContain("hunter2");
});

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";
import { afterEach, expect, test, vi } from "vitest";
import { VARIABLES } from "../../functions/cloud/cloud-config.ts";
import { passingFolder } from "../support/stack.ts";

const STAGES = fileURLToPath(new URL("../../infra/stages/", import.meta.url));
const require = createRequire(import.meta.url);

afterEach(() => vi.unstubAllEnvs());

/** What serverless.yml takes from a file with these lines, in the stage "test". */
async function stageOf(...lines: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const file = join(passingFolder(), "test.env");
  writeFileSync(file, lines.join("\n"));
  vi.stubEnv("STAGE_FILE", file);
  return stageIn();
}

function stageIn(): Promise<Readonly<Record<string, unknown>>> {
  return require(join(STAGES, "stage.cjs"))({ resolveVariable: async () => "test" });
}

const KEYS = "SECRET_KEYS_SECRET=sipwake/keys";

test("no secret may be in the file, only its name in Secrets Manager", async () => {
  await expect(stageOf(KEYS, "SECRET_KEYS=1:c2VjcmV0")).rejects.toThrow(
    "no SECRET_KEYS here, but SECRET_KEYS_SECRET",
  );
  await expect(stageOf(KEYS, "VAPID_PRIVATE_KEY=c2VjcmV0")).rejects.toThrow("no VAPID_PRIVATE_KEY here");
  await expect(stageOf("SIP_DOMAINS=example.com")).rejects.toThrow("SECRET_KEYS_SECRET must be set");
  expect(await stageOf(KEYS)).toMatchObject({
    environment: { SECRET_KEYS: "{{resolve:secretsmanager:sipwake/keys:SecretString}}" },
  });
});

test("a stage without a file is told how to get one", async () => {
  vi.stubEnv("STAGE_FILE", join(STAGES, "nowhere.env"));
  await expect(stageIn()).rejects.toThrow("copy infra/stages/example.env");
});

test("what is not set, or set to nothing, is left to the functions", async () => {
  const { environment } = await stageOf(KEYS, "HEDGE_MS=", "TURN_SECONDS=30", "LOG_DAYS=7");
  expect(environment).toHaveProperty("TURN_SECONDS", "30");
  expect(environment).not.toHaveProperty("HEDGE_MS");
  // That is for the deployment.
  expect(environment).not.toHaveProperty("LOG_DAYS");
});

test("pushes may go to the endpoints of the applications that are named, and to no others", async () => {
  const app = "arn:aws:sns:eu-west-1:111122223333:app/GCM/phone";
  const { pushes } = await stageOf(KEYS, `SNS_APPLICATIONS= phone=${app} `);
  expect(pushes).toEqual([app, "arn:aws:sns:eu-west-1:111122223333:endpoint/GCM/phone/*"]);
  expect((await stageOf(KEYS))["pushes"]).toEqual([]);
});

test("the table is kept in the stage prod, and where it shall be", async () => {
  expect(await stageOf(KEYS)).toMatchObject({ isTableProtected: false, tableRemoval: "Delete" });
  expect(await stageOf(KEYS, "PROTECT_TABLE=on")).toMatchObject({
    isTableProtected: true,
    tableRemoval: "Retain",
  });
});

test("the example sets only what somebody reads", () => {
  const deployment = JSON.parse(readFileSync(join(STAGES, "variables.json"), "utf8"));
  const known = [...Object.keys(VARIABLES), ...Object.keys(deployment)];
  const example = parseEnv(readFileSync(join(STAGES, "example.env"), "utf8"));
  expect(Object.keys(example).filter((name) => !known.includes(name))).toEqual([]);
});

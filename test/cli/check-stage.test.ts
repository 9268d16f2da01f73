import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { startSnsDouble } from "../../infra/local/sns/sns-double.ts";
import { googleAccount } from "../aws/keys.ts";
import { commandLine } from "../support/command-line.ts";
import { passingFolder } from "../support/stack.ts";

// `sipwake aws check` as people run it, in a process of its own.

const EXAMPLE = fileURLToPath(new URL("../../infra/stages/example.env", import.meta.url));

test("a stage that can be deployed is told so, and ends with 0", async () => {
  const { code, stdout } = await commandLine({})(["aws", "check", EXAMPLE]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${EXAMPLE} can be deployed.\n` });
});

test("one that cannot ends with 1, each problem a line on stderr, or all as JSON", async () => {
  const file = join(passingFolder(), "prod.env");
  writeFileSync(file, "REGION=us-east-1\nSIP_DOMAIN=x\nIDLE_LIMIT=600\n");
  const problems = [
    "there is no variable SIP_DOMAIN; did you mean SIP_DOMAINS?",
    "SECRET_KEYS_SECRET must name the secret that holds SECRET_KEYS",
    "SIP_DOMAINS must be your own, not localhost",
  ];
  const { code, stdout, stderr } = await commandLine({})(["aws", "check", file]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr.split("\n").filter((line) => line.startsWith("sipwake: "))).toEqual(
    problems.map((problem) => `sipwake: ${problem}`),
  );
  const json = await commandLine({})(["aws", "check", file, "--json"]);
  expect(JSON.parse(json.stdout)).toMatchObject({ file, problems });
  expect(json.code).toBe(1);
});

test("what the environment of this machine sets for npm start does not matter", async () => {
  const run = commandLine({ RECORDS: "papyrus", SIP_DOMAINS: "", IDLE_LIMIT: "x" });
  expect((await run(["aws", "check", EXAMPLE])).code).toBe(0);
});

test("a file that is not there is told", async () => {
  const { code, stderr } = await commandLine({})(["aws", "check", "no-such.env"]);
  expect(code).toBe(1);
  expect(stderr).toContain("sipwake: no-such.env cannot be read: ENOENT");
});

test("online, AWS is asked for what the file names: from setting push up to a stage that can be deployed", async () => {
  const sns = await startSnsDouble();
  onTestFinished(() => sns.close());
  const run = commandLine({
    AWS_ENDPOINT_URL_SNS: sns.url,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
  });
  const folder = passingFolder();
  const [file, account] = [join(folder, "prod.env"), join(folder, "account.json")];
  writeFileSync(account, googleAccount());
  const stage = (applications: string) =>
    writeFileSync(
      file,
      `REGION=us-east-1\nSIP_DOMAINS=sip.example.com\nIDLE_LIMIT=600\nSECRET_KEYS_SECRET=keys\n${applications}`,
    );
  const setUp = await run(["aws", "setup-push", "--region", "us-east-1", "--fcm", account]);
  stage(setUp.stdout);
  const good = await run(["aws", "check", file, "--online"]);
  expect(good).toMatchObject({ code: 0, stdout: `${file} can be deployed.\n` });
  expect(good.stderr).toContain("tells nobody of dead tokens");
  stage("SNS_APPLICATIONS=my-project=arn:aws:sns:us-east-1:000000000000:app/ACME/my-project\n");
  expect((await run(["aws", "check", file, "--online"])).code).toBe(1);
  stage("SNS_APPLICATIONS=my-project=arn:aws:sns:us-east-1:999999999999:app/GCM/my-project\n");
  const { code, stderr } = await run(["aws", "check", file, "--online"]);
  expect(code).toBe(1);
  expect(stderr).toContain(
    "sipwake: there is no platform application arn:aws:sns:us-east-1:999999999999:app/GCM/",
  );
});

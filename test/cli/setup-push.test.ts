import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { applicationAttributes, createApplication } from "../../functions/aws/sns-applications.ts";
import { snsClient } from "../../functions/aws/sns-client.ts";
import { loadConfig } from "../../infra/local/config.ts";
import { startSnsDouble } from "../../infra/local/sns/sns-double.ts";
import { appleKey, googleAccount } from "../aws/keys.ts";
import { commandLine } from "../support/command-line.ts";
import { passingFolder } from "../support/stack.ts";

// `sipwake aws setup-push` as people run it, in a process of its own, over SNS's own protocol.

const APPLE = ["--key-id", "ABCDE12345", "--team-id", "TEAM123456", "--bundle", "com.example.app"];
const TOPIC = "arn:aws:sns:us-east-1:000000000000:push-feedback-of-prod";
const ARN = "arn:aws:sns:us-east-1:000000000000:app";
const OF_APPLE = ["APNS_VOIP", "APNS", "APNS_VOIP_SANDBOX", "APNS_SANDBOX"];

async function anAccount() {
  const sns = await startSnsDouble();
  const client = snsClient({ endpoint: sns.url });
  onTestFinished(async () => {
    client.destroy();
    await sns.close();
  });
  const folder = passingFolder();
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const run = commandLine({
    AWS_ENDPOINT_URL_SNS: sns.url,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
  });
  const changes = () => sns.actions.filter((action) => /^(Create|Set)/.test(action));
  return { sns, client, file, changes, run: (...args: string[]) => run(["aws", "setup-push", ...args]) };
}

test("an iPhone app gets an application for calls and one for all else, for the store and for development", async () => {
  const { client, file, run } = await anAccount();
  const ended = await run("--apns-key", file("key.p8", appleKey()), ...APPLE, "--feedback-topic", TOPIC);
  const value = OF_APPLE.map((platform) => `com.example.app=${ARN}/${platform}/com.example.app`).join(",");
  expect(ended).toEqual({
    code: 0,
    stdout: `SNS_APPLICATIONS=${value}\n`,
    stderr: [
      "created   APNS_VOIP           com.example.app",
      "created   APNS                com.example.app",
      "created   APNS_VOIP_SANDBOX   com.example.app",
      "created   APNS_SANDBOX        com.example.app",
      "",
    ].join("\n"),
  });
  for (const platform of OF_APPLE)
    expect(await applicationAttributes(client, `${ARN}/${platform}/com.example.app`)).toEqual({
      Enabled: "true",
      ApplePlatformTeamID: "TEAM123456",
      ApplePlatformBundleID: "com.example.app",
      EventDeliveryFailure: TOPIC,
      EventEndpointUpdated: TOPIC,
    });
});

test("an Android app gets one, under the name of its Firebase project", async () => {
  const { client, file, run } = await anAccount();
  const { code, stdout } = await run("--fcm", file("account.json", googleAccount()));
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: `SNS_APPLICATIONS=my-project=${ARN}/GCM/my-project\n`,
  });
  expect(await applicationAttributes(client, `${ARN}/GCM/my-project`)).toEqual({ Enabled: "true" });
});

test("what it prints is what the stack's configuration takes", async () => {
  const { file, run } = await anAccount();
  const keys = ["--apns-key", file("key.p8", appleKey()), ...APPLE, "--bundle", "com.example.other"];
  const { stdout } = await run(...keys, "--fcm", file("account.json", googleAccount()));
  const [name, ...value] = stdout.trim().split("=");
  expect(name).toBe("SNS_APPLICATIONS");
  expect(() => loadConfig({ SNS_APPLICATIONS: value.join("=") })).not.toThrow();
  expect(value.join("=").split(",")).toHaveLength(9);
});

test("what is there is updated: a new key rotates, a topic can be named later, and nothing is made twice", async () => {
  const { client, file, run, changes } = await anAccount();
  const key = file("key.p8", appleKey());
  const first = await run("--apns-key", key, ...APPLE);
  file("key.p8", appleKey());
  const again = await run("--apns-key", key, ...APPLE, "--feedback-topic", TOPIC);
  expect(again.stdout).toBe(first.stdout);
  expect(again.stderr).not.toContain("created");
  expect(changes()).toEqual([
    ...OF_APPLE.map(() => "CreatePlatformApplication"),
    ...OF_APPLE.map(() => "SetPlatformApplicationAttributes"),
  ]);
  // One run without a topic leaves the topic alone.
  await run("--apns-key", key, ...APPLE);
  const attributes = await applicationAttributes(client, `${ARN}/APNS/com.example.app`);
  expect(attributes).toMatchObject({ EventDeliveryFailure: TOPIC });
});

test("an application is found among hundreds of others", async () => {
  const { client, file, run, changes } = await anAccount();
  const attributes = { PlatformCredential: googleAccount() };
  for (let n = 0; n < 120; n++)
    await createApplication(client, { platform: "GCM", name: `app-${n}`, attributes });
  const made = changes().length;
  const { stderr } = await run("--fcm", file("account.json", googleAccount("app-119")));
  expect(stderr).toBe("updated   GCM   app-119\n");
  expect(changes().slice(made)).toEqual(["SetPlatformApplicationAttributes"]);
});

test("a dry run changes nothing, and says what would be", async () => {
  const { file, run, changes } = await anAccount();
  const account = file("account.json", googleAccount());
  const keys = ["--apns-key", file("key.p8", appleKey()), ...APPLE];
  await run("--fcm", account);
  const { code, stdout, stderr } = await run("--fcm", account, ...keys, "--dry-run");
  expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
  expect(stderr.split("\n")).toEqual(
    expect.arrayContaining([
      "to create   APNS_VOIP           com.example.app",
      "to update   GCM                 my-project",
    ]),
  );
  expect(changes()).toEqual(["CreatePlatformApplication"]);
});

test("what AWS refuses is told in its words, the others are done, and it can be run again", async () => {
  const { sns, file, run } = await anAccount();
  sns.faults.next("CreatePlatformApplication", {
    code: "AuthorizationError",
    status: 403,
    message:
      "User: arn:aws:iam::000000000000:user/x is not authorized to perform: SNS:CreatePlatformApplication",
  });
  const keys = ["--apns-key", file("key.p8", appleKey()), ...APPLE];
  const { code, stdout, stderr } = await run(...keys);
  expect(code).toBe(1);
  expect(stdout.split(",")).toHaveLength(3);
  expect(stderr).toContain(
    "sipwake: APNS_VOIP of com.example.app: User: arn:aws:iam::000000000000:user/x is not authorized",
  );
  const again = await run(...keys);
  expect({ code: again.code, applications: again.stdout.split(",").length }).toEqual({
    code: 0,
    applications: 4,
  });
});

test("all that is wrong is told at once, before anything is asked of AWS", async () => {
  const { sns, file, run } = await anAccount();
  const { code, stdout, stderr } = await run(
    ...["--apns-key", file("key.p8", "no key"), "--key-id", "short", "--team-id", "TEAM123456"],
    ...["--bundle", "com/example", "--fcm", file("account.json", '{"project_id":"p"}')],
    ...["--feedback-topic", TOPIC, "--region", "eu-north-1"],
  );
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr.trimEnd().split("\n")).toEqual([
    expect.stringMatching(/^sipwake: SNS does not push to phones from eu-north-1, only from us-east-1, /),
    `sipwake: --feedback-topic must be the ARN of a topic in eu-north-1, not "${TOPIC}"`,
    "sipwake: --apns-key must be a file with a P-256 private key in PEM, as Apple's .p8 files are",
    "sipwake: --key-id must be the 10 letters and digits that Apple calls the key",
    'sipwake: --bundle must be a bundle id, and "com/example" is none',
    "sipwake: --fcm must be the JSON file of a Google service account: it has no client_email",
  ]);
  expect(sns.actions).toEqual([]);
});

test("the region and the files must be there", async () => {
  const { file } = await anAccount();
  const run = commandLine({});
  const account = file("account.json", googleAccount());
  expect(await run(["aws", "setup-push", "--fcm", account])).toMatchObject({
    code: 1,
    stderr: "sipwake: which region? say --region, or set AWS_REGION\n",
  });
  const { stderr } = await run(["aws", "setup-push", "--fcm", "no-such.json", "--region", "us-east-1"]);
  expect(stderr).toContain("sipwake: no-such.json cannot be read: ENOENT");
});

test("no key is shown, whatever is printed and even if AWS quotes it", async () => {
  const { sns, file, run } = await anAccount();
  const [pem, json] = [appleKey(), googleAccount()];
  const apple = ["--apns-key", file("key.p8", pem), ...APPLE];
  const google = ["--fcm", file("account.json", json)];
  const quoting = (key: string) => {
    const message = `Invalid parameter: Attributes Reason: ${key}`;
    sns.faults.next("CreatePlatformApplication", { code: "InvalidParameter", status: 400, message });
  };
  quoting(pem.trim());
  const said = [await run(...apple, "--json")];
  quoting(json);
  said.push(await run(...google, "--json"));
  for (const { code, stdout } of said)
    expect({ code, value: JSON.parse(stdout) }).toMatchObject({
      code: 1,
      value: {
        applications: expect.arrayContaining([expect.objectContaining({ reason: expect.any(String) })]),
      },
    });
  said.push(await run(...apple, ...google), await run(...apple, ...google, "--dry-run"));
  const secrets = [...pem.trim().split("\n").slice(1, -1), JSON.parse(json).private_key.split("\n")[3]];
  for (const { stdout, stderr } of said)
    for (const secret of secrets) expect(stdout + stderr).not.toContain(secret);
});

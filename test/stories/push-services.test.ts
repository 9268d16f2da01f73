import { expect, onTestFinished, test } from "vitest";
import { startSnsDouble } from "../../infra/local/sns/sns-double.ts";
import { passingFolder } from "../support/stack.ts";
import { portOf, says, startProcess } from "../support/stack-process.ts";
import { WirePhone } from "../support/wire-phone.ts";

const BOB = { instance: crypto.randomUUID(), token: "bob-token" };

/** What `npm start` runs, that pushes Android phones of one app through an SNS of ours. */
async function processWithSns() {
  const sns = await startSnsDouble();
  onTestFinished(() => sns.close());
  const child = startProcess({
    DATA_DIR: passingFolder(),
    SNS_APPLICATIONS: "app=arn:aws:sns:us-east-1:000000000000:app/GCM/app",
    AWS_ENDPOINT_URL_SNS: sns.url,
    AWS_ACCESS_KEY_ID: "AKIA",
    AWS_SECRET_ACCESS_KEY: "secret",
  });
  return { sns, port: await portOf(child) };
}

test("a phone is woken through the push service that is configured, and its push is shown to nobody else", async () => {
  const { sns, port } = await processWithSns();
  await (await WirePhone.registered(port, "bob", BOB)).vanish();
  const alice = await WirePhone.registered(port, "alice");
  alice.invite("bob");
  await alice.response(182);
  expect(sns.inbox.entries).toMatchObject([{ provider: "fcm", app: "app", token: "bob-token" }]);
  for (const path of ["/push-inbox", "/push-inbox/events"])
    expect((await fetch(`http://127.0.0.1:${port}${path}`)).status).toBe(404);
  const woken = await WirePhone.registered(port, "bob", BOB);
  woken.answer(await woken.request("INVITE"), 200, "OK");
  await alice.response(200, "INVITE");
});

test("a phone that names a push service which is not configured hears of it at once (555, RFC 8599 §5.6.1.1)", async () => {
  const { port } = await processWithSns();
  const bob = await WirePhone.connect(port, "bob");
  const iphone = "pn-provider=apns;pn-param=TEAM.com.example.app.voip;pn-prid=c0ffee";
  const contacts = `Contact: <sip:bob@bob.invalid;transport=ws;${iphone}>\r\n`;
  const answer = await bob.register({}, { contacts });
  expect(answer.startLine).toBe("SIP/2.0 555 Push Notification Service Not Supported");
});

test.each([
  ["FCM_SERVICE_ACCOUNT", { FCM_SERVICE_ACCOUNT: "/nowhere/fcm.json" }, "cannot be read"],
  ["SNS_APPLICATIONS", { SNS_APPLICATIONS: "app" }, "must be app=arn"],
  [
    "APNS_KEY_FILE",
    { APNS_KEY_ID: "KEY4567890", APNS_TEAM_ID: "TEAM567890", APNS_BUNDLES: "a.b" },
    "also need",
  ],
])("a start with a wrong %s fails and says what is wrong", async (variable, environment, what) => {
  const said = await says(startProcess({ DATA_DIR: passingFolder(), ...environment }), /cannot start:\n.+\n/);
  expect(said).toContain(variable);
  expect(said).toContain(what);
});

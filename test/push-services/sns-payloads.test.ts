import type { SNSClient } from "@aws-sdk/client-sns";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { snsClient } from "../../functions/aws/sns-client.ts";
import { snsPush } from "../../functions/aws/sns-push.ts";
import type { PushTarget } from "../../functions/location/location.ts";
import { jsonLog } from "../../functions/log.ts";
import type { Push } from "../../functions/ports.ts";
import type { PhonePush } from "../../functions/push/phone-push.ts";
import { localApplicationArn } from "../../infra/local/sns/endpoints.ts";
import { type SnsDouble, startSnsDouble } from "../../infra/local/sns/sns-double.ts";
import { NOW } from "../push/a-push.ts";
import { example, exampleNames, exampleText, schema } from "../push/documented.ts";
import { EXAMPLES } from "../push/examples.ts";
import { startWireTap, type WireTap } from "./wire-tap.ts";

/** An example as docs/push-payload.md has it: the message opened, and the attributes. */
interface Published {
  readonly Message: Readonly<Record<string, Payload>>;
  readonly MessageAttributes: Readonly<Record<string, string>>;
}

/** What a platform gets: the fields beside `aps`, or FCM's message with them. */
interface Payload {
  readonly fcmV1Message?: { readonly message: { readonly data: object } };
}

/** Phones that are pushed through each platform. */
const TARGETS: Readonly<Record<string, PushTarget>> = {
  APNS_VOIP: { provider: "apns", param: "TEAM.com.example.phone.voip", prid: "c0ffee" },
  APNS: { provider: "apns", param: "TEAM.com.example.phone.remote", prid: "c0ffee" },
  GCM: { provider: "fcm", param: "my-project", prid: "registration:token-1" },
};

const isValid = new Ajv2020().compile(schema());

/** The kind of push, the platform, and the example of each that the document has. */
const CASES = exampleNames("sns").map((name) => {
  const [, platform = "", kind = ""] = name.split(" ");
  return [kind, platform, example(name) as Published] as const;
});

/** The one of the document's pushes that is of a kind. */
function pushFor(kind: string): PhonePush {
  const push = EXAMPLES.find((one) => one.kind === kind);
  if (push === undefined) throw new Error(`no push of kind "${kind}"`);
  return push;
}

/** The phone that is pushed through a platform, by a build for production or for development. */
function targetFor(platform: string, suffix: string): PushTarget {
  const target = TARGETS[platform];
  if (target === undefined) throw new Error(`no phone is pushed through ${platform}`);
  return suffix === "" ? target : { ...target, provider: `${target.provider}.dev` };
}

/** The attributes as the Query protocol has them, by name. */
function attributesIn(form: URLSearchParams): Record<string, unknown> {
  const names = [...form].filter(([key]) => /^MessageAttributes\.entry\.\d+\.Name$/.test(key));
  return Object.fromEntries(
    names.map(([key, name]) => {
      const value = key.replace(/Name$/, "Value");
      return [name, [form.get(`${value}.DataType`), form.get(`${value}.StringValue`)]];
    }),
  );
}

describe("through the SDK, and on the wire, a push is what docs/push-payload.md says", () => {
  let sns: SnsDouble;
  let tap: WireTap;
  let client: SNSClient;
  let push: Push;

  beforeEach(async () => {
    sns = await startSnsDouble();
    tap = await startWireTap(sns.url);
    client = snsClient({ endpoint: tap.url });
    const log = jsonLog(
      "silent",
      () => {},
      () => NOW,
    );
    push = snsPush(
      client,
      ({ platform, app }) => localApplicationArn(platform, app),
      () => NOW,
      log,
    );
  });
  afterEach(async () => {
    client.destroy();
    await tap.close();
    await sns.close();
  });

  /** What SNS was given, when this was sent. */
  async function published(target: PushTarget, message: PhonePush): Promise<URLSearchParams> {
    expect(await push.send(target, message)).toMatchObject({ outcome: "accepted" });
    const forms = tap.forms.filter((form) => form.get("Action") === "Publish");
    expect(forms).toHaveLength(1);
    return forms[0] as URLSearchParams;
  }

  describe.each([
    ["to an app that is in use", ""],
    ["to one in Apple's sandbox", "_SANDBOX"],
  ])("%s,", (_, suffix) => {
    const cases = CASES.filter(([, platform]) => suffix === "" || platform.startsWith("APNS"));

    test.each(cases)("for a %s through %s, byte for byte", async (kind, documented, shown) => {
      const platform = `${documented}${suffix}`;
      const payload = shown.Message[documented];
      const form = await published(targetFor(documented, suffix), pushFor(kind));
      expect(form.get("Message")).toBe(JSON.stringify({ [platform]: JSON.stringify(payload) }));
      expect(form.get("MessageStructure")).toBe("json");
      const attributes = Object.entries(shown.MessageAttributes).map(
        ([name, value]) => [name.replace(`${documented}.TTL`, `${platform}.TTL`), value] as const,
      );
      expect(attributesIn(form)).toStrictEqual(
        Object.fromEntries(attributes.map(([name, value]) => [name, ["String", value]])),
      );
      // And so the double has it for the phone's app.
      expect(sns.inbox.entries).toMatchObject([{ payload, attributes: Object.fromEntries(attributes) }]);
    });
  });

  test("in the spelling that is shown", async () => {
    const form = await published(targetFor("APNS_VOIP", ""), pushFor("call"));
    expect(form.get("Message")).toBe(exampleText("wire APNS_VOIP call"));
  });

  test.each(CASES)("and a %s through %s is valid by its schema", (_kind, _platform, { Message }) => {
    for (const payload of Object.values(Message)) {
      const fields = payload.fcmV1Message?.message.data ?? payload;
      expect([isValid(fields), isValid.errors]).toEqual([true, null]);
    }
  });

  test("which has an example of every push that there is", async () => {
    const names: string[] = [];
    for (const [platform, target] of Object.entries(TARGETS)) {
      for (const message of EXAMPLES) {
        const { outcome } = await push.send(target, message);
        if (outcome === "accepted") names.push(`sns ${platform} ${message.kind}`);
      }
    }
    expect(exampleNames("sns")).toEqual(names);
  });
});

import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { appleMessage } from "../../functions/push/apns-message.ts";
import type { Destination } from "../../functions/push/destination.ts";
import { firebaseMessage } from "../../functions/push/fcm-message.ts";
import type { PhonePush } from "../../functions/push/phone-push.ts";
import { pushData } from "../../functions/push/push-data.ts";
import { snsMessage } from "../../functions/push/sns-message.ts";
import { webPushMessage } from "../../functions/push/web-push-message.ts";
import { NOW } from "./a-push.ts";
import { example, exampleNames, row, schema } from "./documented.ts";
import { EXAMPLES } from "./examples.ts";
import { hostilePush, LARGEST } from "./strangers.ts";

const isValid = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema());

const VOIP: Destination = { platform: "APNS_VOIP", app: "TEAM.app.voip", token: "t", topic: "app.voip" };
const ALERTS: Destination = { platform: "APNS", app: "TEAM.app", token: "t", topic: "app" };
const ANDROID: Destination = { platform: "GCM", app: "project", token: "t", topic: undefined };

/** The columns of the table of sizes: what a push's size is there, or undefined where there is no such push. */
const SIZES: readonly [service: string, limit: number, size: (push: PhonePush) => number | undefined][] = [
  ["APNs VoIP", 5_120, (push) => (push.kind === "call" ? viaSns(VOIP, push) : undefined)],
  ["APNs", 4_096, (push) => (push.kind === "cancel" ? undefined : viaSns(ALERTS, push))],
  ["FCM", 4_096, (push) => viaSns(ANDROID, push)],
  ["Web Push", 3_993, (push) => Buffer.byteLength(webPushMessage(push, NOW).text)],
];

/** The octets of the platform's JSON text in a message for SNS. */
function viaSns(destination: Destination, push: PhonePush): number {
  const outer: Record<string, string> = JSON.parse(snsMessage(destination, push, NOW).message);
  return Buffer.byteLength(outer[destination.platform] ?? "");
}

/** A number of the table of sizes; undefined for an empty cell. */
function documentedSize(first: string, column: number): number | undefined {
  const cell = row(first)[column];
  return cell === undefined || cell === "" ? undefined : Number(cell.replace(",", ""));
}

describe("docs/push-payload.md", () => {
  test("has an example of the fields of each kind", () => {
    expect(exampleNames("fields")).toEqual(EXAMPLES.map(({ kind }) => `fields ${kind}`));
  });

  test.each(EXAMPLES)("shows the fields of a $kind as they are sent, in their order", (push) => {
    const shown = example(`fields ${push.kind}`);
    expect(JSON.stringify(pushData(push))).toBe(JSON.stringify(shown));
    expect(webPushMessage(push, NOW).text).toBe(JSON.stringify(shown));
  });

  test("shows a call as Apple, Google and a browser's push service get it directly", () => {
    const [call] = EXAMPLES as [PhonePush];
    expect(appleMessage(ALERTS, call, NOW).payload).toEqual({
      aps: example("aps alert"),
      ...pushData(call),
    });
    expect(example("fcm direct call")).toEqual({
      message: { token: expect.any(String), ...firebaseMessage(call, NOW) },
    });
    const { ttl, urgency, topic } = webPushMessage(call, NOW);
    expect({ TTL: String(ttl), Urgency: urgency, Topic: topic }).toEqual(example("web push headers call"));
  });

  test.each(SIZES.map(([service, limit], column) => [service, limit, column] as const))(
    "names the limit of %s, %i octets",
    (_, limit, column) => {
      expect(documentedSize("limit", column)).toBe(limit);
    },
  );

  test.each(LARGEST)("names the size of the largest $kind that there is for each service", (push) => {
    for (const [column, [service, limit, size]] of SIZES.entries()) {
      const largest = size(push);
      expect([service, documentedSize(`\`${push.kind}\``, column)]).toEqual([service, largest]);
      expect(largest ?? 0).toBeLessThanOrEqual(limit);
    }
  });

  test("no push is larger than it says, whatever strangers call themselves", () => {
    fc.assert(
      fc.property(hostilePush, (push) => {
        for (const [column, [service, , size]] of SIZES.entries()) {
          const largest = documentedSize(`\`${push.kind}\``, column);
          expect([service, (size(push) ?? 0) <= (largest ?? 0)]).toEqual([service, true]);
        }
      }),
    );
  });
});

describe("docs/push-payload.schema.json", () => {
  test.each(EXAMPLES)(
    "takes the example of a $kind, also beside aps, and with a field of later days",
    (push) => {
      const fields = example(`fields ${push.kind}`) as Readonly<Record<string, string>>;
      expect([isValid(fields), isValid.errors]).toEqual([true, null]);
      expect(isValid({ aps: { "content-available": 1 }, ...fields, subject: "Lunch?" })).toBe(true);
    },
  );

  test.each(EXAMPLES)("misses each field of a $kind that is not there, or not a string", (push) => {
    const fields = example(`fields ${push.kind}`) as Readonly<Record<string, string>>;
    for (const field of Object.keys(fields)) {
      const others = Object.entries(fields).filter(([name]) => name !== field);
      expect([field, isValid(Object.fromEntries(others))]).toEqual([field, false]);
      expect([field, isValid({ ...fields, [field]: 1 })]).toEqual([field, false]);
    }
  });

  test.each([
    ["of another kind", { kind: "ring" }],
    ["of another version", { v: "2" }],
    ["with a name of two lines", { name: "Bob\nBuilder" }],
    ["with a name that turns what follows it", { name: "\u202ebob" }],
    ["with an endless name", { name: "x".repeat(257) }],
    ["with an endless address", { fromUri: "x".repeat(513) }],
    ["with an endless Call-ID", { callId: "x".repeat(513) }],
    ["whose UUID is none", { uuid: "b6d41677" }],
    ["whose UUID is not made of a name (version 4)", { uuid: "b6d41677-1011-4e5f-b6e1-e6febc726144" }],
    ["that ends at no time", { expires: "soon" }],
  ])("refuses a call %s", (_, other) => {
    const fields = example("fields call") as object;
    expect(isValid({ ...fields, ...other })).toBe(false);
  });

  test("refuses a cancel for a reason that is not told", () => {
    expect(isValid({ ...(example("fields cancel") as object), reason: "declined" })).toBe(false);
  });

  test("takes every push that there can be, whatever strangers call themselves", () => {
    fc.assert(
      fc.property(hostilePush, (push) => {
        expect([isValid(pushData(push)), isValid.errors]).toEqual([true, null]);
      }),
    );
  });
});

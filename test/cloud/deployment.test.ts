import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CelEngine, TemplateFile } from "@aws/cloudformation-validate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { logMeter } from "../../functions/cloud/log-meter.ts";
import { jsonLog } from "../../functions/log.ts";
import { environmentFaults } from "./environment-faults.ts";
import { matches } from "./filter-pattern.ts";
import { grantFaults } from "./grant-faults.ts";
import { importedZips } from "./imported-zips.ts";
import { mutated } from "./mutated.ts";
import { NEEDED } from "./needed-actions.ts";
import { type Packaged, packaged } from "./packaged.ts";
import { routeFaults } from "./route-faults.ts";
import { tableFaults } from "./table-faults.ts";
import { at, functionsOf, resourcesOf } from "./template.ts";

// What would go up to AWS, looked at without AWS: once with all that can be set, once with what must be.

const EXAMPLE = fileURLToPath(new URL("../../infra/stages/example.env", import.meta.url));
const ALL = `${readFileSync(EXAMPLE, "utf8")}
XRAY=on
RUNTIME=nodejs22.x
MESSAGE_CONCURRENCY=500
DOMAIN_NAME=sip.example.com
CERTIFICATE_ARN=arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012
`;
const LEAST = "SIP_DOMAINS=sip.example.com\nSECRET_KEYS_SECRET=keys\n";

const APP = "arn:aws:sns:eu-central-1:111122223333:app";
const ENDPOINT = "arn:aws:sns:eu-central-1:111122223333:endpoint";
const PUSHES = ["APNS_VOIP/com.example.phone", "APNS/com.example.phone", "GCM/example-phone"].flatMap(
  (app) => [`${APP}/${app}`, `${ENDPOINT}/${app}/*`],
);

/** The functions whose stories push. */
const STORIES = ["Message", "Disconnect", "Alarm", "PushFeedback", "Look"];

const root = mkdtempSync(join(tmpdir(), "sipwake-"));
let all: Packaged;
let least: Packaged;
let engine: InstanceType<typeof CelEngine>;

beforeAll(async () => {
  const package_ = (name: string, settings: string) => {
    const file = join(root, `${name}.env`);
    writeFileSync(file, settings);
    return packaged("prod", file, join(root, name));
  };
  const both = Promise.all([package_("all", ALL), package_("least", LEAST)]);
  // It takes seconds to get ready, in this process; the others work meanwhile.
  engine = new CelEngine();
  [all, least] = await both;
}, 180_000);
afterAll(() => {
  engine.free();
  rmSync(root, { recursive: true, force: true });
});

describe("the template", () => {
  test("is one that CloudFormation takes", { timeout: 180_000 }, () => {
    const wrong = (file: string) =>
      engine
        .validateStandard(new TemplateFile(file))
        .diagnostics.filter(
          ({ severity, ruleId }) => ["FATAL", "ERROR"].includes(severity) || ruleId === "W3030",
        )
        .map(({ ruleId, message }) => `${ruleId}: ${message}`);
    expect(wrong(all.file)).toEqual([]);
    expect(wrong(least.file)).toEqual([]);

    const other = join(root, "other.json");
    const runtime = ["Resources", "MessageLambdaFunction", "Properties", "Runtime"];
    writeFileSync(other, JSON.stringify(mutated(all.template, runtime, "nodejs23.x")));
    expect(wrong(other)).toEqual([expect.stringContaining("nodejs23.x")]);
  });

  test("has the three routes, each to its function, and an authorizer where tokens are taken", () => {
    expect(routeFaults(all.template, true)).toEqual([]);
    expect(routeFaults(least.template, false)).toEqual([]);
    // An identity source would be required, and most clients have no token at connect.
    const [authorizer] = resourcesOf(all.template, "AWS::ApiGatewayV2::Authorizer").values();
    expect(authorizer).toMatchObject({ AuthorizerType: "REQUEST", IdentitySource: [] });

    const route = (...path: string[]) => ["Resources", "SdefaultWebsocketsRoute", ...path];
    expect(routeFaults(mutated(all.template, route(), undefined), true)).toEqual(["no route $default"]);
    const elsewhere = { "Fn::Join": ["/", ["integrations", { Ref: "ConnectWebsocketsIntegration" }]] };
    const target = route("Properties", "Target");
    expect(routeFaults(mutated(all.template, target, elsewhere), true)).toHaveLength(1);
    const permission = ["Resources", "MessageLambdaPermissionWebsockets"];
    expect(routeFaults(mutated(all.template, permission, undefined), true)).toHaveLength(1);
  });

  test("has the table that the code reads and writes", () => {
    expect(tableFaults(all.template)).toEqual([]);
    const table = (...path: (string | number)[]) => ["Resources", "Records", "Properties", ...path];
    for (const path of [
      table("KeySchema", 0, "AttributeName"),
      table("GlobalSecondaryIndexes", 0, "IndexName"),
      table("GlobalSecondaryIndexes", 0, "KeySchema", 1, "AttributeName"),
      table("TimeToLiveSpecification", "AttributeName"),
    ])
      expect(tableFaults(mutated(all.template, path, "id"))).toHaveLength(1);
  });

  test("keeps the table of the stage prod, whatever is done to the stack", () => {
    expect(all.template.Resources["Records"]).toMatchObject({
      DeletionPolicy: "Retain",
      UpdateReplacePolicy: "Retain",
      Properties: {
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      },
    });
  });

  test("gives each function what it needs of AWS, and nothing beyond", async () => {
    const granting = { pushes: PUSHES, isTraced: true };
    expect(await grantFaults(all.template, granting)).toEqual([]);
    expect(await grantFaults(least.template, { pushes: [], isTraced: false })).toEqual([]);

    const statement = (...path: (string | number)[]) => [
      ...["Resources", "MessageRole", "Properties", "Policies", 0, "PolicyDocument", "Statement", 0],
      ...path,
    ];
    const misspelt = mutated(all.template, statement("Action", 0), "dynamodb:GetItm");
    expect(await grantFaults(misspelt, granting)).toEqual(
      expect.arrayContaining(["message may not dynamodb:GetItem", "message: there is no dynamodb:GetItm"]),
    );
    const beyond = mutated(all.template, statement("Action", 0), "dynamodb:Scan");
    expect(await grantFaults(beyond, granting)).toContain("message need not dynamodb:Scan");
    const wide = mutated(all.template, statement("Resource"), "*");
    expect(await grantFaults(wide, granting)).toContain('message: dynamodb:PutItem on "*"');
  });

  test("sets variables that the functions read, and shows no secret", () => {
    expect(environmentFaults(all.template)).toEqual([]);
    expect(environmentFaults(least.template)).toEqual([]);
    const variables = (name: string) => [
      "Resources",
      "MessageLambdaFunction",
      "Properties",
      "Environment",
      "Variables",
      name,
    ];
    expect(environmentFaults(mutated(all.template, variables("SECRET_KEYS"), "1:c2VjcmV0"))).toEqual([
      "message: SECRET_KEYS is plain",
    ]);
    // What is not set is left out: the functions have their own defaults.
    expect(at(least.template, ...variables("BUCKET_SECONDS"))).toBeUndefined();
    expect(at(least.template, ...variables("SIP_DOMAINS"))).toBe("sip.example.com");
  });

  test("lets a function answer before API Gateway gives up, and an alarm be handled before it comes again", () => {
    const functions = resourcesOf(all.template, "AWS::Lambda::Function");
    for (const [name, { Timeout }] of functions) expect(Timeout, name).toBeLessThan(29);
    const queue = resourcesOf(all.template, "AWS::SQS::Queue").get("AlarmQueue");
    const timeout = Number(functions.get("AlarmLambdaFunction")?.["Timeout"]);
    expect(queue?.["VisibilityTimeout"]).toBeGreaterThanOrEqual(6 * timeout);
    // A FIFO queue delays no single message.
    expect(queue).not.toHaveProperty("FifoQueue");
    const [mapping] = resourcesOf(all.template, "AWS::Lambda::EventSourceMapping").values();
    expect(mapping).toMatchObject({
      EventSourceArn: { "Fn::GetAtt": ["AlarmQueue", "Arn"] },
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      MaximumBatchingWindowInSeconds: 0,
    });
  });

  test("ends every log, and says with every alarm what to do", () => {
    for (const [name, group] of resourcesOf(all.template, "AWS::Logs::LogGroup"))
      expect(group["RetentionInDays"], name).toBe(30);
    const alarms = resourcesOf(all.template, "AWS::CloudWatch::Alarm");
    expect(alarms.size).toBeGreaterThan(0);
    for (const [name, { AlarmDescription, AlarmActions }] of alarms) {
      expect(String(AlarmDescription).length, name).toBeGreaterThan(100);
      // As CloudWatch has it.
      expect(String(AlarmDescription).length, name).toBeLessThanOrEqual(1_024);
      expect(AlarmActions, name).toEqual([{ Ref: "AlarmTopic" }]);
    }
  });

  test("counts what the functions write into their logs", () => {
    const filters = resourcesOf(all.template, "AWS::Logs::MetricFilter");
    const wake = (outcome: string) => {
      const lines: string[] = [];
      logMeter("prod", (line) => lines.push(line), Date.now).count("pushes", {
        provider: "fcm",
        kind: "call",
        outcome,
      });
      return lines.join("");
    };
    const lines: string[] = [];
    const log = jsonLog("info", (line) => lines.push(line), Date.now);
    log.error("fault", { what: "alarm" });
    log.warn("push failed", { failure: "InvalidCredentials" });
    const [fault = "", undelivered = ""] = lines;
    const counted = (line: string) =>
      [...filters]
        .filter(([, { FilterPattern }]) => matches(String(FilterPattern), line))
        .map(([name]) => name);
    expect(counted(wake("accepted"))).toEqual(STORIES.map((name) => `${name}Wakes`));
    expect(counted(wake("failed"))).toEqual(
      STORIES.flatMap((name) => [`${name}Wakes`, `${name}FailedWakes`]),
    );
    expect(counted(fault)).toEqual(["Connect", ...STORIES].map((name) => `${name}Faults`));
    expect(counted(undelivered)).toEqual(["UndeliveredPushes"]);
  });

  test("has a dashboard that CloudWatch can read", () => {
    const [dashboard] = resourcesOf(all.template, "AWS::CloudWatch::Dashboard").values();
    const body = JSON.parse(String(at(dashboard, "DashboardBody", "Fn::Sub")));
    expect(body.widgets.length).toBeGreaterThan(0);
  });
});

test("every function is in its zip, starts there, and answers", { timeout: 180_000 }, async () => {
  const names = [...functionsOf(all.template).values()].sort();
  expect(names).toEqual(Object.keys(NEEDED).sort());
  expect(await importedZips(all)).toEqual({
    connect: { statusCode: 200, headers: { "Sec-WebSocket-Protocol": "sip" } },
    message: { statusCode: 200 },
    disconnect: { statusCode: 200 },
    alarm: { batchItemFailures: [] },
    "push-feedback": null,
    look: null,
    authorizer: expect.objectContaining({ principalId: "anybody" }),
  });
});

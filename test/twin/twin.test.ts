import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createConnection } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import type { Resource } from "../../infra/local/twin/template/template.ts";
import { startTwin, type Twin, type TwinOptions } from "../../infra/local/twin/twin.ts";
import { anApi, aPackage, logicalName, NODE } from "./a-package.ts";

const ACCEPT =
  'export const handler = async () => ({ statusCode: 200, headers: { "Sec-WebSocket-Protocol": "sip" } });';
const CONNECT = { connect: { code: ACCEPT } };
const API = anApi({ $connect: "connect" });

const QUEUE: Readonly<Record<string, Resource>> = {
  Alarms: {
    Type: "AWS::SQS::Queue",
    Properties: {
      VisibilityTimeout: 3,
      RedrivePolicy: { maxReceiveCount: 2, deadLetterTargetArn: { "Fn::GetAtt": ["Dead", "Arn"] } },
    },
  },
  Dead: { Type: "AWS::SQS::Queue", Properties: { QueueName: { "Fn::Sub": `dead-\${AWS::Region}` } } },
  Source: {
    Type: "AWS::Lambda::EventSourceMapping",
    Properties: {
      BatchSize: 10,
      EventSourceArn: { "Fn::GetAtt": ["Alarms", "Arn"] },
      FunctionName: { "Fn::GetAtt": [logicalName("alarm"), "Arn"] },
      FunctionResponseTypes: ["ReportBatchItemFailures"],
    },
  },
};

interface Started {
  readonly twin: Twin;
  readonly lines: readonly string[];
  readonly complaints: readonly string[];
}

async function started(packaged: string, options: Partial<TwinOptions> = {}): Promise<Started> {
  const lines: string[] = [];
  const complaints: string[] = [];
  const twin = await startTwin({
    packaged,
    node: NODE,
    hear: (_, line) => lines.push(line),
    complain: (words) => complaints.push(words),
    ...options,
  });
  onTestFinished(() => twin.close());
  return { twin, lines, complaints };
}

test("functions get their variables as CloudFormation would resolve them, and the twin's in place of theirs", async () => {
  const code = "export const handler = async () => process.env;";
  const Variables = {
    TABLE: { Ref: "Table" },
    TABLE_ARN: { "Fn::GetAtt": "Table.Arn" },
    QUEUE: { Ref: "Alarms" },
    CONNECTIONS_URL: { "Fn::Sub": `https://\${WebsocketsApi}.execute-api.\${AWS::Region}.amazonaws.com/dev` },
    WHERE: { "Fn::Join": ["/", [{ Ref: "WebsocketsApi" }, { Ref: "WebsocketsDeploymentStage" }]] },
    SECRET: "{{resolve:secretsmanager:key}}",
    GIVEN: "by the template",
  };
  const properties = { Environment: { Variables } };
  const Table = {
    Type: "AWS::DynamoDB::Table",
    Properties: {
      TableName: { "Fn::Sub": `records-\${AWS::AccountId}` },
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    },
  };
  const { Alarms, Dead } = QUEUE as Record<"Alarms" | "Dead", Resource>;
  const packaged = aPackage({ ...CONNECT, env: { code, properties } }, { ...API, Alarms, Dead, Table });
  await expect(startTwin({ packaged, node: NODE })).rejects.toThrow("the twin must be given SECRET");
  const { twin } = await started(packaged, { environment: { SECRET: "s", GIVEN: "by the test" } });
  expect(await twin.invoke("service-dev-env", {})).toMatchObject({
    TABLE: "records-000000000000",
    TABLE_ARN: "arn:aws:dynamodb:us-east-1:000000000000:table/records-000000000000",
    QUEUE: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/000000000000\/twin-Alarms$/),
    CONNECTIONS_URL: `http://127.0.0.1:${twin.port}/dev`,
    WHERE: "twin000001/dev",
    SECRET: "s",
    GIVEN: "by the test",
    AWS_ENDPOINT_URL_DYNAMODB: twin.tables.url,
  });
  expect(twin.tables.names).toEqual(["records-000000000000"]);
});

test("a frame goes to the function of $default, which answers by @connections", async () => {
  const code = `export const handler = async ({ body, requestContext: { connectionId } }) => {
    const url = process.env.CONNECTIONS_URL + "/@connections/" + encodeURIComponent(connectionId);
    const headers = { authorization: "AWS4-HMAC-SHA256 Credential=a/b/us-east-1/execute-api/aws4_request" };
    const answer = await fetch(url, { method: "POST", body: body.toUpperCase(), headers });
    return { statusCode: answer.status };
  };`;
  const packaged = aPackage(
    { ...CONNECT, message: { code } },
    anApi({ $connect: "connect", $default: "message" }),
  );
  const { twin } = await started(packaged);
  const socket = new WebSocket(twin.url, "sip");
  await once(socket, "open");
  socket.send("hello");
  const [data] = await once(socket, "message");
  expect(String(data)).toBe("HELLO");
});

describe("a queue", () => {
  /** Says each message that it gets, and fails those whose body begins so. */
  const ALARM = {
    code: `export const handler = async ({ Records }) => {
      for (const { body, eventSource, attributes } of Records) console.log([eventSource, body, attributes.ApproximateReceiveCount].join(" "));
      const failed = Records.filter(({ body }) => body.startsWith("fail"));
      return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
    };`,
  };
  const SENDER = {
    code: `export const handler = async (bodies) => {
      for (const MessageBody of bodies) {
        const headers = { "content-type": "application/x-amz-json-1.0", "x-amz-target": "AmazonSQS.SendMessage" };
        await fetch(process.env.QUEUE, { method: "POST", headers, body: JSON.stringify({ QueueUrl: process.env.QUEUE, MessageBody }) });
      }
    };`,
    properties: { Environment: { Variables: { QUEUE: { Ref: "Alarms" } } } },
  };
  const FUNCTIONS = { ...CONNECT, alarm: ALARM, sender: SENDER };

  test("gives its messages to its function; those that failed come again, and then go to the dead letters", async () => {
    const { twin, lines } = await started(aPackage(FUNCTIONS, { ...API, ...QUEUE }));
    await twin.invoke("service-dev-sender", ["good", "fail one", "fail other"]);
    const again = ["aws:sqs fail one 2", "aws:sqs fail other 2"];
    await expect
      .poll(() => lines.toSorted(), { interval: 10, timeout: 20_000 })
      .toEqual(["aws:sqs fail one 1", again[0], "aws:sqs fail other 1", again[1], "aws:sqs good 1"]);
  });

  test("gives a share of what was handled again, if it is told to", async () => {
    const faults = { redelivered: 0.5, seed: 5 };
    const { twin, lines } = await started(aPackage(FUNCTIONS, { ...API, ...QUEUE }), { faults });
    const bodies = Array.from({ length: 8 }, (_, index) => `good ${index}`);
    await twin.invoke("service-dev-sender", bodies);
    await expect
      .poll(() => lines.some((line) => line.endsWith(" 2")), { interval: 10, timeout: 20_000 })
      .toBe(true);
    expect(lines.filter((line) => line.endsWith(" 1")).length).toBeGreaterThan(0);
  });
});

test("what is scheduled happens when it is asked for", async () => {
  const code = "export const handler = async (event) => console.log(event['detail-type']);";
  const Rule = {
    Type: "AWS::Events::Rule",
    Properties: {
      ScheduleExpression: "rate(1 minute)",
      State: "ENABLED",
      Targets: [{ Id: "look", Arn: { "Fn::GetAtt": [logicalName("look"), "Arn"] } }],
    },
  };
  const { twin, lines } = await started(aPackage({ ...CONNECT, look: { code } }, { ...API, Rule }), {
    schedules: "asked",
  });
  await twin.tick();
  await expect.poll(() => lines, { interval: 5 }).toEqual(["Scheduled Event"]);
});

test("what SNS tells of an endpoint goes to the function that listens to the topic", async () => {
  const code =
    "export const handler = async ({ Records }) => console.log(JSON.parse(Records[0].Sns.Message).EventType);";
  const Subscription = {
    Type: "AWS::SNS::Subscription",
    Properties: {
      Protocol: "lambda",
      TopicArn: { Ref: "Topic" },
      Endpoint: { "Fn::GetAtt": [logicalName("feedback"), "Arn"] },
    },
  };
  const further = { ...API, Topic: { Type: "AWS::SNS::Topic" }, Subscription };
  const { twin, lines } = await started(aPackage({ ...CONNECT, feedback: { code } }, further));
  const { arn } = twin.sns.endpoints.create("arn:aws:sns:us-east-1:000000000000:app/GCM/app", "token");
  twin.sns.endpoints.disable(arn);
  await expect.poll(() => lines, { interval: 5, timeout: 10_000 }).toEqual(["EndpointUpdated"]);
});

test("records outlive a twin that is told where to keep them", async () => {
  const code = `export const handler = async ([action, request]) => {
    const headers = { "content-type": "application/x-amz-json-1.0", "x-amz-target": "DynamoDB_20120810." + action, "x-amz-date": "20261123T000000Z", authorization: "AWS4-HMAC-SHA256 Credential=a/20261123/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0" };
    const answer = await fetch(process.env.AWS_ENDPOINT_URL_DYNAMODB, { method: "POST", headers, body: JSON.stringify({ TableName: "twin-Table", ...request }) });
    return await answer.json();
  };`;
  const Table = {
    Type: "AWS::DynamoDB::Table",
    Properties: {
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      TimeToLiveSpecification: { AttributeName: "expires", Enabled: true },
    },
  };
  const packaged = aPackage({ ...CONNECT, ask: { code } }, { ...API, Table });
  const tables = `${packaged}/tables`;
  const before = await started(packaged, { tables });
  await before.twin.invoke("service-dev-ask", ["PutItem", { Item: { pk: { S: "alice" } } }]);
  await before.twin.close();
  const { twin } = await started(packaged, { tables });
  const found = await twin.invoke("service-dev-ask", ["GetItem", { Key: { pk: { S: "alice" } } }]);
  expect(found).toEqual({ Item: { pk: { S: "alice" } } });
});

describe("the end of a twin", () => {
  const PIDS = { code: "export const handler = async () => process.pid;" };

  test("lets functions finish, and leaves no process and no port behind", async () => {
    const disconnect = { code: 'export const handler = async () => { console.log("bye"); };' };
    const packaged = aPackage(
      { ...CONNECT, disconnect, pids: PIDS },
      anApi({ $connect: "connect", $disconnect: "disconnect" }),
    );
    const { twin, lines } = await started(packaged);
    const socket = new WebSocket(twin.url, "sip");
    await once(socket, "open");
    const pid = await twin.invoke("service-dev-pids", {});
    await twin.close();
    expect(lines).toEqual(["bye"]);
    expect(twin.processes()).toBe(0);
    expect(readdirSync("/proc")).not.toContain(String(pid));
    const [error] = await once(createConnection(twin.port, "127.0.0.1"), "error");
    expect(error.code).toBe("ECONNREFUSED");
  });

  test("comes also when it could not start: a port in use, a zip that is not there", async () => {
    const { twin } = await started(aPackage(CONNECT, API));
    await expect(
      startTwin({ packaged: aPackage(CONNECT, API), node: NODE, port: twin.port }),
    ).rejects.toThrow("EADDRINUSE");
    const missing = aPackage(CONNECT, {
      ...API,
      Other: {
        Type: "AWS::Lambda::Function",
        Properties: { Handler: "x.handler", Code: { S3Key: "a/other.zip" } },
      },
    });
    await expect(startTwin({ packaged: missing, node: NODE })).rejects.toThrow("other.zip");
  });
});

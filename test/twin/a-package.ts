import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { strToU8, zipSync } from "fflate";
import { lambdaNode } from "../../infra/local/twin/lambda/node24.ts";
import type { JsonObject, Resource } from "../../infra/local/twin/template/template.ts";
import { passingFolder } from "../support/stack.ts";

/** The Node of tests' functions. */
export const NODE = lambdaNode(fileURLToPath(new URL("../../.tmp/node24", import.meta.url)));

/** A function's code: an ES module that exports `handler`. And what its resource says besides. */
export interface WrittenFunction {
  readonly code: string;
  readonly properties?: JsonObject;
}

/** What `osls package` would write: zips, and a template with these functions and further resources. Answers the folder. */
export function aPackage(
  functions: Readonly<Record<string, WrittenFunction>>,
  further: Readonly<Record<string, Resource>> = {},
): string {
  const folder = passingFolder();
  const resources: Record<string, Resource> = { ...further };
  for (const [name, { code, properties }] of Object.entries(functions)) {
    writeFileSync(join(folder, `${name}.zip`), zipSync({ [`src/${name}.mjs`]: strToU8(code) }));
    const Code = { S3Bucket: { Ref: "Bucket" }, S3Key: `serverless/service/dev/1-2026/${name}.zip` };
    resources[logicalName(name)] = {
      Type: "AWS::Lambda::Function",
      Properties: {
        Code,
        Handler: `src/${name}.handler`,
        FunctionName: `service-dev-${name}`,
        Timeout: 20,
        ...properties,
      },
    };
  }
  resources["Bucket"] = { Type: "AWS::S3::Bucket" };
  writeFileSync(
    join(folder, "cloudformation-template-update-stack.json"),
    JSON.stringify({ Resources: resources }),
  );
  return folder;
}

/** A function's name in the template. */
export function logicalName(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}LambdaFunction`;
}

/** A WebSocket API as `osls` writes it, its routes to functions of the package. */
export function anApi(routes: Readonly<Record<string, string>>): Readonly<Record<string, Resource>> {
  const resources: Record<string, Resource> = {
    WebsocketsApi: { Type: "AWS::ApiGatewayV2::Api", Properties: { ProtocolType: "WEBSOCKET" } },
    WebsocketsDeploymentStage: {
      Type: "AWS::ApiGatewayV2::Stage",
      Properties: { ApiId: { Ref: "WebsocketsApi" }, StageName: "dev" },
    },
  };
  for (const [RouteKey, name] of Object.entries(routes)) {
    const route = RouteKey.replace("$", "S");
    const uri = ["arn:", { Ref: "AWS::Partition" }, ":apigateway:", { Ref: "AWS::Region" }];
    const path = [":lambda:path/2015-03-31/functions/", { "Fn::GetAtt": [logicalName(name), "Arn"] }];
    resources[`${route}Integration`] = {
      Type: "AWS::ApiGatewayV2::Integration",
      Properties: { IntegrationUri: { "Fn::Join": ["", [...uri, ...path, "/invocations"]] } },
    };
    resources[`${route}Route`] = {
      Type: "AWS::ApiGatewayV2::Route",
      Properties: {
        RouteKey,
        AuthorizationType: "NONE",
        Target: { "Fn::Join": ["/", ["integrations", { Ref: `${route}Integration` }]] },
      },
    };
  }
  return resources;
}

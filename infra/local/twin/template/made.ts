import { arnOf, REGION } from "../place.ts";
import type { Made } from "./resolver.ts";
import type { Json, JsonObject, Resource } from "./template.ts";

/** What stands for each kind of resource: names as CloudFormation gives them, URLs of the doubles. `queues` is the URL of SQS's. */
export function madeFor(queues: string) {
  return (name: string, { Type, Properties = {} }: Resource, resolve: (value: Json) => Json): Made => {
    const named = (property: string) => nameIn(Properties, property, resolve) ?? `twin-${name}`;
    switch (Type) {
      case "AWS::DynamoDB::Table":
        return made(named("TableName"), { Arn: arnOf("dynamodb", `table/${named("TableName")}`) });
      case "AWS::SQS::Queue": {
        const queue = named("QueueName");
        const url = `${queues}/${arnOf("sqs", "").split(":")[4]}/${queue}`;
        return made(url, { Arn: arnOf("sqs", queue), QueueName: queue, QueueUrl: url });
      }
      case "AWS::SNS::Topic": {
        const arn = arnOf("sns", named("TopicName"));
        return made(arn, { TopicArn: arn, TopicName: named("TopicName") });
      }
      case "AWS::Lambda::Function":
        return made(named("FunctionName"), { Arn: arnOf("lambda", `function:${named("FunctionName")}`) });
      case "AWS::ApiGatewayV2::Api":
        return made(API_ID, {
          ApiId: API_ID,
          ApiEndpoint: `wss://${API_ID}.execute-api.${REGION}.amazonaws.com`,
        });
      case "AWS::ApiGatewayV2::Stage":
        return made(named("StageName"), {});
      default:
        return made(name, { Arn: arnOf("twin", name) });
    }
  };
}

const API_ID = "twin000001";

function made(ref: string, atts: Readonly<Record<string, string>>): Made {
  return { ref, att: (name) => atts[name] ?? `${ref}.${name}` };
}

function nameIn(
  properties: JsonObject,
  property: string,
  resolve: (value: Json) => Json,
): string | undefined {
  const value = properties[property];
  return value === undefined ? undefined : String(resolve(value));
}

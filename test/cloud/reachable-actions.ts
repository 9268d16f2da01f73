import { readFileSync } from "node:fs";
import { sourcesOf } from "./bundle-files.ts";

const ROOT = new URL("../../", import.meta.url);

/** What a client of the SDK is called in IAM. */
const SERVICES: Readonly<Record<string, string>> = {
  "client-dynamodb": "dynamodb",
  "client-sns": "sns",
  "client-sqs": "sqs",
};

/** What a function's code could ask of AWS: the IAM action of each of the SDK's commands that its sources import. */
export function reachableActions(name: string): ReadonlySet<string> {
  const actions = new Set<string>();
  for (const file of sourcesOf(name)) {
    const code = readFileSync(new URL(file, ROOT), "utf8");
    for (const [, names = "", client = ""] of code.matchAll(
      /import \{([^}]*)\} from "@aws-sdk\/(client-[\w-]+)"/g,
    )) {
      for (const [, command = ""] of names.matchAll(/(?<!type )\b(\w+)Command\b/g))
        actions.add(action(client, command));
    }
  }
  return actions;
}

function action(client: string, command: string): string {
  // Whatever is asked of a connection.
  if (client === "client-apigatewaymanagementapi") return "execute-api:ManageConnections";
  return `${SERVICES[client] ?? client}:${command}`;
}

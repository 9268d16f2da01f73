import type { Invoke } from "../invoke.ts";
import type { Authorizer } from "../template/api-in.ts";
import { authorizerEvent, type ConnectionFacts, type Handshake } from "./events.ts";

/** What an authorizer says: what every event of the connection repeats, or the status that refuses it. */
export type Verdict = Readonly<Record<string, string | number>> | 401 | 403 | 500;

interface Policy {
  readonly principalId?: unknown;
  readonly policyDocument?: { readonly Statement?: readonly Statement[] };
  readonly context?: Readonly<Record<string, unknown>>;
}

interface Statement {
  readonly Effect?: unknown;
  readonly Action?: unknown;
  readonly Resource?: unknown;
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html */
export async function authorize(
  { function: name, identitySources }: Authorizer,
  facts: ConnectionFacts,
  handshake: Handshake,
  arn: string,
  invoke: Invoke,
): Promise<Verdict> {
  if (!identitySources.every((source) => isThere(source, handshake))) return 401;
  const startedAt = Date.now();
  let policy: Policy;
  try {
    policy = (await invoke(name, authorizerEvent(facts, handshake, arn, startedAt))) as Policy;
  } catch (error) {
    return error instanceof Error && error.message === "Unauthorized" ? 401 : 500;
  }
  if (typeof policy !== "object" || policy === null || typeof policy.principalId !== "string") return 500;
  if (!isAllowed(policy, arn)) return 403;
  const context = Object.entries(policy.context ?? {}).map(([key, value]) => [key, String(value)]);
  return {
    principalId: policy.principalId,
    integrationLatency: Date.now() - startedAt,
    ...Object.fromEntries(context),
  };
}

function isAllowed({ policyDocument }: Policy, arn: string): boolean {
  const about = (policyDocument?.Statement ?? []).filter(
    ({ Action, Resource }) => covers(Action, "execute-api:Invoke") && covers(Resource, arn),
  );
  return about.length > 0 && about.every(({ Effect }) => Effect === "Allow");
}

/** Whether a pattern of a policy, or one of them, covers it: `*` is anything, `?` any character. */
function covers(patterns: unknown, wanted: string): boolean {
  return [patterns].flat().some((pattern) => {
    const escaped = String(pattern).replace(/[\\^$.|+()[\]{}]/g, "\\$&");
    return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`).test(wanted);
  });
}

function isThere(source: string, { headers, queryStringParameters = {} }: Handshake): boolean {
  const [, kind, name = ""] = /^route\.request\.(header|querystring)\.(.+)$/.exec(source) ?? [];
  if (kind === "querystring") return Boolean(queryStringParameters[name]);
  if (kind !== "header") throw new Error(`the twin does not know the identity source ${source}`);
  return Object.keys(headers).some((header) => header.toLowerCase() === name.toLowerCase());
}

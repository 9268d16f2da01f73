import type { Resolver } from "./resolver.ts";
import { functionNameIn } from "./sources-in.ts";

/** A route of the WebSocket API. */
export interface Route {
  readonly function: string;
  /** Whether what the function answers is sent to the client: only if the route has a response. */
  readonly isTwoWay: boolean;
}

/** Who is asked before `$connect`. */
export interface Authorizer {
  readonly function: string;
  /** `route.request.header.X`, `route.request.querystring.x`: without one of them nobody is asked, and the answer is 401. */
  readonly identitySources: readonly string[];
}

/** The WebSocket API as the template has it. */
export interface PackagedApi {
  readonly apiId: string;
  readonly stage: string;
  /** By route key: `$connect`, `$default`, `$disconnect`. */
  readonly routes: ReadonlyMap<string, Route>;
  readonly authorizer: Authorizer | undefined;
}

/** Throws if the template has no WebSocket API. */
export function apiIn(resolver: Resolver): PackagedApi {
  const [[api] = []] = resolver.resources("AWS::ApiGatewayV2::Api");
  const [[stage] = []] = resolver.resources("AWS::ApiGatewayV2::Stage");
  if (api === undefined || stage === undefined) throw new Error("the template has no WebSocket API");
  const integrations = resolver.resources("AWS::ApiGatewayV2::Integration");
  const answered = new Set(
    [...resolver.resources("AWS::ApiGatewayV2::RouteResponse").values()].map(({ RouteId }) => RouteId),
  );
  const routes = new Map<string, Route>();
  let authorizer: Authorizer | undefined;
  for (const [name, route] of resolver.resources("AWS::ApiGatewayV2::Route")) {
    const target = String(route["Target"]).replace(/^integrations\//, "");
    const integration = integrations.get(target);
    if (integration === undefined) throw new Error(`the route ${name} has no integration`);
    routes.set(String(route["RouteKey"]), {
      function: functionIn(integration["IntegrationUri"]),
      isTwoWay: answered.has(name) && route["RouteResponseSelectionExpression"] === "$default",
    });
    if (route["AuthorizationType"] === "CUSTOM") authorizer = authorizerIn(resolver, route["AuthorizerId"]);
  }
  return { apiId: resolver.made(api).ref, stage: resolver.made(stage).ref, routes, authorizer };
}

function authorizerIn(resolver: Resolver, id: unknown): Authorizer {
  const found = resolver.resources("AWS::ApiGatewayV2::Authorizer").get(String(id));
  if (found === undefined) throw new Error("a route names an authorizer that is not there");
  const sources = found["IdentitySource"];
  return {
    function: functionIn(found["AuthorizerUri"]),
    identitySources: Array.isArray(sources) ? sources.map(String) : [],
  };
}

/** `arn:…:lambda:path/2015-03-31/functions/ARN/invocations`. */
function functionIn(uri: unknown): string {
  return functionNameIn(/\/functions\/([^/]+)\/invocations$/.exec(String(uri))?.[1] ?? String(uri));
}

import { at, functionsOf, resourcesOf, type Template } from "./template.ts";

/** Which function answers which route. */
const ROUTES: Readonly<Record<string, string>> = {
  $connect: "connect",
  $default: "message",
  $disconnect: "disconnect",
};

/** What is wrong with the routes of the WebSocket API; `authorizer` is whether somebody must look for a token first. */
export function routeFaults(template: Template, authorizer: boolean): readonly string[] {
  const faults: string[] = [];
  const functions = functionsOf(template);
  const routes = [...resourcesOf(template, "AWS::ApiGatewayV2::Route")];
  const deployed = Object.values(template.Resources)
    .filter(({ Type }) => Type === "AWS::ApiGatewayV2::Deployment")
    .flatMap(({ DependsOn = [] }) => DependsOn);
  for (const [key, name] of Object.entries(ROUTES)) {
    const [logical, route] = routes.find(([, { RouteKey }]) => RouteKey === key) ?? [];
    if (logical === undefined) {
      faults.push(`no route ${key}`);
      continue;
    }
    const integration = at(route, "Target", "Fn::Join", 1, 1, "Ref");
    const uri = at(template.Resources, String(integration), "Properties", "IntegrationUri");
    const called = [...functions].filter(([resource]) => JSON.stringify(uri ?? "").includes(`"${resource}"`));
    if (called.map(([, of]) => of).join() !== name)
      faults.push(`${key} goes to ${called.join() || "nobody"}`);
    for (const [resource] of called)
      if (!mayBeCalled(template, resource)) faults.push(`API Gateway may not call ${name}`);
    if (!deployed.includes(logical)) faults.push(`${key} is not waited for by the deployment`);
    const isAuthorized = at(route, "AuthorizationType") === "CUSTOM";
    if (isAuthorized !== (authorizer && key === "$connect"))
      faults.push(`${key}: authorized: ${isAuthorized}`);
  }
  const others = routes.filter(([, { RouteKey }]) => ROUTES[String(RouteKey)] === undefined);
  return [...faults, ...others.map(([name]) => `nobody asked for the route ${name}`)];
}

function mayBeCalled(template: Template, resource: string): boolean {
  return [...resourcesOf(template, "AWS::Lambda::Permission").values()].some(
    ({ FunctionName, Principal }) =>
      at(FunctionName, "Fn::GetAtt", 0) === resource && Principal === "apigateway.amazonaws.com",
  );
}

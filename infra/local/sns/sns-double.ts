import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Endpoints, SnsError } from "./endpoints.ts";
import { Inbox } from "./inbox.ts";

/** SNS as far as mobile push goes, on loopback, in SNS's own wire protocol: the unmodified SDK talks to it. */
export interface SnsDouble {
  readonly url: string;
  readonly inbox: Inbox;
  readonly endpoints: Endpoints;
  close(): Promise<void>;
}

const XMLNS = "http://sns.amazonaws.com/doc/2010-03-31/";
const MAX_BODY = 1_048_576;
/** The names of the push services in a Contact, by SNS's platform. */
const PROVIDERS: ReadonlyMap<string, string> = new Map([
  ["GCM", "fcm"],
  ["APNS", "apns"],
  ["APNS_VOIP", "apns"],
  ["APNS_SANDBOX", "apns.dev"],
  ["APNS_VOIP_SANDBOX", "apns.dev"],
]);

export async function startSnsDouble(): Promise<SnsDouble> {
  const inbox = new Inbox();
  const endpoints = new Endpoints();
  const server = createServer((request, response) => {
    answer(request, response, inbox, endpoints).catch((error: unknown) => {
      respond(response, 500, errorXml("InternalError", String(error)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    inbox,
    endpoints,
    close: () =>
      new Promise((resolve, reject) => {
        server.closeAllConnections();
        server.close((error) => (error === undefined ? resolve() : reject(error)));
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  inbox: Inbox,
  endpoints: Endpoints,
): Promise<void> {
  try {
    const form = new URLSearchParams(await bodyOf(request));
    if (!(request.headers.authorization ?? "").includes("/sns/aws4_request")) {
      throw new SnsError("MissingAuthenticationToken", 403, "Request is missing Authentication Token");
    }
    const action = form.get("Action") ?? "";
    respond(response, 200, resultXml(action, act(action, form, inbox, endpoints)));
  } catch (error) {
    if (!(error instanceof SnsError)) throw error;
    respond(response, error.status, errorXml(error.code, error.message));
  }
}

/** The inner XML of the action's result; undefined for an action without one. */
function act(action: string, form: URLSearchParams, inbox: Inbox, endpoints: Endpoints): string | undefined {
  const arn = form.get("EndpointArn") ?? "";
  switch (action) {
    case "CreatePlatformEndpoint": {
      const { arn: created } = endpoints.create(
        form.get("PlatformApplicationArn") ?? "",
        form.get("Token") ?? "",
      );
      return `<EndpointArn>${escaped(created)}</EndpointArn>`;
    }
    case "GetEndpointAttributes": {
      const { token, enabled } = endpoints.get(arn);
      return `<Attributes>${entry("Token", token)}${entry("Enabled", String(enabled))}</Attributes>`;
    }
    case "SetEndpointAttributes": {
      const attributes = mapIn(form, "Attributes.entry", "key", "value");
      const enabled = attributes.get("Enabled");
      endpoints.set(arn, {
        token: attributes.get("Token"),
        enabled: enabled === undefined ? undefined : enabled.toLowerCase() === "true",
      });
      return undefined;
    }
    case "DeleteEndpoint":
      endpoints.delete(arn);
      return undefined;
    case "Publish":
      return `<MessageId>${publish(form, inbox, endpoints)}</MessageId>`;
    default:
      throw new SnsError("InvalidAction", 400, `Could not find operation ${action}`);
  }
}

function publish(form: URLSearchParams, inbox: Inbox, endpoints: Endpoints): string {
  const { platform, app, token } = endpoints.target(form.get("TargetArn") ?? "");
  const attributes = mapIn(form, "MessageAttributes.entry", "Name", "Value.StringValue");
  inbox.deliver({
    at: new Date().toISOString(),
    provider: PROVIDERS.get(platform) ?? platform,
    app,
    token,
    payload: payloadFor(platform, form.get("Message") ?? ""),
    attributes: Object.fromEntries(attributes),
  });
  return randomUUID();
}

/** With `MessageStructure=json` a message is an object of strings, one per platform, each of them JSON again. */
function payloadFor(platform: string, message: string): unknown {
  const refuse = (reason: string): never => {
    throw new SnsError("InvalidParameter", 400, `Invalid parameter: Message Reason: ${reason}`);
  };
  const structure = jsonIn(message);
  if (typeof structure !== "object" || structure === null) return refuse("not a JSON object");
  const payload = (structure as Record<string, unknown>)[platform];
  if (typeof payload !== "string") return refuse(`no string for ${platform}`);
  return jsonIn(payload) ?? refuse(`the message for ${platform} is not JSON`);
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A map in the Query protocol: `prefix.1.key=a&prefix.1.value=b`. */
function mapIn(form: URLSearchParams, prefix: string, key: string, value: string): Map<string, string> {
  const map = new Map<string, string>();
  for (let i = 1; form.has(`${prefix}.${i}.${key}`); i++) {
    map.set(form.get(`${prefix}.${i}.${key}`) ?? "", form.get(`${prefix}.${i}.${value}`) ?? "");
  }
  return map;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY) throw new SnsError("InvalidParameter", 400, "Invalid parameter: Message too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function respond(response: ServerResponse, status: number, xml: string): void {
  response.writeHead(status, { "content-type": "text/xml" }).end(xml);
}

function resultXml(action: string, inner: string | undefined): string {
  const result = inner === undefined ? "" : `<${action}Result>${inner}</${action}Result>`;
  const metadata = `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`;
  return `<${action}Response xmlns="${XMLNS}">${result}${metadata}</${action}Response>`;
}

function errorXml(code: string, message: string): string {
  const error = `<Error><Type>Sender</Type><Code>${escaped(code)}</Code><Message>${escaped(message)}</Message></Error>`;
  return `<ErrorResponse xmlns="${XMLNS}">${error}<RequestId>${randomUUID()}</RequestId></ErrorResponse>`;
}

function entry(key: string, value: string): string {
  return `<entry><key>${escaped(key)}</key><value>${escaped(value)}</value></entry>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

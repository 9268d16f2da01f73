import { randomUUID } from "node:crypto";
import type { Applications } from "./applications.ts";
import type { EndpointAttributes, Endpoints } from "./endpoints.ts";
import type { Feedback } from "./feedback.ts";
import type { Inbox } from "./inbox.ts";
import { isDelivered, type Publication, payloadFor } from "./publication.ts";
import { applicationsXml, attributesXml, element, listIn, mapIn } from "./query-wire.ts";
import { SnsError } from "./sns-error.ts";

/** The names of the push services in a Contact, by SNS's platform. */
const PROVIDERS: ReadonlyMap<string, string> = new Map([
  ["GCM", "fcm"],
  ["APNS", "apns"],
  ["APNS_VOIP", "apns"],
  ["APNS_SANDBOX", "apns.dev"],
  ["APNS_VOIP_SANDBOX", "apns.dev"],
]);

/** What the actions work on. */
export interface Sns {
  readonly applications: Applications;
  readonly endpoints: Endpoints;
  readonly feedback: Feedback;
  readonly inbox: Inbox;
  /** Tokens that their push services call dead. */
  readonly dead: ReadonlySet<string>;
}

/** Does what is asked. Answers the inner XML of the action's result; undefined for an action without one. Throws a refusal. */
export function act(action: string, form: URLSearchParams, sns: Sns): string | undefined {
  const { applications, endpoints } = sns;
  const said = (name: string) => form.get(name) ?? "";
  switch (action) {
    case "CreatePlatformApplication": {
      const created = applications.create(said("Name"), said("Platform"), mapIn(form, "Attributes"));
      return element("PlatformApplicationArn", created);
    }
    case "ListPlatformApplications": {
      const { arns, next } = applications.list(said("NextToken"));
      return applicationsXml(arns, (arn) => applications.attributes(arn), next);
    }
    case "GetPlatformApplicationAttributes":
      return attributesXml(applications.attributes(said("PlatformApplicationArn")));
    case "SetPlatformApplicationAttributes":
      applications.set(said("PlatformApplicationArn"), mapIn(form, "Attributes"));
      return undefined;
    case "CreatePlatformEndpoint": {
      const asked = { ...endpointAttributes(form), token: said("Token") };
      const data = form.get("CustomUserData") ?? asked.customUserData;
      const created = endpoints.create(said("PlatformApplicationArn"), asked.token, {
        ...asked,
        customUserData: data,
      });
      return element("EndpointArn", created.arn);
    }
    case "GetEndpointAttributes": {
      const { token, enabled, customUserData } = endpoints.get(said("EndpointArn"));
      const data = customUserData === "" ? [] : ([["CustomUserData", customUserData]] as const);
      return attributesXml([["Token", token], ["Enabled", String(enabled)], ...data]);
    }
    case "SetEndpointAttributes":
      endpoints.set(said("EndpointArn"), endpointAttributes(form));
      return undefined;
    case "DeleteEndpoint":
      endpoints.delete(said("EndpointArn"));
      return undefined;
    case "Publish":
      return element("MessageId", publish(form, sns));
    default:
      throw new SnsError("InvalidAction", 400, `Could not find operation ${action}`);
  }
}

function endpointAttributes(form: URLSearchParams): EndpointAttributes {
  const attributes = mapIn(form, "Attributes");
  return {
    token: attributes.get("Token"),
    enabled: attributes.has("Enabled") ? attributes.get("Enabled")?.toLowerCase() === "true" : undefined,
    customUserData: attributes.get("CustomUserData"),
  };
}

/** Answers the id of the message. */
function publish(form: URLSearchParams, { endpoints, feedback, inbox, dead }: Sns): string {
  const endpoint = endpoints.target(form.get("TargetArn") ?? "");
  const { arn, platform, app, token } = endpoint;
  const publication = publicationIn(form);
  const payload = payloadFor(platform, publication);
  const id = randomUUID();
  if (isDelivered(platform, publication)) {
    const attributes = Array.from(publication.attributes, ([name, { value }]) => [name, value] as const);
    inbox.deliver({
      at: new Date().toISOString(),
      provider: PROVIDERS.get(platform) ?? platform,
      app,
      token,
      payload,
      attributes: Object.fromEntries(attributes),
    });
  }
  if (dead.has(token)) {
    setImmediate(() => {
      endpoints.disable(arn);
      feedback.deliveryFailed(endpoint, id);
    });
  }
  return id;
}

function publicationIn(form: URLSearchParams): Publication {
  const fields = ["Name", "Value.DataType", "Value.StringValue"];
  const attributes = listIn(form, "MessageAttributes.entry", fields);
  return {
    message: form.get("Message") ?? "",
    structure: form.get("MessageStructure") ?? "",
    attributes: new Map(attributes.map(([name = "", type = "", value = ""]) => [name, { type, value }])),
  };
}

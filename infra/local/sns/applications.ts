import { createPrivateKey } from "node:crypto";
import { type ApplicationId, applicationArn, applicationOf, FEEDBACK_TOPIC } from "./arns.ts";
import { invalid, SnsError } from "./sns-error.ts";

/** The services that we push through. SNS has more. */
const PLATFORMS: ReadonlySet<string> = new Set([
  "APNS",
  "APNS_SANDBOX",
  "APNS_VOIP",
  "APNS_VOIP_SANDBOX",
  "GCM",
]);

/** What SNS never tells again. */
const SECRETS: ReadonlySet<string> = new Set(["PlatformCredential", "PlatformPrincipal"]);
const ATTRIBUTES: ReadonlySet<string> = new Set([
  ...SECRETS,
  "ApplePlatformTeamID",
  "ApplePlatformBundleID",
  "EventEndpointCreated",
  "EventEndpointDeleted",
  "EventEndpointUpdated",
  "EventDeliveryFailure",
  "SuccessFeedbackRoleArn",
  "FailureFeedbackRoleArn",
  "SuccessFeedbackSampleRate",
]);
/** Those that name a topic. */
const EVENTS = [
  "EventEndpointCreated",
  "EventEndpointDeleted",
  "EventEndpointUpdated",
  "EventDeliveryFailure",
];
const TOPIC = /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/;
const MAX_NAME = 256;
/** The most that are listed at once. */
const PAGE = 100;

type Attributes = ReadonlyMap<string, string>;

/** What an application has that nobody created: it tells of its endpoints. */
const UNASKED: Attributes = new Map([
  ["EventEndpointUpdated", FEEDBACK_TOPIC],
  ["EventDeliveryFailure", FEEDBACK_TOPIC],
]);

/** The platform applications: those that were created, and for any other name one that behaves as if it had been. */
export class Applications {
  readonly #created = new Map<string, Attributes>();

  /** Answers the ARN. As with SNS, creating one again with other attributes is no error here. */
  create(name: string, platform: string, attributes: Attributes): string {
    checkName(name);
    if (!PLATFORMS.has(platform)) throw invalid(`Platform Reason: ${platform} is not supported`);
    checkAttributes(attributes);
    checkCredentials(platform, attributes);
    const arn = applicationArn({ platform, name });
    this.#created.set(arn, attributes);
    return arn;
  }

  find(arn: string): ApplicationId {
    const id = applicationOf(arn);
    if (id === undefined || !PLATFORMS.has(id.platform)) {
      throw new SnsError("NotFound", 404, "PlatformApplication does not exist");
    }
    return id;
  }

  /** The ARNs of those that were created, a page of them, and where the next page begins; undefined if this is the last one. */
  list(token: string): { readonly arns: readonly string[]; readonly next: string | undefined } {
    const from = token === "" ? 0 : Number(token);
    if (!Number.isInteger(from) || from < 0) throw invalid("NextToken Reason: Invalid token");
    const arns = [...this.#created.keys()].slice(from, from + PAGE);
    const next = from + PAGE < this.#created.size ? String(from + PAGE) : undefined;
    return { arns, next };
  }

  /** All but the secrets. */
  attributes(arn: string): Attributes {
    const all = [...this.#attributesOf(arn)].filter(([name]) => !SECRETS.has(name));
    return new Map([["Enabled", "true"], ...all]);
  }

  set(arn: string, attributes: Attributes): void {
    const { platform } = this.find(arn);
    if (attributes.size === 0) throw invalid("Attributes Reason: cannot be empty");
    checkAttributes(attributes);
    if (attributes.has("PlatformCredential")) checkCredentials(platform, attributes);
    this.#created.set(arn, new Map([...this.#attributesOf(arn), ...attributes]));
  }

  #attributesOf(arn: string): Attributes {
    this.find(arn);
    return this.#created.get(arn) ?? UNASKED;
  }
}

function checkName(name: string): void {
  if (name === "") throw invalid("Name Reason: cannot be empty");
  if (name.length > MAX_NAME) throw invalid("Name Reason: must be at most 256 characters long");
  if (!/^[A-Za-z0-9_.-]+$/.test(name)) {
    const allowed = "'a'-'z', 'A'-'Z', '0'-'9', '_', '-', and '.'";
    throw invalid(`Name Reason: must contain only characters ${allowed}`);
  }
}

function checkAttributes(attributes: Attributes): void {
  for (const name of attributes.keys()) {
    if (!ATTRIBUTES.has(name)) throw invalid(`Attributes Reason: Invalid attribute name: ${name}`);
  }
  for (const name of EVENTS) {
    const topic = attributes.get(name) ?? "";
    if (topic !== "" && !TOPIC.test(topic))
      throw invalid(`Attributes Reason: Invalid value for attribute: ${name}: Invalid ARN`);
  }
}

function checkCredentials(platform: string, attributes: Attributes): void {
  const credential = attributes.get("PlatformCredential") ?? "";
  if (credential === "") {
    throw invalid("Attributes Reason: Invalid value for attribute: PlatformCredential: cannot be empty");
  }
  if (platform === "GCM") {
    // Firebase has no other keys any more.
    if (!isServiceAccount(credential)) {
      throw invalid("Attributes Reason: Platform credentials are invalid");
    }
  } else if (!attributes.has("PlatformPrincipal")) {
    throw invalid("Attributes Reason: PlatformCredential attribute provided without PlatformPrincipal");
  } else if (!isPrivateKey(credential)) {
    throw invalid("Attributes Reason: Platform credentials are invalid");
  }
}

/** Of a certificate, or what Apple signs tokens with. */
function isPrivateKey(credential: string): boolean {
  try {
    createPrivateKey(credential);
    return true;
  } catch {
    return false;
  }
}

function isServiceAccount(credential: string): boolean {
  try {
    const { client_email: email, private_key: key } = JSON.parse(credential);
    return typeof email === "string" && typeof key === "string";
  } catch {
    return false;
  }
}

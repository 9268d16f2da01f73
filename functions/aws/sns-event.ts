/** What a platform application's topic tells of an endpoint (`EventDeliveryFailure`, `EventEndpointUpdated`, …). */
export interface SnsNews {
  /** `DeliveryFailure`, `EndpointUpdated`, … */
  readonly type: string;
  /** The endpoint's ARN. */
  readonly endpoint: string;
  /** Of a failure: `InvalidPlatformToken`, `EndpointNotFound`, …; "" of anything else. */
  readonly failure: string;
  /** Of a failure, in SNS's words. */
  readonly words: string;
}

/** The records of the event that a function on an SNS topic gets; undefined for what is none. */
export function snsRecords(event: unknown): readonly unknown[] | undefined {
  const records = field(event, "Records");
  return Array.isArray(records) ? records : undefined;
}

/** What one of them tells; undefined if it is no news of an endpoint. */
export function snsNews(record: unknown): SnsNews | undefined {
  const message = json(text(field(record, "Sns"), "Message"));
  const type = text(message, "EventType");
  const endpoint = text(message, "EndpointArn");
  if (type === "" || endpoint === "") return undefined;
  return { type, endpoint, failure: text(message, "FailureType"), words: text(message, "FailureMessage") };
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function text(value: unknown, name: string): string {
  const found = field(value, name);
  return typeof found === "string" ? found : "";
}

function json(words: string): unknown {
  try {
    return JSON.parse(words);
  } catch {
    return undefined;
  }
}

import { randomUUID } from "node:crypto";
import type { Applications } from "./applications.ts";
import type { Endpoint } from "./endpoints.ts";

/** The event that a Lambda function gets of a topic that it is subscribed to. */
export interface SnsEvent {
  readonly Records: readonly SnsRecord[];
}

interface SnsRecord {
  readonly EventSource: "aws:sns";
  readonly EventVersion: "1.0";
  readonly EventSubscriptionArn: string;
  readonly Sns: {
    readonly Type: "Notification";
    readonly MessageId: string;
    readonly TopicArn: string;
    readonly Subject: string;
    /** JSON. */
    readonly Message: string;
    readonly Timestamp: string;
    readonly SignatureVersion: "1";
    readonly Signature: string;
    readonly SigningCertUrl: string;
    readonly UnsubscribeUrl: string;
    readonly MessageAttributes: Readonly<Record<string, never>>;
  };
}

/** What platform applications tell of their endpoints, and whoever listens to all their topics. */
export class Feedback {
  readonly #applications: Applications;
  readonly #listeners = new Set<(event: SnsEvent) => void>();

  constructor(applications: Applications) {
    this.#applications = applications;
  }

  /** Calls the listener with every event from now on, until the function that this answers is called. */
  listen(listener: (event: SnsEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The push service says that the endpoint's token is dead. */
  deliveryFailed(endpoint: Endpoint, messageId: string): void {
    this.#tell("DeliveryFailure", "EventDeliveryFailure", endpoint, {
      DeliveryAttempts: 1,
      FailureMessage: "Platform token associated with the endpoint is not valid",
      FailureType: "InvalidPlatformToken",
      MessageId: messageId,
    });
  }

  endpointUpdated(endpoint: Endpoint): void {
    this.#tell("EndpointUpdated", "EventEndpointUpdated", endpoint, {});
  }

  /** Nothing if the application has no topic for it. Whoever listens hears of it later, as with SNS. */
  #tell(type: string, attribute: string, endpoint: Endpoint, more: object): void {
    const topic = this.#applications.attributes(endpoint.application).get(attribute);
    if (topic === undefined) return;
    const at = new Date().toISOString();
    const { application, arn, app, platform } = endpoint;
    const message = {
      EndpointArn: arn,
      EventType: type,
      ...more,
      Resource: application,
      Service: "SNS",
      Time: at,
    };
    const record: SnsRecord = {
      EventSource: "aws:sns",
      EventVersion: "1.0",
      EventSubscriptionArn: `${topic}:${randomUUID()}`,
      Sns: {
        Type: "Notification",
        MessageId: randomUUID(),
        TopicArn: topic,
        Subject: `${type} event for app ${app} (${platform})`,
        Message: JSON.stringify(message),
        Timestamp: at,
        SignatureVersion: "1",
        Signature: "",
        SigningCertUrl: "",
        UnsubscribeUrl: "",
        MessageAttributes: {},
      },
    };
    setImmediate(() => {
      for (const listener of this.#listeners) listener({ Records: [record] });
    });
  }
}

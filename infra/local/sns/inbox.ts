/** A push that was published, as `GET /push-inbox` tells it. */
export interface InboxEntry {
  /** When, in ISO 8601. */
  readonly at: string;
  /** The service as a Contact names it: `apns`, `apns.dev`, `fcm`. */
  readonly provider: string;
  /** The app as a Contact names it (`pn-param`). */
  readonly app: string;
  readonly token: string;
  /** What the phone's app would be given. */
  readonly payload: unknown;
  /** The SNS message attributes: time to live, push type, topic, … */
  readonly attributes: Readonly<Record<string, string>>;
}

const CAPACITY = 500;

/** The pushes of late, oldest first, and whoever wants to hear of the next one. */
export class Inbox {
  readonly #entries: InboxEntry[] = [];
  readonly #listeners = new Set<(entry: InboxEntry) => void>();

  get entries(): readonly InboxEntry[] {
    return this.#entries;
  }

  deliver(entry: InboxEntry): void {
    this.#entries.push(entry);
    if (this.#entries.length > CAPACITY) this.#entries.shift();
    for (const listener of this.#listeners) listener(entry);
  }

  /** Calls the listener for every push from now on, until the function that this answers is called. */
  listen(listener: (entry: InboxEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

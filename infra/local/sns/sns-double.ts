import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { act, type Sns } from "./actions.ts";
import { Applications } from "./applications.ts";
import { Endpoints } from "./endpoints.ts";
import { Faults } from "./faults.ts";
import { Feedback, type SnsEvent } from "./feedback.ts";
import { Inbox } from "./inbox.ts";
import { errorXml, resultXml } from "./query-wire.ts";
import { invalid, SnsError } from "./sns-error.ts";

/** SNS as far as mobile push goes, on loopback, in SNS's own wire protocol: the unmodified SDK talks to it. */
export interface SnsDouble {
  readonly url: string;
  readonly inbox: Inbox;
  readonly endpoints: Endpoints;
  /** What shall go wrong. */
  readonly faults: Faults;
  /** What was asked of it of late, refused or not, oldest first: `Publish`, … */
  readonly actions: readonly string[];
  /**
   * From now on the push services call this token dead. SNS still takes the next push to it, hears that later, disables the
   * endpoint, and tells so (`onFeedback`); pushes after that are refused.
   */
  kill(token: string): void;
  /**
   * Calls the listener with what a Lambda function on the platform applications' topics gets, an event each, until the function
   * that this answers is called: `DeliveryFailure`, and `EndpointUpdated` whenever an endpoint's attributes were set.
   */
  onFeedback(listener: (event: SnsEvent) => void): () => void;
  /** From now on it knows no more than when it started, but for who listens for feedback. */
  forget(): void;
  close(): Promise<void>;
}

const MAX_BODY = 1_048_576;
const MAX_ACTIONS = 1_000;

/** What the double knows. */
interface State {
  readonly sns: Sns;
  readonly dead: Set<string>;
  readonly faults: Faults;
  readonly actions: string[];
}

export async function startSnsDouble(): Promise<SnsDouble> {
  const listeners = new Set<(event: SnsEvent) => void>();
  const begin = () =>
    beginning((event) => {
      for (const listener of listeners) listener(event);
    });
  let state = begin();
  const answerTo = async (request: IncomingMessage, response: ServerResponse) => {
    const form = await formOf(request);
    const action = form.get("Action") ?? "";
    const { sns, faults, actions } = state;
    actions.push(action);
    if (actions.length > MAX_ACTIONS) actions.shift();
    if (!(request.headers.authorization ?? "").includes("/sns/aws4_request")) {
      throw new SnsError("MissingAuthenticationToken", 403, "Request is missing Authentication Token");
    }
    const what = await faults.happen(action);
    const result = act(action, form, sns);
    if (what === "drop") response.destroy();
    else respond(response, 200, resultXml(action, result));
  };
  const server = createServer((request, response) => {
    answerTo(request, response).catch((error: unknown) => {
      const refusal = error instanceof SnsError ? error : new SnsError("InternalError", 500, String(error));
      respond(response, refusal.status, errorXml(refusal));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    get inbox() {
      return state.sns.inbox;
    },
    get endpoints() {
      return state.sns.endpoints;
    },
    get faults() {
      return state.faults;
    },
    get actions() {
      return state.actions;
    },
    kill: (token) => void state.dead.add(token),
    onFeedback: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    forget: () => {
      state = begin();
    },
    close: () =>
      new Promise((resolve, reject) => {
        server.closeAllConnections();
        server.close((error) => (error === undefined ? resolve() : reject(error)));
      }),
  };
}

function beginning(hear: (event: SnsEvent) => void): State {
  const applications = new Applications();
  const feedback = new Feedback(applications);
  feedback.listen(hear);
  const endpoints = new Endpoints(applications, (endpoint) => feedback.endpointUpdated(endpoint));
  const dead = new Set<string>();
  const sns = { applications, endpoints, feedback, inbox: new Inbox(), dead };
  return { sns, dead, faults: new Faults(), actions: [] };
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY) throw invalid("Message too long");
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

function respond(response: ServerResponse, status: number, xml: string): void {
  response.writeHead(status, { "content-type": "text/xml" }).end(xml);
}

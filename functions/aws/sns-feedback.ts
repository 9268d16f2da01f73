import type { SNSClient } from "@aws-sdk/client-sns";
import type { Log } from "../ports.ts";
import { type EndpointState, readEndpoint } from "./sns-endpoint.ts";
import { type SnsNews, snsNews, snsRecords } from "./sns-event.ts";
import { faultName, isFinal, reasonOf } from "./sns-refusal.ts";
import { signalFor } from "./sns-time.ts";

/** A device token that will never work again. */
export interface DeadToken {
  readonly token: string;
  /** In SNS's words, for people. It does not hold the token, and is at most 256 characters long. */
  readonly reason: string;
}

/** What it is rejected with if SNS could not be asked of some record. */
export interface FeedbackFault extends Error {
  /** What the other records told. It is told again when the event comes again. */
  readonly dead: readonly DeadToken[];
}

/** The push service does not know the token, or it is another app's. */
const INVALID_TOKEN = "InvalidPlatformToken";
/** Somebody deleted the endpoint, and nobody knows any more whose it was. */
const NO_ENDPOINT = "EndpointNotFound";

/**
 * Reads what SNS tells a function of the platform applications' topics (delivery failures and updates of endpoints), and answers
 * the tokens that are dead by it. An event names an endpoint only, so SNS is asked whose it is. What is no such event is logged
 * and passed over. Rejects with a `FeedbackFault` once all records have been read if SNS was out of reach: the event shall come again.
 */
export function snsFeedback(client: SNSClient, log: Log): (event: unknown) => Promise<readonly DeadToken[]> {
  return async (event) => {
    const records = snsRecords(event);
    if (records === undefined) log.warn("no SNS event");
    const dead: DeadToken[] = [];
    const faults: unknown[] = [];
    for (const record of records ?? []) {
      try {
        const found = await deadTokenOf(client, log, record);
        if (found !== undefined) dead.push(found);
      } catch (error) {
        faults.push(error);
      }
    }
    if (faults.length === 0) return dead;
    const [cause] = faults;
    const words = `SNS could not be asked of ${faults.length} endpoints`;
    const fault: FeedbackFault = Object.assign(new Error(words, { cause }), { dead });
    throw fault;
  };
}

/** Rejects if SNS is out of reach. */
async function deadTokenOf(client: SNSClient, log: Log, record: unknown): Promise<DeadToken | undefined> {
  const news = snsNews(record);
  if (news === undefined) {
    log.warn("no news of an endpoint");
    return undefined;
  }
  const { type, endpoint, failure } = news;
  const isFailure = type === "DeliveryFailure";
  if (!isFailure && type !== "EndpointUpdated") return undefined;
  if (isFailure && failure === NO_ENDPOINT) {
    log.warn("push failed", { endpoint, failure });
    return undefined;
  }
  const state = await stateOf(client, log, endpoint);
  if (state === undefined) return undefined;
  if (state.token !== "" && (!state.isEnabled || failure === INVALID_TOKEN)) {
    return { token: state.token, reason: reasonFor(news, state.token) };
  }
  if (isFailure) log.warn("push failed", { endpoint, failure });
  return undefined;
}

/** What SNS knows of an endpoint; undefined, and logged, if it says that it will not tell. Rejects if it is out of reach. */
async function stateOf(client: SNSClient, log: Log, endpoint: string): Promise<EndpointState | undefined> {
  try {
    return await readEndpoint(client, endpoint, signalFor(Number.POSITIVE_INFINITY));
  } catch (error) {
    if (!isFinal(error)) throw error;
    log.warn("no endpoint to ask about", { endpoint, reason: faultName(error) });
    return undefined;
  }
}

function reasonFor({ words }: SnsNews, token: string): string {
  return reasonOf(words === "" ? "Endpoint is disabled" : words, token);
}

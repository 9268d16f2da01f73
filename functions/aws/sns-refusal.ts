import {
  EndpointDisabledException,
  InvalidParameterException,
  NotFoundException,
  SNSServiceException,
} from "@aws-sdk/client-sns";
import { cut, MAX_ID } from "../push/cut.ts";

/** What people are told of a push for which there was no more time. */
const NO_ANSWER = "no answer in time";

/** SNS names the endpoint that a token already has only in the text of its refusal. */
const EXISTING_FROM = "Endpoint ";
const EXISTING_TO = " already exists with the same Token";

/** Whether the endpoint is disabled: the push service has told SNS that the token is dead, or somebody else has disabled it. */
export function isDisabled(error: unknown): boolean {
  return error instanceof EndpointDisabledException;
}

/** Whether there is no such endpoint (any more). Publish calls that an invalid parameter, all else "not found". */
export function isGone(error: unknown): boolean {
  return error instanceof NotFoundException || isAbout(error, "TargetArn");
}

/** Whether the token is none that SNS takes ("Invalid parameter: Token Reason: …"): no later attempt with it can do better. */
export function isBadToken(error: unknown): boolean {
  return isAbout(error, "Token") && existingEndpoint(error) === undefined;
}

/** The ARN of the endpoint that a token already has, with other attributes than were asked for. */
export function existingEndpoint(error: unknown): string | undefined {
  if (!(error instanceof InvalidParameterException)) return undefined;
  const { message } = error;
  const from = message.indexOf(EXISTING_FROM);
  const to = message.indexOf(EXISTING_TO);
  return from < 0 || to < from ? undefined : message.slice(from + EXISTING_FROM.length, to);
}

/** What went wrong, in SNS's words, at most 256 characters of them. Those may quote what they were asked: no token, no ARN. */
export function reasonOf(error: unknown, token: string): string {
  if (isAborted(error)) return NO_ANSWER;
  // What several addresses refused has a name and no words.
  const words = error instanceof Error ? error.message || error.name : String(error);
  const quiet = token === "" ? words : words.replaceAll(token, "…");
  return cut(quiet.replace(/\barn:[^\s,"']+/g, "…"), MAX_ID);
}

/** What went wrong, in a word for the log. */
export function faultName(error: unknown): string {
  if (isAborted(error)) return NO_ANSWER;
  return error instanceof Error ? error.name : String(error);
}

/** Whether SNS itself said no, and would say it again. Without an answer, over a quota or with a fault of its own, it may not. */
export function isFinal(error: unknown): boolean {
  if (!(error instanceof SNSServiceException)) return false;
  const status = error.$metadata.httpStatusCode ?? 500;
  return status < 500 && status !== 429 && !/^Throttl/.test(error.name);
}

function isAbout(error: unknown, parameter: string): boolean {
  return (
    error instanceof InvalidParameterException && error.message.startsWith(`Invalid parameter: ${parameter}`)
  );
}

function isAborted(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

import type { Answer } from "../proxy/answer.ts";
import type { Fork } from "../proxy/fork.ts";
import { isWithinDialog } from "../proxy/within-dialog.ts";
import { format } from "../sip/format.ts";
import type { SipRequest } from "../sip/message.ts";
import { Refusal } from "../sip/refusal.ts";
import { reply } from "../sip/reply.ts";
import type { App } from "./app.ts";
import { deliver } from "./deliver.ts";
import { storeMessage } from "./store-message.ts";
import { calleeOf } from "./targets.ts";
import { toTagOf } from "./to-tag.ts";

/** Tells a fork's caller the failure that was decided; but a MESSAGE that has reached nobody is stored, if it may be. */
export async function answerCaller(
  app: App,
  fork: Fork,
  { status, octets }: Answer,
  request: SipRequest,
): Promise<void> {
  const isMissed = fork.method === "MESSAGE" && status === 480 && octets === undefined;
  if (isMissed && (await isStored(app, fork, request))) return;
  const answer = octets ?? format(reply(request, status, { toTag: toTagOf(app, request) }));
  await deliver(app, fork.caller, () => answer);
  app.log.info("answered", { fork: fork.id, status });
}

/** Stores it, and answers 202. Done twice, it is stored once. */
async function isStored(app: App, { caller }: Fork, request: SipRequest): Promise<boolean> {
  if (isWithinDialog(request)) return false;
  try {
    await storeMessage(app, request, caller, calleeOf(app, request));
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

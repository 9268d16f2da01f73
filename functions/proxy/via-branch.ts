import type { Keyring } from "../keyring/keyring.ts";
import type { BindingKey, ConnectionId, ForkId, MessageId } from "../location/ids.ts";
import type { Watcher } from "../location/watcher.ts";
import type { Aor } from "../sip/aor.ts";
import { CallId, CSeq, Via } from "../sip/fields.ts";
import type { Headers } from "../sip/headers.ts";
import type { Octets } from "../sip/octets.ts";
import { paramOf } from "../sip/params.ts";
import type { Via as Hop } from "../sip/via.ts";
import type { Party } from "./fork.ts";
import { withoutLoopMark } from "./loop-mark.ts";

/** What our Via's branch says when it comes back in a response. */
export type OurBranch =
  /** A fork decides what becomes of the response. */
  | { readonly to: "fork"; readonly fork: ForkId; readonly branch: number }
  /** Nobody decides: the response goes on to whom the request came from (RFC 3261 §16.11). */
  | { readonly to: "sender"; readonly sender: Party }
  /** It answers a NOTIFY of ours to a watcher of the AoR. */
  | { readonly to: "watcher"; readonly aor: Aor; readonly id: string }
  /** It answers a stored MESSAGE that we sent to a device of the AoR. */
  | { readonly to: "mailbox"; readonly aor: Aor; readonly id: MessageId; readonly device: string };

/** What tells an RFC 3261 branch (§8.1.1.7), and ours among them. */
const COOKIE = "z9hG4bK";
const FORK = `${COOKIE}f.`;
const RELAY = `${COOKIE}r.`;
const NOTICE = `${COOKIE}n.`;
const MAIL = `${COOKIE}m.`;

/** A fork and a branch of it, as we write them: whatever else comes back is not looked up in the records. */
const FORK_PARTS = /^([\w-]{1,64})\.(0|[1-9]\d{0,3})$/;

/** The branch of a forked request. Running the step again gives the same one: to the device it is a repetition. */
export function forkBranch(fork: ForkId, branch: number): string {
  return `${FORK}${fork}.${branch}`;
}

/**
 * The branch of a request that is relayed without a fork: who sent it, sealed together with the transaction that it belongs
 * to, so that its response finds the sender also over another connection. The headers are the request's as it came. An
 * INVITE's CANCEL and the ACK of its failure that come from the same sender over the same connection have the same (§16.11).
 */
export function relayBranch(keyring: Keyring, headers: Headers, { aor, key, connection }: Party): string {
  const sender = `${aor ?? ""}\n${key ?? ""}\n${connection ?? ""}`;
  return `${RELAY}${keyring.seal("relay", sender, transactionOf(headers, headers.first(Via)))}`;
}

/** The branch of a NOTIFY to a watcher of the AoR. */
export function noticeBranch(keyring: Keyring, aor: Aor, { id, callId, version }: Watcher): string {
  return `${NOTICE}${keyring.seal("notice", [aor, id, version].join("\n"), callId)}`;
}

/** The branch of a stored MESSAGE to a device of the AoR. */
export function mailBranch(
  keyring: Keyring,
  aor: Aor,
  id: MessageId,
  device: string,
  callId: Octets,
): string {
  return `${MAIL}${keyring.seal("mail", [aor, id, device].join("\n"), callId)}`;
}

/** What a response's topmost Via says, if it is ours and untampered. The headers are the response's as it came. */
export function readBranch(keyring: Keyring, headers: Headers): OurBranch | undefined {
  const [ours, upstream] = headers.all(Via);
  const branch = withoutLoopMark((ours && paramOf(ours.params, "branch")) ?? "");
  if (branch.startsWith(FORK)) {
    const [, fork, index] = FORK_PARTS.exec(branch.slice(FORK.length)) ?? [];
    return fork === undefined ? undefined : { to: "fork", fork: fork as ForkId, branch: Number(index) };
  }
  if (branch.startsWith(NOTICE)) {
    const text = keyring.open("notice", branch.slice(NOTICE.length), headers.first(CallId) ?? "");
    const [aor, id] = text?.split("\n") ?? [];
    return aor === undefined || id === undefined ? undefined : { to: "watcher", aor: aor as Aor, id };
  }
  if (branch.startsWith(MAIL)) {
    const text = keyring.open("mail", branch.slice(MAIL.length), headers.first(CallId) ?? "");
    const [aor, id, device] = text?.split("\n") ?? [];
    if (aor === undefined || id === undefined || device === undefined) return undefined;
    return { to: "mailbox", aor: aor as Aor, id: id as MessageId, device };
  }
  if (!branch.startsWith(RELAY)) return undefined;
  const token = branch.slice(RELAY.length);
  const text = keyring.open("relay", token, transactionOf(headers, upstream));
  return text === undefined ? undefined : { to: "sender", sender: senderIn(text) };
}

/** The hop before us is the topmost of the request as it came, and the second of the response. */
function transactionOf(headers: Headers, upstream: Hop | undefined): string {
  const branch = (upstream && paramOf(upstream.params, "branch")) ?? "";
  const number = headers.first(CSeq)?.number ?? "";
  return `${branch}\n${upstream?.sentBy ?? ""}\n${headers.first(CallId) ?? ""}\n${number}`;
}

function senderIn(text: string): Party {
  const [aor = "", key = "", connection = ""] = text.split("\n");
  return {
    aor: aor === "" ? undefined : (aor as Aor),
    key: key === "" ? undefined : (key as BindingKey),
    connection: connection === "" ? undefined : (connection as ConnectionId),
  };
}

import type { Keyring } from "../keyring/keyring.ts";
import type { ConnectionId, ForkId } from "../location/ids.ts";
import type { Watcher } from "../location/watcher.ts";
import type { Aor } from "../sip/aor.ts";
import { CallId, CSeq, Via } from "../sip/fields.ts";
import type { Headers } from "../sip/headers.ts";
import { paramOf } from "../sip/params.ts";
import type { Via as Hop } from "../sip/via.ts";
import { withoutLoopMark } from "./loop-mark.ts";

/** What our Via's branch says when it comes back in a response. */
export type OurBranch =
  /** A fork decides what becomes of the response. */
  | { readonly to: "fork"; readonly fork: ForkId; readonly branch: number }
  /** Nobody decides: the response goes on to the connection that the request came over (RFC 3261 §16.11). */
  | { readonly to: "connection"; readonly connection: ConnectionId }
  /** It answers a NOTIFY of ours to a watcher of the AoR. */
  | { readonly to: "watcher"; readonly aor: Aor; readonly id: string };

/** What tells an RFC 3261 branch (§8.1.1.7), and ours among them. */
const COOKIE = "z9hG4bK";
const FORK = `${COOKIE}f.`;
const RELAY = `${COOKIE}r.`;
const NOTICE = `${COOKIE}n.`;

/** A fork and a branch of it, as we write them: whatever else comes back is not looked up in the records. */
const FORK_PARTS = /^([\w-]{1,64})\.(0|[1-9]\d{0,3})$/;

/** The branch of a forked request. Running the step again gives the same one: to the device it is a repetition. */
export function forkBranch(fork: ForkId, branch: number): string {
  return `${FORK}${fork}.${branch}`;
}

/**
 * The branch of a request that is relayed without a fork: it carries the way back, authenticated together with the
 * transaction that it belongs to. The headers are the request's as it came.
 */
export function relayBranch(keyring: Keyring, headers: Headers, from: ConnectionId): string {
  return `${RELAY}${encodeURIComponent(from)}.${macOf(keyring, headers, headers.first(Via), from)}`;
}

/** The branch of a NOTIFY to a watcher of the AoR. */
export function noticeBranch(keyring: Keyring, aor: Aor, { id, callId, version }: Watcher): string {
  return `${NOTICE}${keyring.seal("notice", [aor, id, version].join("\n"), callId)}`;
}

/** What a response's topmost Via says, if it is ours and untampered. The headers are the response's as it came. */
export function readBranch(keyring: Keyring, headers: Headers): OurBranch | undefined {
  const [ours, upstream] = headers.all(Via);
  const branch = withoutLoopMark((ours && paramOf(ours.params, "branch")) ?? "");
  const dot = branch.lastIndexOf(".");
  if (branch.startsWith(FORK)) {
    const [, fork, index] = FORK_PARTS.exec(branch.slice(FORK.length)) ?? [];
    return fork === undefined ? undefined : { to: "fork", fork: fork as ForkId, branch: Number(index) };
  }
  if (branch.startsWith(NOTICE)) {
    const text = keyring.open("notice", branch.slice(NOTICE.length), headers.first(CallId) ?? "");
    const [aor, id] = text?.split("\n") ?? [];
    return aor === undefined || id === undefined ? undefined : { to: "watcher", aor: aor as Aor, id };
  }
  if (!branch.startsWith(RELAY)) return undefined;
  const connection = decoded(branch.slice(RELAY.length, dot));
  if (connection === undefined) return undefined;
  return branch.slice(dot + 1) === macOf(keyring, headers, upstream, connection)
    ? { to: "connection", connection }
    : undefined;
}

/** The hop before us as the request had it on top and the response has it second. */
function macOf(
  keyring: Keyring,
  headers: Headers,
  upstream: Hop | undefined,
  connection: ConnectionId,
): string {
  return keyring.mac(
    "relay",
    connection,
    (upstream && paramOf(upstream.params, "branch")) ?? "",
    upstream?.sentBy ?? "",
    headers.first(CallId) ?? "",
    String(headers.first(CSeq)?.number),
  );
}

function decoded(text: string): ConnectionId | undefined {
  try {
    return decodeURIComponent(text) as ConnectionId;
  } catch {
    return undefined;
  }
}

import { type KeyObject, randomUUID } from "node:crypto";
import { once } from "node:events";
import {
  createSecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type Settings,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { jwtVerify } from "jose";
import { selfSigned } from "../../support/certificate.ts";

/** A push as APNs was asked for it. */
export interface ApnsRequest {
  /** The end of its path, as it came. */
  readonly token: string;
  /** Without HTTP/2's own. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Apple's refusal: a status and a word; or what a test does with the stream itself. */
type ApnsAnswer =
  | { readonly status: number; readonly reason: string; readonly headers?: Readonly<Record<string, string>> }
  | ((stream: ServerHttp2Stream) => void);

/** What Apple knows of a team. */
export interface ApnsTeam {
  readonly publicKey: KeyObject;
  readonly keyId: string;
  readonly teamId: string;
  readonly bundles: readonly string[];
}

/** One of Apple's servers, over TLS and HTTP/2 on loopback. */
export interface ApnsDouble {
  readonly origin: string;
  /** The certificate to trust. */
  readonly ca: string;
  /** All that came, oldest first. */
  readonly requests: readonly ApnsRequest[];
  /** What the next pushes are answered, one each; as Apple would answer them once it has run out. */
  readonly answers: ApnsAnswer[];
  /** The tokens of apps that were uninstalled. */
  readonly gone: Set<string>;
  /** The connections that were ever made, oldest first. */
  readonly sessions: readonly ServerHttp2Session[];
  /** Ends all connections, and takes no others. */
  close(): Promise<void>;
}

/** One for all: whoever trusts one of Apple's servers trusts the other. */
const { key, cert } = selfSigned();

/** For nobody (`team` undefined) every provider token is good enough. `settings` as HTTP/2 has them. */
export async function startApnsDouble(team?: ApnsTeam, settings: Settings = {}): Promise<ApnsDouble> {
  const requests: ApnsRequest[] = [];
  const answers: ApnsAnswer[] = [];
  const gone = new Set<string>();
  const sessions: ServerHttp2Session[] = [];
  const server = createSecureServer({ key, cert, settings });
  server.on("session", (session) => {
    sessions.push(session);
    session.on("error", () => undefined);
  });
  server.on("sessionError", () => undefined);
  server.on("stream", async (stream, headers) => {
    stream.on("error", () => undefined);
    const body = await text(stream).catch(() => "");
    const token = String(headers[":path"]).split("/").at(-1) ?? "";
    requests.push({ token, headers: ownHeaders(headers), body });
    const answer = answers.shift() ?? (await verdict(team, headers, decodeURIComponent(token), body, gone));
    if (typeof answer === "function") return answer(stream);
    if (stream.destroyed) return;
    const id = String(headers["apns-id"] ?? randomUUID());
    stream.respond({ ":status": answer?.status ?? 200, "apns-id": id, ...answer?.headers });
    stream.end(answer === undefined ? "" : JSON.stringify({ reason: answer.reason }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = async () => {
    const closed = once(server, "close");
    server.close();
    for (const session of sessions) session.destroy();
    await closed;
  };
  const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, ca: cert, requests, answers, gone, sessions, close };
}

/** What Apple says of a push; undefined for one that it takes (its "Handling notification responses from APNs"). */
async function verdict(
  team: ApnsTeam | undefined,
  headers: IncomingHttpHeaders,
  token: string,
  body: string,
  gone: ReadonlySet<string>,
): Promise<Exclude<ApnsAnswer, (stream: ServerHttp2Stream) => void> | undefined> {
  const { ":method": method, ":path": path } = headers as Record<string, string>;
  if (method !== "POST") return { status: 405, reason: "MethodNotAllowed" };
  if (!path?.startsWith("/3/device/")) return { status: 404, reason: "BadPath" };
  const { "apns-push-type": type, "apns-topic": topic = "", "apns-priority": priority } = headers;
  if (team !== undefined) {
    const refusal = await refusalOf(team, headers.authorization ?? "");
    if (refusal !== undefined) return { status: 403, reason: refusal };
    const topics = team.bundles.flatMap((bundle) => [bundle, `${bundle}.voip`]);
    if (!topics.includes(String(topic))) return { status: 400, reason: "TopicDisallowed" };
  }
  if (!/^[0-9a-f]{64,}$/.test(token)) return { status: 400, reason: "BadDeviceToken" };
  if (gone.has(token)) return { status: 410, reason: "Unregistered" };
  if (type !== "voip" && type !== "alert" && type !== "background")
    return { status: 400, reason: "InvalidPushType" };
  if ((type === "voip") !== String(topic).endsWith(".voip")) return { status: 400, reason: "BadTopic" };
  if (priority !== "10" && priority !== "5") return { status: 400, reason: "BadPriority" };
  if (type === "background" && priority !== "5") return { status: 400, reason: "BadPriority" };
  if (!/^\d+$/.test(String(headers["apns-expiration"]))) return { status: 400, reason: "BadExpirationDate" };
  if (Buffer.byteLength(body) > (type === "voip" ? 5_120 : 4_096))
    return { status: 413, reason: "PayloadTooLarge" };
  return undefined;
}

async function refusalOf(
  { publicKey, keyId, teamId }: ApnsTeam,
  header: string,
): Promise<string | undefined> {
  const [scheme, jwt] = header.split(" ");
  if (scheme !== "bearer" || jwt === undefined) return "MissingProviderToken";
  try {
    const { protectedHeader } = await jwtVerify(jwt, publicKey, {
      algorithms: ["ES256"],
      issuer: teamId,
      requiredClaims: ["iat"],
      // Its age is not looked at: tests have a clock of their own.
      currentDate: new Date(0),
    });
    return protectedHeader.kid === keyId ? undefined : "InvalidProviderToken";
  } catch {
    return "InvalidProviderToken";
  }
}

function ownHeaders(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  const own = Object.entries(headers).filter(([name]) => !name.startsWith(":") && name !== "content-length");
  return Object.fromEntries(own.map(([name, value]) => [name, String(value)]));
}

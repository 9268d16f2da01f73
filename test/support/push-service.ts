import { createDecipheriv, createECDH, hkdfSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import type { IncomingHttpHeaders } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { importJWK, jwtVerify } from "jose";
import { Agent } from "undici";
import { onTestFinished } from "vitest";
import { selfSigned } from "./certificate.ts";

/** What was posted to a push service. */
export interface PostedPush {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** How a push service answers. */
interface PushServiceAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A browser's push service (RFC 8030) over https on loopback, until the test ends. */
export interface PushService {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** Connects to it, and trusts it. */
  readonly dispatcher: Agent;
  /** All that came, oldest first. */
  readonly posted: readonly PostedPush[];
  /** What the next posts are answered, one each; 201 once it has run out. */
  readonly answers: PushServiceAnswer[];
  /** A new browser's subscription at this service. */
  subscribe(): Browser;
  /** Nobody is there any more. */
  vanish(): Promise<void>;
}

export async function startPushService(): Promise<PushService> {
  const certificate = selfSigned();
  const posted: PostedPush[] = [];
  const answers: PushServiceAnswer[] = [];
  const server = createServer(certificate, async (request, response) => {
    const { url: path = "", headers } = request;
    posted.push({ path, headers, body: await buffer(request) });
    const isRight = request.method === "POST" && path.startsWith("/push/") && headers["ttl"] !== undefined;
    // So long that no subscription has it by chance.
    const location = `https://${headers.host}/message/message-${posted.length}`;
    const accepted: PushServiceAnswer = { status: 201, headers: { location } };
    const answer = isRight ? (answers.shift() ?? accepted) : { status: 400 };
    response.writeHead(answer.status, { ...answer.headers }).end(answer.body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const dispatcher = new Agent({ connect: { ca: certificate.cert } });
  onTestFinished(async () => {
    if (!dispatcher.closed) await dispatcher.destroy();
    server.closeAllConnections();
    server.close();
  });
  const vanish = async () => {
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  };
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { host, dispatcher, posted, answers, subscribe: () => new Browser(`https://${host}`), vanish };
}

/** A browser that has subscribed to pushes: what its `PushSubscription` says, and what only it can do. */
export class Browser {
  readonly endpoint: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
  readonly #pair = createECDH("prime256v1");

  /** `origin` is its push service's. */
  constructor(origin: string) {
    this.endpoint = `${origin}/push/${randomBytes(24).toString("base64url")}`;
    this.keys = {
      p256dh: this.#pair.generateKeys("base64url"),
      auth: randomBytes(16).toString("base64url"),
    };
  }

  /** The pn-* parameters of its Contact, escaped. */
  get params(): string {
    const { p256dh, auth } = this.keys;
    return `;pn-provider=webpush;pn-prid=${encodeURIComponent(this.endpoint)};pn-p256dh=${p256dh};pn-auth=${auth}`;
  }

  /** What a push says, as RFC 8291 §3 and RFC 8188 §2 have a browser read it; throws if it is not for this browser. */
  read({ headers, body }: PostedPush): unknown {
    if (headers["content-encoding"] !== "aes128gcm") throw new Error("it is not encrypted");
    const keyId = 21;
    const record = keyId + body.readUInt8(keyId - 1);
    const sender = body.subarray(keyId, record);
    const info = Buffer.concat([Buffer.from("WebPush: info\0"), this.#pair.getPublicKey(), sender]);
    const secret = hkdf(this.#pair.computeSecret(sender), Buffer.from(this.keys.auth, "base64url"), info, 32);
    const derived = (what: string, length: number) =>
      hkdf(secret, body.subarray(0, 16), Buffer.from(`Content-Encoding: ${what}\0`), length);
    const cipher = createDecipheriv("aes-128-gcm", derived("aes128gcm", 16), derived("nonce", 12));
    cipher.setAuthTag(body.subarray(-16));
    const padded = Buffer.concat([cipher.update(body.subarray(record, -16)), cipher.final()]);
    return JSON.parse(padded.subarray(0, padded.lastIndexOf(2)).toString());
  }
}

function hkdf(key: Buffer, salt: Buffer, info: Buffer, length: number): Buffer {
  return Buffer.from(hkdfSync("sha256", key, salt, info, length));
}

/** Who signed a push, by its VAPID header, and what the signature says (RFC 8292); throws if it does not hold. */
export async function vapidOf({ headers }: PostedPush): Promise<{
  readonly key: string;
  readonly claims: Readonly<Record<string, unknown>>;
}> {
  const [, token = "", key = ""] = /^vapid t=([^,]+), k=(.+)$/.exec(headers.authorization ?? "") ?? [];
  const point = Buffer.from(key, "base64url");
  const coordinate = (from: number) => point.subarray(from, from + 32).toString("base64url");
  const publicKey = await importJWK(
    { kty: "EC", crv: "P-256", x: coordinate(1), y: coordinate(33) },
    "ES256",
  );
  const { payload } = await jwtVerify(token, publicKey, { algorithms: ["ES256"], typ: "JWT" });
  return { key, claims: payload };
}

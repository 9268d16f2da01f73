import type { KeyObject } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { jwtVerify } from "jose";
import { Agent } from "undici";
import { selfSigned } from "../../support/certificate.ts";

/** What Google knows of a service account. */
export interface FcmAccount {
  readonly publicKey: KeyObject;
  readonly projectId: string;
  readonly clientEmail: string;
}

/** How Google answers; or what a test does with the response itself. */
export type FcmAnswer =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    }
  | ((response: ServerResponse) => void);

/** FCM and Google's token server, over TLS on loopback. */
export interface FcmDouble {
  readonly origin: string;
  /** Where assertions are exchanged for access tokens. */
  readonly tokenUri: string;
  /** Connects to it, and trusts it. */
  readonly dispatcher: Agent;
  /** The pushes that came with an access token that holds: their bodies, oldest first. */
  readonly requests: readonly string[];
  /** How often access tokens were asked for. */
  readonly grants: number;
  /** What the next pushes are answered, one each; as Google would answer them once it has run out. */
  readonly answers: FcmAnswer[];
  /** The same for access tokens. */
  readonly grantAnswers: FcmAnswer[];
  /** The tokens of apps that were uninstalled. */
  readonly gone: Set<string>;
  /** No access token that was given holds any more. */
  revoke(): void;
  /** Ends all connections, and takes no others. */
  close(): Promise<void>;
}

/** Access tokens live so many seconds by what Google says of them. */
export const TOKEN_LIFE = 3_600;

export async function startFcmDouble(account: FcmAccount): Promise<FcmDouble> {
  const { key, cert } = selfSigned();
  const requests: string[] = [];
  const answers: FcmAnswer[] = [];
  const grantAnswers: FcmAnswer[] = [];
  const gone = new Set<string>();
  const valid = new Set<string>();
  let grants = 0;
  let origin = "";

  const granted = async (form: URLSearchParams): Promise<FcmAnswer> => {
    grants += 1;
    const said = grantAnswers.shift();
    if (said !== undefined) return said;
    if (!(await isGood(form, account, `${origin}/token`)))
      return { status: 400, body: { error: "invalid_grant", error_description: "Invalid JWT Signature." } };
    const token = `access-${grants}`;
    valid.add(token);
    return { status: 200, body: { access_token: token, expires_in: TOKEN_LIFE, token_type: "Bearer" } };
  };
  const sent = (request: IncomingMessage, body: string): FcmAnswer => {
    if (!valid.has((request.headers.authorization ?? "").replace(/^Bearer /, "")))
      return fcmError(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.");
    requests.push(body);
    const said = answers.shift();
    if (said !== undefined) return said;
    const { message } = JSON.parse(body);
    if (gone.has(message.token))
      return fcmError(404, "NOT_FOUND", `Requested entity was not found: ${message.token}`, [
        ofFcm("UNREGISTERED"),
      ]);
    return { status: 200, body: { name: `projects/${account.projectId}/messages/0:${requests.length}` } };
  };

  const server = createServer({ key, cert }, async (request, response) => {
    const body = await text(request);
    const isJson = request.headers["content-type"] === "application/json";
    let answer: FcmAnswer = fcmError(404, "NOT_FOUND", "The requested URL was not found on this server.");
    if (request.method === "POST" && request.url === "/token")
      answer = await granted(new URLSearchParams(body));
    if (isJson && request.url === `/v1/projects/${account.projectId}/messages:send`)
      answer = sent(request, body);
    if (typeof answer === "function") return answer(response);
    response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
    response.end(JSON.stringify(answer.body ?? {}));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const dispatcher = new Agent({ connect: { ca: cert } });
  return {
    origin,
    tokenUri: `${origin}/token`,
    dispatcher,
    requests,
    get grants() {
      return grants;
    },
    answers,
    grantAnswers,
    gone,
    revoke: () => valid.clear(),
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** An error as Google puts it. */
export function fcmError(
  code: number,
  status: string,
  message: string,
  details: readonly object[] = [],
): FcmAnswer {
  return { status: code, body: { error: { code, message, status, details } } };
}

/** The detail that says what FCM itself calls the error. */
export function ofFcm(errorCode: string): object {
  return { "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", errorCode };
}

/** The detail that says which field is wrong. */
export function ofField(field: string, description: string): object {
  return { "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations: [{ field, description }] };
}

/** RFC 7523 §3. */
async function isGood(form: URLSearchParams, account: FcmAccount, audience: string): Promise<boolean> {
  if (form.get("grant_type") !== "urn:ietf:params:oauth:grant-type:jwt-bearer") return false;
  try {
    const { payload } = await jwtVerify(form.get("assertion") ?? "", account.publicKey, {
      algorithms: ["RS256"],
      issuer: account.clientEmail,
      audience,
      requiredClaims: ["iat", "exp"],
      // Its age is not looked at: tests have a clock of their own.
      currentDate: new Date(0),
    });
    const { iat = 0, exp = 0, scope } = payload;
    return exp - iat <= 3_600 && scope === "https://www.googleapis.com/auth/firebase.messaging";
  } catch {
    return false;
  }
}

import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";

/** What those who run this want to know of the process. */
export interface Ops {
  /** Why it should get no clients now; undefined if it should. */
  unreadiness(): Promise<string | undefined>;
  /** For Prometheus. */
  readonly metrics: { text(): Promise<string>; readonly contentType: string };
}

/**
 * `/healthz`: the process answers. `/readyz`: it should get clients (503 and why, if not). `/metrics`: what was counted; only
 * where `withMetrics`, for those numbers are nobody's business. Answers whether the request was for one of them.
 */
export function opsHttp(
  ops: Ops,
  withMetrics: boolean,
): (...request: Parameters<RequestListener>) => boolean {
  return (request, response) => {
    const page = pageFor(ops, withMetrics, request);
    if (page === undefined) return false;
    page().then(
      ({ status, type = "text/plain; charset=utf-8", body }) => send(response, status, type, body),
      () => send(response, 500, "text/plain; charset=utf-8", "error\n"),
    );
    return true;
  };
}

interface Page {
  readonly status: number;
  readonly type?: string;
  readonly body: string;
}

function pageFor(
  { unreadiness, metrics }: Ops,
  withMetrics: boolean,
  { method, url = "/" }: IncomingMessage,
): (() => Promise<Page>) | undefined {
  if (method !== "GET" && method !== "HEAD") return undefined;
  const [path = ""] = url.split("?", 1);
  if (path === "/healthz") return async () => ({ status: 200, body: "ok\n" });
  if (path === "/readyz") {
    return async () => {
      const why = await unreadiness();
      return why === undefined ? { status: 200, body: "ready\n" } : { status: 503, body: `${why}\n` };
    };
  }
  if (path !== "/metrics" || !withMetrics) return undefined;
  return async () => ({ status: 200, type: metrics.contentType, body: await metrics.text() });
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(body);
}

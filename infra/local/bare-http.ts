import type { RequestListener } from "node:http";

/** For an edge that shows people nothing: what `ops` answers; `/` is for WebSockets (426), and there is nothing else (404). */
export function bareHttp(ops: (...request: Parameters<RequestListener>) => boolean): RequestListener {
  return (request, response) => {
    if (ops(request, response)) return;
    const [pathname] = (request.url ?? "/").split("?", 1);
    const text = { "content-type": "text/plain" };
    if (pathname === "/") response.writeHead(426, { ...text, upgrade: "websocket" }).end("WebSocket only.\n");
    else response.writeHead(404, text).end("There is nothing here.\n");
  };
}

import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Asset } from "./page-assets.ts";
import type { Inbox } from "./sns/inbox.ts";

const JSON_TYPE = "application/json; charset=utf-8";

/** The page for people at `/`, its files, and the pushes that would have gone out, if they do not; and what `ops` answers. Reads only. */
export function localHttp(
  assets: ReadonlyMap<string, Asset>,
  inbox: Inbox | undefined,
  ops: (...request: Parameters<RequestListener>) => boolean,
): RequestListener {
  return (request, response) => {
    if (ops(request, response)) return;
    // The request target as it is: what is no path of ours is not found, whatever else it may be.
    const [pathname = "/"] = (request.url ?? "/").split("?", 1);
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405, { allow: "GET, HEAD" }).end();
    } else if (pathname === "/push-inbox" && inbox !== undefined) {
      send(response, { type: JSON_TYPE, body: JSON.stringify(inbox.entries, undefined, 1) });
    } else if (pathname === "/push-inbox/events" && inbox !== undefined) {
      stream(request, response, inbox);
    } else {
      const asset = assets.get(pathname);
      if (asset === undefined)
        response.writeHead(404, { "content-type": "text/plain" }).end("There is nothing here.\n");
      else send(response, asset);
    }
  };
}

function send(response: ServerResponse, { type, body }: Asset): void {
  response.writeHead(200, {
    "content-type": type,
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
  });
  response.end(body);
}

/** Every push from now on, as server-sent events. */
function stream(request: IncomingMessage, response: ServerResponse, inbox: Inbox): void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  response.flushHeaders();
  // Nothing comes as long as nobody is pushed.
  response.setTimeout(0);
  const stop = inbox.listen((entry) => response.write(`data: ${JSON.stringify(entry)}\n\n`));
  request.on("close", stop);
}

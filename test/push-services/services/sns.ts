import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { snsClient } from "../../../functions/aws/sns-client.ts";
import { snsPush } from "../../../functions/aws/sns-push.ts";
import { localApplicationArn } from "../../../infra/local/sns/endpoints.ts";
import { startSnsDouble } from "../../../infra/local/sns/sns-double.ts";
import { PUSHES } from "../../push/a-push.ts";
import type { OpenService } from "./service.ts";

const TOKEN = "c0ffee".repeat(11);

const BUSY = `<ErrorResponse><Error><Type>Receiver</Type><Code>ServiceUnavailable</Code><Message>${TOKEN} must wait</Message></Error></ErrorResponse>`;

/** Amazon SNS, which pushes through APNs and FCM. */
export const openSns: OpenService = async (log) => {
  const double = await startSnsDouble();
  let refusals = 0;
  // In front of the double: what refuses, and what can vanish.
  const front = createServer(async (request, response) => {
    const body = await text(request);
    if (body.includes("Action=Publish") && refusals-- > 0)
      return response.writeHead(503, { "content-type": "text/xml" }).end(BUSY);
    const { "content-type": type = "", authorization = "" } = request.headers;
    const headers = { "content-type": type, authorization };
    const answer = await fetch(double.url, { method: "POST", headers, body });
    return response.writeHead(answer.status, { "content-type": "text/xml" }).end(await answer.text());
  });
  front.listen(0, "127.0.0.1");
  await once(front, "listening");
  const client = snsClient({ endpoint: `http://127.0.0.1:${(front.address() as AddressInfo).port}` });
  const push = snsPush(client, ({ platform, app }) => localApplicationArn(platform, app), Date.now, log);
  const target = { provider: "apns", param: "TEAM567890.com.example.app.voip", prid: TOKEN };
  let vanished: Promise<unknown> | undefined;
  const vanish = async () => {
    vanished ??= once(front, "close");
    front.close();
    front.closeAllConnections();
    await vanished;
  };
  return {
    push,
    target,
    token: TOKEN,
    impossible: { target, push: PUSHES.cancel },
    asked: () => double.inbox.entries.map(({ at: _, ...entry }) => JSON.stringify(entry)),
    uninstall: () => double.endpoints.disableToken(TOKEN),
    overload: (pushes) => {
      refusals = pushes;
    },
    vanish,
    close: async () => {
      client.destroy();
      await vanish();
      await double.close();
    },
  };
};

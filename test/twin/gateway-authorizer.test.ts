import { describe, expect, test } from "vitest";
import { connect, type Event, refusal, startGateway } from "./a-gateway.ts";

const OPEN = { function: "authorizer", identitySources: [] };
const ARN = "arn:aws:execute-api:us-east-1:000000000000:abcd123/prod/$connect";

function policy(Effect: string, Resource: string, context?: object) {
  const Statement = [{ Action: "execute-api:Invoke", Effect, Resource }];
  return async () => ({ principalId: "bob", policyDocument: { Version: "2012-10-17", Statement }, context });
}

describe("a REQUEST authorizer", () => {
  test("is asked with the handshake and the ARN, and what it says is in every event, as strings", async () => {
    const authorizer = policy("Allow", ARN, { aor: "sip:bob@localhost", level: 7, admin: true });
    const gateway = await startGateway({ authorizer }, { authorizer: OPEN });
    const { socket } = await connect(gateway, "/prod?access_token=t");
    expect(gateway.authorizations.all[0]).toMatchObject({
      type: "REQUEST",
      methodArn: ARN,
      headers: { "Sec-WebSocket-Protocol": "sip" },
      queryStringParameters: { access_token: "t" },
      stageVariables: {},
      requestContext: { routeKey: "$connect", eventType: "CONNECT" },
    });
    socket.send("REGISTER");
    await gateway.messages.take();
    socket.close();
    await gateway.disconnects.take();
    const said = {
      principalId: "bob",
      integrationLatency: expect.any(Number),
      aor: "sip:bob@localhost",
      level: "7",
      admin: "true",
    };
    for (const { all } of [gateway.connects, gateway.messages, gateway.disconnects]) {
      expect(all[0]?.requestContext["authorizer"]).toStrictEqual(said);
    }
    expect(gateway.authorizations.all).toHaveLength(1);
  });

  test.each<[string, number, () => Promise<unknown>]>([
    ['throws "Unauthorized"', 401, () => Promise.reject(new Error("Unauthorized"))],
    ["throws anything else", 500, () => Promise.reject(new Error("no"))],
    ["denies", 403, policy("Deny", "*")],
    ["allows something else", 403, policy("Allow", ARN.replace("prod", "dev"))],
    ["says nothing of it", 500, async () => ({})],
  ])("that %s: %i, and $connect is not called", async (_, status, authorizer) => {
    const gateway = await startGateway({ authorizer }, { authorizer: OPEN });
    expect(await refusal(gateway.port)).toBe(status);
    expect(gateway.connects.all).toEqual([]);
  });

  test("is not asked when what it is to go by is missing: 401", async () => {
    const token = { function: "authorizer", identitySources: ["route.request.querystring.token"] };
    const gateway = await startGateway({ authorizer: policy("Allow", "*") }, { authorizer: token });
    expect(await refusal(gateway.port)).toBe(401);
    expect(gateway.authorizations.all).toEqual([]);
    await connect(gateway, "/prod?token=t");
  });

  test("is not asked when none is configured, and no event has anything of one", async () => {
    const gateway = await startGateway();
    await connect(gateway);
    const [event] = gateway.connects.all as readonly Event[];
    expect(event?.requestContext).not.toHaveProperty("authorizer");
    expect(gateway.authorizations.all).toEqual([]);
  });
});

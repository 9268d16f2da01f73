import { DeleteEndpointCommand, SetEndpointAttributesCommand } from "@aws-sdk/client-sns";
import { describe, expect, test } from "vitest";
import type { PushOutcome } from "../../functions/ports.ts";
import { localApplicationArn } from "../../infra/local/sns/endpoints.ts";
import { PUSHES } from "../push/a-push.ts";
import { ACCEPTED, ANDROID, acceptedBy, anSns, everyApp, IPHONE, PAIR, pushThrough } from "./an-sns.ts";

// SNS takes few calls about endpoints: 150 a second for an account in eu-central-1.

const CALL = PUSHES.call;

/** What the caller keeps of an answer. */
function endpointIn(outcome: PushOutcome) {
  const endpoint = outcome.outcome === "accepted" ? outcome.endpoint : undefined;
  if (endpoint === undefined) throw new Error("no endpoint to keep");
  return endpoint;
}

describe("the endpoint of a token", () => {
  test("is created with its first push, and answered to be kept", async () => {
    const { sns, push, endpointOf } = await anSns();
    const sent = await push.send(ANDROID, CALL);
    expect(sent).toEqual(acceptedBy("GCM"));
    expect(endpointIn(sent)).toEqual({ service: "GCM", id: endpointOf("GCM", ANDROID) });
    expect(sns.actions).toEqual(["CreatePlatformEndpoint", "Publish"]);
  });

  test("that is kept is published to at once: one call of SNS, and nothing new to keep", async () => {
    const { sns, push } = await anSns();
    const kept = endpointIn(await push.send(ANDROID, CALL));
    expect(await push.send(ANDROID, CALL, [kept])).toEqual(ACCEPTED);
    expect(sns.actions).toEqual(["CreatePlatformEndpoint", "Publish", "Publish"]);
    expect(sns.inbox.entries).toHaveLength(2);
  });

  test("that nobody kept is found again", async () => {
    const { push } = await anSns();
    const first = endpointIn(await push.send(ANDROID, CALL));
    expect(endpointIn(await push.send(ANDROID, CALL))).toEqual(first);
  });

  test("is another one for another token and another app", async () => {
    const { push } = await anSns();
    const targets = [ANDROID, { ...ANDROID, prid: "token-2" }, { ...ANDROID, param: "other-project" }];
    const ids = await Promise.all(
      targets.map(async (target) => endpointIn(await push.send(target, CALL)).id),
    );
    expect(new Set(ids).size).toBe(3);
  });

  test("of an iPhone's token for calls is not used for what is no call, nor the other way round", async () => {
    const { sns, push } = await anSns();
    const forCalls = endpointIn(await push.send(PAIR, CALL));
    const forAlerts = endpointIn(await push.send(PAIR, PUSHES.message, [forCalls]));
    expect([forCalls.service, forAlerts.service]).toEqual(["APNS_VOIP", "APNS"]);
    const both = [forAlerts, forCalls];
    expect(await push.send(PAIR, CALL, both)).toEqual(ACCEPTED);
    expect(await push.send(PAIR, PUSHES.refresh, both)).toEqual(ACCEPTED);
    expect(sns.inbox.entries.map(({ token }) => token)).toEqual(["aaa", "bbb", "aaa", "bbb"]);
  });

  test("that was deleted since is made anew, and answered to be kept in its place", async () => {
    const { sns, client, push } = await anSns();
    const kept = endpointIn(await push.send(IPHONE, CALL));
    await client.send(new DeleteEndpointCommand({ EndpointArn: kept.id }));
    const again = endpointIn(await push.send(IPHONE, CALL, [kept]));
    expect(again).toEqual({ service: "APNS_VOIP", id: expect.not.stringContaining(kept.id) });
    expect(sns.inbox.entries).toHaveLength(2);
  });

  test("that SNS does not know by another word for it (NotFound) is made anew, too", async () => {
    const { sns, push } = await anSns();
    const kept = endpointIn(await push.send(IPHONE, CALL));
    sns.faults.next("Publish", { code: "NotFound", status: 404, message: "Endpoint does not exist" });
    expect(await push.send(IPHONE, CALL, [kept])).toEqual({ ...ACCEPTED, endpoint: kept });
  });

  test("of an application that is used no more is not: we may not even be allowed to", async () => {
    const { sns, client, push, log } = await anSns();
    const kept = endpointIn(await push.send(ANDROID, CALL));
    const moved = pushThrough(client, log, ({ platform }) => localApplicationArn(platform, "new"));
    const again = endpointIn(await moved.send(ANDROID, CALL, [kept]));
    expect(again.id).toContain("/GCM/new/");
    expect(sns.actions.slice(2)).toEqual(["CreatePlatformEndpoint", "Publish"]);
  });

  test("that others made with attributes of their own is used as it is", async () => {
    const { sns, push } = await anSns();
    const application = everyApp({ platform: "GCM", app: ANDROID.param, token: "", topic: undefined }) ?? "";
    const { arn } = sns.endpoints.create(application, ANDROID.prid, { customUserData: "of theirs" });
    expect(endpointIn(await push.send(ANDROID, CALL)).id).toBe(arn);
    expect(sns.endpoints.get(arn).customUserData).toBe("of theirs");
  });
});

describe("an endpoint that SNS has disabled", () => {
  test("means a dead token if it was kept: it worked before, and would only be disabled again", async () => {
    const { sns, push } = await anSns();
    const kept = endpointIn(await push.send(IPHONE, CALL));
    sns.endpoints.disableToken(IPHONE.prid);
    const said = await push.send(IPHONE, CALL, [kept]);
    expect(said).toEqual({ outcome: "dead", reason: "Endpoint is disabled" });
    expect(sns.actions.slice(2)).toEqual(["Publish"]);
    expect(sns.inbox.entries).toHaveLength(1);
  });

  test("is enabled, once, if its token is new to us: its app came back with it", async () => {
    const { sns, push, endpointOf } = await anSns();
    const id = endpointOf("APNS_VOIP", IPHONE);
    sns.endpoints.disableToken(IPHONE.prid);
    const sent = await push.send(IPHONE, CALL);
    expect(sent).toEqual({ ...ACCEPTED, endpoint: { service: "APNS_VOIP", id } });
    expect(sns.actions).toEqual(["CreatePlatformEndpoint", "Publish", "SetEndpointAttributes", "Publish"]);
    expect(sns.endpoints.get(id)).toMatchObject({ token: IPHONE.prid, enabled: true });
  });

  test("and stays so when it is enabled means a dead token", async () => {
    const { sns, push } = await anSns();
    const disabled = { code: "EndpointDisabled", status: 400, message: "Endpoint is disabled" };
    sns.faults.next("Publish", disabled, 2);
    expect(await push.send(IPHONE, CALL)).toEqual({ outcome: "dead", reason: "Endpoint is disabled" });
    expect(sns.actions).toEqual(["CreatePlatformEndpoint", "Publish", "SetEndpointAttributes", "Publish"]);
  });

  test("is pushed to again once the operator has enabled it", async () => {
    const { sns, client, push } = await anSns();
    const kept = endpointIn(await push.send(IPHONE, CALL));
    sns.endpoints.disableToken(IPHONE.prid);
    const Attributes = { Enabled: "true" };
    await client.send(new SetEndpointAttributesCommand({ EndpointArn: kept.id, Attributes }));
    expect(await push.send(IPHONE, CALL, [kept])).toEqual(ACCEPTED);
  });

  test("for what is no call, of a device that has another token for calls, has failed only", async () => {
    const { sns, push } = await anSns();
    const kept = endpointIn(await push.send(PAIR, PUSHES.refresh));
    sns.endpoints.disableToken("bbb");
    const said = await push.send(PAIR, PUSHES.refresh, [kept]);
    expect(said).toEqual({ outcome: "failed", reason: "Endpoint is disabled" });
    expect(await push.send(PAIR, CALL, [kept])).toEqual(acceptedBy("APNS_VOIP"));
  });

  test.each([PUSHES.message, PUSHES.dialog, PUSHES.refresh])(
    "for a $kind means a dead token where calls go to the same",
    async (quiet) => {
      const { sns, push } = await anSns();
      const kept = endpointIn(await push.send(ANDROID, quiet));
      sns.endpoints.disableToken(ANDROID.prid);
      expect(await push.send(ANDROID, quiet, [kept])).toMatchObject({ outcome: "dead" });
      expect(await push.send(ANDROID, CALL, [kept])).toMatchObject({ outcome: "dead" });
    },
  );
});

test("a token that dies between two pushes: the first is taken, the second learns of it", async () => {
  const { sns, push } = await anSns();
  sns.kill(ANDROID.prid);
  const kept = endpointIn(await push.send(ANDROID, CALL));
  await expect.poll(() => sns.endpoints.get(kept.id).enabled, { interval: 5 }).toBe(false);
  expect(await push.send(ANDROID, CALL, [kept])).toMatchObject({ outcome: "dead" });
});

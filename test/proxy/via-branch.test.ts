import { describe, expect, test } from "vitest";
import { keyring } from "../../functions/keyring/keyring.ts";
import type { ConnectionId, ForkId } from "../../functions/location/ids.ts";
import { forkBranch, readBranch, relayBranch } from "../../functions/proxy/via-branch.ts";
import { invite, response } from "../support/a-request.ts";

const ring = keyring([{ id: "k", key: Buffer.alloc(32, 1) }]);
const ALICE = "Zx8=/+ ü" as ConnectionId;

/** A response to Alice's request whose topmost Via is ours with this branch. */
function answering(branch: string, { upstream = "z9hG4bKalice", callId = "call-1", cseq = 7 } = {}) {
  return response([
    "SIP/2.0 200 OK",
    `Via: SIP/2.0/WSS example.com;branch=${branch}`,
    ...(upstream === "" ? [] : [`Via: SIP/2.0/WSS alice.invalid;branch=${upstream}`]),
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} INVITE`,
  ]).headers;
}

describe("the branch of a forked request", () => {
  test("brings its response back to the fork and its branch", () => {
    const branch = forkBranch("Fork_-1" as ForkId, 2);
    expect(branch).toMatch(/^z9hG4bK/);
    expect(readBranch(ring, answering(branch))).toEqual({ to: "fork", fork: "Fork_-1", branch: 2 });
  });

  test("is the same each time: what is sent again is a repetition to the device (race e)", () => {
    expect(forkBranch("f" as ForkId, 0)).toBe(forkBranch("f" as ForkId, 0));
    expect(forkBranch("f" as ForkId, 0)).not.toBe(forkBranch("f" as ForkId, 1));
  });
});

describe("the branch of a request that is handed on without a fork (RFC 3261 §16.11)", () => {
  const branch = relayBranch(ring, invite().headers, ALICE);

  test("brings its response back to the connection that asked, whatever that is called", () => {
    expect(branch).toMatch(/^z9hG4bK[A-Za-z0-9.!%*_+`'~-]+$/);
    expect(readBranch(ring, answering(branch))).toEqual({ to: "connection", connection: ALICE });
  });

  test.each([
    ["with another hop before us", { upstream: "z9hG4bKmallory" }],
    ["with no hop before us", { upstream: "" }],
    ["in another call", { callId: "call-2" }],
    ["in another transaction", { cseq: 8 }],
  ])("is worth nothing %s", (_, other) => {
    expect(readBranch(ring, answering(branch, other))).toBeUndefined();
  });

  test("leads to no connection that it was not made for", () => {
    const mac = branch.slice(branch.lastIndexOf("."));
    expect(readBranch(ring, answering(`z9hG4bKr.ws-2${mac}`))).toBeUndefined();
    expect(readBranch(ring, answering(`z9hG4bKr.%E0%A4${mac}`))).toBeUndefined();
    expect(readBranch(ring, answering(branch.slice(0, -1)))).toBeUndefined();
    expect(readBranch(keyring([{ id: "k", key: Buffer.alloc(32, 2) }]), answering(branch))).toBeUndefined();
  });
});

test.each(["z9hG4bK123", "z9hG4bKf", "r.ws-1.mac"])("the branch %s is not ours", (branch) => {
  expect(readBranch(ring, answering(branch))).toBeUndefined();
});

test("a response without any Via is nobody's", () => {
  expect(readBranch(ring, response(["SIP/2.0 200 OK", "Call-ID: 1"]).headers)).toBeUndefined();
});

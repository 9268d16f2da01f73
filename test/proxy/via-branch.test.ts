import { describe, expect, test } from "vitest";
import { keyring } from "../../functions/keyring/keyring.ts";
import type { ConnectionId, ForkId } from "../../functions/location/ids.ts";
import { withLoopMark } from "../../functions/proxy/loop-mark.ts";
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

describe("a branch of a fork that we did not write so", () => {
  test.each([
    ["with no index", "z9hG4bKf.fork."],
    ["with no fork", "z9hG4bKf..0"],
    ["with neither", "z9hG4bKf."],
    ["with an index that is no number", "z9hG4bKf.fork.NaN"],
    ["with an index in another spelling", "z9hG4bKf.fork.00"],
    ["with a hexadecimal index", "z9hG4bKf.fork.0x1"],
    ["with a huge index", "z9hG4bKf.fork.99999999999999999999"],
    ["with a negative index", "z9hG4bKf.fork.-1"],
    ["with a fork too long for any record's key", `z9hG4bKf.${"a".repeat(5_000)}.0`],
    ["with a fork of other characters", "z9hG4bKf.a~b.0"],
  ])("is not ours, and no record is asked for it: %s (RFC 6026 §8.9)", (_, branch) => {
    expect(readBranch(ring, answering(branch))).toBeUndefined();
  });
});

test.each([
  ["a fork", forkBranch("Fork_-1" as ForkId, 2)],
  ["a relay", relayBranch(ring, invite().headers, ALICE)],
])("the loop mark behind the branch of %s does not matter to its response (RFC 5393 §4.2.1)", (_, branch) => {
  const found = readBranch(ring, answering(branch));
  expect(found).toBeDefined();
  expect(readBranch(ring, answering(withLoopMark(branch, "mark")))).toEqual(found);
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

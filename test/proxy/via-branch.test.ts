import { describe, expect, test } from "vitest";
import { keyring } from "../../functions/keyring/keyring.ts";
import type { BindingKey, ConnectionId, ForkId, MessageId } from "../../functions/location/ids.ts";
import type { Party } from "../../functions/proxy/fork.ts";
import { withLoopMark } from "../../functions/proxy/loop-mark.ts";
import { forkBranch, mailBranch, readBranch, relayBranch } from "../../functions/proxy/via-branch.ts";
import type { Aor } from "../../functions/sip/aor.ts";
import { invite, request, response } from "../support/a-request.ts";

const ring = keyring([{ id: "k", key: Buffer.alloc(32, 1) }]);
const ALICE: Party = {
  aor: "sip:alice@example.com" as Aor,
  key: "<urn:uuid:1-2>;1" as BindingKey,
  connection: "Zx8=/+ ü" as ConnectionId,
};
const STRANGER: Party = { aor: undefined, key: undefined, connection: "ws-9" as ConnectionId };

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

/** The headers of another request of Alice's dialog. */
function another(method: string, cseq: number) {
  return request([
    `${method} sip:bob@example.com SIP/2.0`,
    "Via: SIP/2.0/WSS alice.invalid;branch=z9hG4bKalice",
    "Call-ID: call-1",
    `CSeq: ${cseq} ${method}`,
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

  test("brings its response back to who asked, whatever the connection is called and wherever that is by then", () => {
    expect(branch).toMatch(/^z9hG4bK[A-Za-z0-9.!%*_+`'~-]+$/);
    expect(readBranch(ring, answering(branch))).toEqual({ to: "sender", sender: ALICE });
  });

  test("brings its response back to one who never registered by the connection alone", () => {
    const theirs = relayBranch(ring, invite().headers, STRANGER);
    expect(readBranch(ring, answering(theirs))).toEqual({ to: "sender", sender: STRANGER });
  });

  test("tells nobody who asked, nor that two requests are of one sender", () => {
    const opened = (token: string) => Buffer.from(token.slice("z9hG4bKr.k.".length), "base64url");
    const octets = opened(branch);
    for (const secret of ["alice", "urn:uuid", "Zx8="]) expect(octets.includes(secret)).toBe(false);
    const other = opened(relayBranch(ring, another("INFO", 8), ALICE));
    // Of octets that have nothing to do with each other one in 256 agrees.
    expect(octets.filter((octet, at) => octet === other[at]).length).toBeLessThan(8);
  });

  test("is the same for an INVITE, its CANCEL and the ACK of its failure, so that they meet at the next hop (RFC 3261 §9.1, §16.11)", () => {
    for (const method of ["CANCEL", "ACK"]) {
      expect(relayBranch(ring, another(method, 7), ALICE)).toBe(branch);
      expect(relayBranch(ring, another(method, 8), ALICE)).not.toBe(branch);
    }
  });

  test.each([
    ["with another hop before us", { upstream: "z9hG4bKmallory" }],
    ["with no hop before us", { upstream: "" }],
    ["in another call", { callId: "call-2" }],
    ["in another transaction", { cseq: 8 }],
  ])("is worth nothing %s", (_, other) => {
    expect(readBranch(ring, answering(branch, other))).toBeUndefined();
  });

  test("cannot be made up, nor changed", () => {
    expect(readBranch(ring, answering("z9hG4bKr."))).toBeUndefined();
    expect(readBranch(ring, answering("z9hG4bKr.k.AAAA"))).toBeUndefined();
    expect(readBranch(ring, answering(branch.slice(0, -1)))).toBeUndefined();
    const changed = branch.replace(/(?<=k\.)./, (first) => (first === "A" ? "B" : "A"));
    expect(readBranch(ring, answering(changed))).toBeUndefined();
    expect(readBranch(keyring([{ id: "k", key: Buffer.alloc(32, 2) }]), answering(branch))).toBeUndefined();
  });
});

describe("the branch of a stored MESSAGE", () => {
  const bob = "sip:bob@example.com" as Aor;
  const branch = mailBranch(ring, bob, "message-1" as MessageId, "device-1", "call-1");

  test("brings its answer back to the mailbox, though there is no hop before us", () => {
    expect(branch).toMatch(/^z9hG4bK[A-Za-z0-9.!%*_+`'~-]+$/);
    expect(readBranch(ring, answering(branch, { upstream: "" }))).toEqual({
      to: "mailbox",
      aor: bob,
      id: "message-1",
      device: "device-1",
    });
  });

  test("is worth nothing in another call, under another key, or changed", () => {
    expect(readBranch(ring, answering(branch, { callId: "call-2" }))).toBeUndefined();
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

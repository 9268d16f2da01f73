import { expect, test } from "vitest";
import { keyring } from "../../functions/keyring/keyring.ts";
import { forkIdOf } from "../../functions/proxy/fork-id.ts";
import { request } from "../support/a-request.ts";

const ring = keyring([{ id: "k", key: Buffer.alloc(32, 1) }]);

const ALICE = {
  method: "INVITE",
  sentBy: "alice.invalid",
  branch: "z9hG4bKalice",
  callId: "call-1",
  cseq: 7,
  tag: "a1",
};

function idOf(other: Partial<typeof ALICE> = {}, subject = "none"): string {
  const { method, sentBy, branch, callId, cseq, tag } = { ...ALICE, ...other };
  const read = request([
    `${method} sip:bob@example.com SIP/2.0`,
    `Via: SIP/2.0/WSS ${sentBy};branch=${branch}`,
    `From: <sip:alice@example.com>;tag=${tag}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} ${method}`,
    `Subject: ${subject}`,
  ]);
  return forkIdOf(ring, read);
}

test("an INVITE, its repetition, its CANCEL and its ACK belong to one fork (RFC 3261 §17.2.3)", () => {
  expect(idOf({}, "the same again")).toBe(idOf());
  expect(idOf({ method: "CANCEL" })).toBe(idOf());
  expect(idOf({ method: "ACK" })).toBe(idOf());
});

test.each<[string, Partial<typeof ALICE>]>([
  ["method", { method: "MESSAGE" }],
  ["Via branch", { branch: "z9hG4bKbob" }],
  ["Via sent-by", { sentBy: "mallory.invalid" }],
  ["Call-ID", { callId: "call-2" }],
  ["CSeq", { cseq: 8 }],
  ["From tag", { tag: "a2" }],
])("a request with another %s belongs to another", (_, other) => {
  expect(idOf(other)).not.toBe(idOf());
});

test("nobody without our keys can name a fork", () => {
  const foreign = keyring([{ id: "k", key: Buffer.alloc(32, 2) }]);
  const read = request(["INVITE sip:bob@example.com SIP/2.0", "Call-ID: 1"]);
  expect(forkIdOf(foreign, read)).not.toBe(forkIdOf(ring, read));
});

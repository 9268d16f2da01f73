import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keyring } from "../../functions/keyring/keyring.ts";
import type { ConnectionId, ForkId } from "../../functions/location/ids.ts";
import type { Party } from "../../functions/proxy/fork.ts";
import { keepRequest, keptRequest } from "../../functions/proxy/kept-request.ts";
import { checkLoop, loopMark, withLoopMark, withoutLoopMark } from "../../functions/proxy/loop-mark.ts";
import { forkBranch, relayBranch } from "../../functions/proxy/via-branch.ts";
import { Via } from "../../functions/sip/fields.ts";
import { format } from "../../functions/sip/format.ts";
import type { SipRequest } from "../../functions/sip/message.ts";
import { parse } from "../../functions/sip/parse.ts";
import { Refusal } from "../../functions/sip/refusal.ts";
import { invite, request } from "../support/a-request.ts";

// Loops are told from spirals by the second part of our branches (RFC 5393 §4.2, RFC 3261 §16.3 step 4, §16.6 step 8).

const ring = keyring([{ id: "k", key: Buffer.alloc(32, 1) }]);

interface Asked {
  readonly method?: string;
  readonly uri?: string;
  readonly from?: string;
  readonly to?: string;
  readonly callId?: string;
  readonly cseq?: number;
  readonly more?: readonly string[];
}

function asked(other: Asked = {}): SipRequest {
  const { method = "INVITE", uri = "sip:bob@example.com", callId = "call-1", cseq = 7, more = [] } = other;
  const { from = "<sip:alice@example.com>;tag=a1", to = "<sip:bob@example.com>" } = other;
  return request([
    `${method} ${uri} SIP/2.0`,
    "Via: SIP/2.0/WSS alice.invalid;branch=z9hG4bKalice",
    "Max-Forwards: 70",
    `From: ${from}`,
    `To: ${to}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} ${method}`,
    ...more,
  ]);
}

/** The request as somebody sends it back to us who was sent it: it bears the Via that we gave it. */
function returned(sent: SipRequest, changed: Partial<SipRequest> = {}, branch = ourBranch(sent)): SipRequest {
  const ours = { transport: "WSS", sentBy: "Example.com", params: [["branch", branch]] } as const;
  const theirs = { transport: "WSS", sentBy: "b.invalid", params: [["branch", "z9hG4bKb"]] } as const;
  return { ...sent, headers: sent.headers.prepend(Via, ours).prepend(Via, theirs), ...changed };
}

function ourBranch(sent: SipRequest): string {
  return withLoopMark(forkBranch("fork-1" as ForkId, 0), loopMark(ring, sent));
}

function isLoop(read: SipRequest): boolean {
  try {
    checkLoop(ring, read, ({ sentBy }) => sentBy.toLowerCase() === "example.com");
    return false;
  } catch (error) {
    expect(error).toEqual(new Refusal(482, "Loop Detected"));
    return true;
  }
}

/** Who sends over a connection, and is known by nothing else. */
function over(connection: string): Party {
  return { aor: undefined, key: undefined, connection: connection as ConnectionId };
}

describe("a request that comes back as it was (RFC 5393 §4.2.2)", () => {
  test("is a loop, also below the Vias of others", () => {
    expect(isLoop(returned(asked()))).toBe(true);
  });

  test("is one, whatever it was forwarded by", () => {
    const relayed = relayBranch(ring, asked().headers, over("ws-1+x"));
    expect(isLoop(returned(asked(), {}, withLoopMark(relayed, loopMark(ring, asked()))))).toBe(true);
  });

  test("is one at the second time round, if it changed at the first", () => {
    const other = { uri: "sip:carol@example.com" };
    const spiral = returned(asked(), other);
    expect(isLoop(spiral)).toBe(false);
    expect(isLoop(returned(spiral, { uri: "sip:bob@example.com" }))).toBe(true);
    expect(isLoop(returned(spiral, other))).toBe(true);
  });

  test("is one with fewer hops, another body, no credentials, another Contact and another Record-Route", () => {
    const before = asked({
      more: ['Proxy-Authorization: Digest username="a"', "Contact: <sip:a@a.invalid>"],
    });
    const after = asked({ more: ["Record-Route: <sip:x.example.net;lr>", "Contact: <sip:b@b.invalid>"] });
    expect(isLoop(returned(after, { body: "v=1\r\n" }, ourBranch(before)))).toBe(true);
  });
});

test.each<[string, Asked]>([
  ["another Request-URI", { uri: "sip:carol@example.com" }],
  ["a Request-URI with another parameter", { uri: "sip:bob@example.com;gr=1" }],
  ["a Route", { more: ["Route: <sip:x.example.net;lr>"] }],
  ["another From", { from: "<sip:carol@example.com>;tag=a1" }],
  ["another From tag", { from: "<sip:alice@example.com>;tag=a2" }],
  ["a To tag", { to: "<sip:bob@example.com>;tag=b1" }],
  ["another Call-ID", { callId: "call-2" }],
  ["another CSeq", { cseq: 8 }],
  ["other wishes (RFC 3841)", { more: ["Accept-Contact: *;audio"] }],
  ["other dislikes (RFC 3841)", { more: ["Reject-Contact: *;audio"] }],
  ["another disposition (RFC 3841 §9.1)", { more: ["Request-Disposition: no-fork"] }],
  ["another event", { more: ["Event: presence"] }],
])("a request that comes back with %s is a spiral (RFC 5393 §4.2.1)", (_, other) => {
  expect(isLoop(returned(asked(other), {}, ourBranch(asked())))).toBe(false);
});

test("the same value under another header is another request", () => {
  const [accept, reject] = ["Accept-Contact", "Reject-Contact"].map((name) => [`${name}: *;audio`]);
  expect(isLoop(returned(asked({ more: accept ?? [] }), {}, ourBranch(asked({ more: reject ?? [] }))))).toBe(
    false,
  );
});

describe("a request is no loop", () => {
  test("that has no Via of ours: the same again over another connection", () => {
    expect(isLoop(asked())).toBe(false);
  });

  test("whose Via of ours is another host's", () => {
    const branch = ourBranch(asked());
    expect(isLoop(asked({ more: [`Via: SIP/2.0/WSS example.net;branch=${branch}`] }))).toBe(false);
    expect(isLoop(asked({ more: [`Via: SIP/2.0/WSS example.com;branch=${branch}`] }))).toBe(true);
  });

  test.each([
    "branch=z9hG4bKf.fork-1.0",
    "branch=z9hG4bKf.fork-1.0+",
    "branch=z9hG4bKf.fork-1.0+AAAAAAAAAAAAAAAAAAAAAA",
    'other="quoted";nothing',
  ])("by a Via of our host with %s, and that Via is no fault (RFC 5393 §4.2.4)", (params) => {
    expect(isLoop(asked({ more: [`Via: SIP/2.0/WSS example.com;${params}`] }))).toBe(false);
  });

  test("by a mark that somebody else's keys made", () => {
    const foreign = keyring([{ id: "k", key: Buffer.alloc(32, 2) }]);
    const branch = withLoopMark("z9hG4bKf.fork-1.0", loopMark(foreign, asked()));
    expect(isLoop(returned(asked(), {}, branch))).toBe(false);
  });
});

test("the mark does not vary with the method: a CANCEL and an ACK have their INVITE's branch (§4.2.1)", () => {
  const marks = ["INVITE", "CANCEL", "ACK"].map((method) => loopMark(ring, asked({ method })));
  expect(new Set(marks).size).toBe(1);
});

test("a mark is a suffix of a branch and stays a token (RFC 3261 §25.1)", () => {
  for (const branch of ["z9hG4bKf.f.0", relayBranch(ring, invite().headers, over("a~b+c/="))]) {
    const marked = withLoopMark(branch, loopMark(ring, invite()));
    expect(marked).toMatch(/^z9hG4bK[A-Za-z0-9.!%*_+`'~-]+$/);
    expect(withoutLoopMark(marked)).toBe(branch);
    expect(withoutLoopMark(branch)).toBe(branch);
  }
});

const word = fc.string({ unit: fc.constantFrom(..."abcXYZ019-._~"), minLength: 1, maxLength: 10 });
const uri = fc
  .tuple(word, fc.constantFrom("example.com", "EXAMPLE.com", "example.net"), fc.option(word))
  .map(([user, host, param]) => `sip:${user}@${host}${param === null ? "" : `;x=${param}`}`);
const routes = fc.array(
  uri.map((text) => `Route: <${text}>`),
  { maxLength: 3 },
);

test("a mark is the same for the same request, read anew or kept by its fork, and never for another Request-URI", () => {
  fc.assert(
    fc.property(uri, uri, routes, word, word, (one, other, more, callId, body) => {
      const first: SipRequest = { ...asked({ uri: one, callId, more }), body };
      const mark = loopMark(ring, first);
      expect(loopMark(ring, keptRequest(keepRequest(first)))).toBe(mark);
      const again = parse(format(keptRequest(keepRequest(first))));
      expect(again.kind === "request" && loopMark(ring, again)).toBe(mark);
      expect(loopMark(ring, { ...first, uri: other }) === mark).toBe(one === other);
      expect(isLoop(returned(first))).toBe(true);
      expect(isLoop(returned(first, { uri: other }))).toBe(one === other);
    }),
  );
});

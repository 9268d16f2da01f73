import { expect, test } from "vitest";
import { withoutOwnCredentials } from "../../functions/proxy/own-credentials.ts";
import { request } from "../support/a-request.ts";

function left(...credentials: readonly string[]): readonly string[] {
  const lines = credentials.map((value) => `Proxy-Authorization: ${value}`);
  const asked = request(["OPTIONS sip:bob@example.com SIP/2.0", "Call-ID: 1", ...lines]);
  const { headers } = withoutOwnCredentials(asked, (realm) => realm === "example.com");
  return headers.lines.map(({ text }) => text).filter((text) => text !== "Call-ID: 1");
}

const OURS = 'Digest username="alice", realm="example.com", response="00"';
const THEIRS = 'Digest username="alice", realm="example.net", response="00"';

test("credentials for us go no further; those for others do (RFC 3261 §22.3)", () => {
  expect(left(OURS, THEIRS)).toEqual([`Proxy-Authorization: ${THEIRS}`]);
});

test.each(["Bearer abc", 'Digest username="alice"', "Digest", 'Digest realm="unended'])(
  "%s names no realm, and is for nobody else",
  (credentials) => {
    expect(left(credentials)).toEqual([]);
  },
);

import { expect, test } from "vitest";
import { type Answer, better } from "../../functions/proxy/answer.ts";

function said(status: number): Answer {
  return { status, octets: `SIP/2.0 ${status}` };
}

function concluded(status: number): Answer {
  return { status, octets: undefined };
}

test.each<[string, Answer, Answer]>([
  ["a 6xx beats all", said(603), said(302)],
  ["a 6xx beats what would help", said(600), said(401)],
  ["the lowest class wins", said(302), said(404)],
  ["the lowest class wins", said(486), said(503)],
  ["the lowest class wins, even if we only conclude it", concluded(480), said(500)],
  ["a challenge tells the caller how to succeed", said(401), said(404)],
  ["a challenge tells the caller how to succeed", said(407), said(486)],
  ["so do 415, 420 and 484", said(415), said(480)],
  ["so do 415, 420 and 484", said(420), said(480)],
  ["so do 415, 420 and 484", said(484), said(480)],
  ["what a device says beats what we conclude", said(486), concluded(408)],
  ["what a device says beats what we conclude", said(404), concluded(480)],
  ["503 comes last: it would say that we are overloaded", said(500), said(503)],
  ["503 comes last: it would say that we are overloaded", concluded(500), said(503)],
  ["503 comes last: it would say that we are overloaded", said(599), said(503)],
  ["503 comes last: it would say that we are overloaded", concluded(408), said(503)],
])("%s (RFC 3261 §16.7 step 6): %o before %o", (_, best, other) => {
  expect(better(best, other)).toBe(best);
  expect(better(other, best)).toBe(best);
});

test("of two that are equally good the first counts, and anything is better than nothing", () => {
  const first = said(486);
  expect(better(first, said(404))).toBe(first);
  expect(better(undefined, first)).toBe(first);
});

import { expect, test } from "vitest";
import type { ForkId } from "../../functions/location/ids.ts";
import { type Attempt, type Call, MAX_ATTEMPTS, withAttempt } from "../../functions/proxy/call.ts";
import { type Happening, happening } from "../../functions/proxy/happening.ts";
import type { Aor } from "../../functions/sip/aor.ts";
import { NOW } from "./a-fork.ts";

const NONE: Call = { callId: "call-1", attempts: [] };

function history(length: number): readonly Happening[] {
  return Array.from({ length }, (_, n) => happening(NOW + n, "heard", undefined));
}

function attempt(fork: string, more: Partial<Attempt> = {}): Attempt {
  return {
    fork: fork as ForkId,
    caller: "sip:alice@localhost" as Aor,
    callee: "sip:bob@localhost" as Aor,
    at: NOW,
    history: history(3),
    final: undefined,
    ...more,
  };
}

function forks({ attempts }: Call): readonly string[] {
  return attempts.map(({ fork }) => fork);
}

test("every INVITE of a call is an attempt of its own, in the order in which they came", () => {
  const call = [attempt("b", { at: NOW + 1 }), attempt("a"), attempt("c", { at: NOW + 2 })].reduce(
    withAttempt,
    NONE,
  );
  expect(forks(call)).toEqual(["a", "b", "c"]);
});

test("the newest attempts stay, so many as a call keeps", () => {
  const all = Array.from({ length: MAX_ATTEMPTS + 3 }, (_, n) => attempt(`f${n}`, { at: NOW + n }));
  const call = all.toReversed().reduce(withAttempt, all.reduce(withAttempt, NONE));
  expect(forks(call)).toEqual(all.slice(3).map(({ fork }) => fork));
});

test.each([
  ["a longer history", { history: history(4) }],
  ["an answer", { final: 480 }],
  ["a last thing that happened later", { history: [...history(2), happening(NOW + 9, "heard", undefined)] }],
])("of two writers about one attempt who knows more wins, in either order: %s", (_, more) => {
  const [less, knowing] = [attempt("a"), attempt("a", more)];
  const call = { ...NONE, attempts: [knowing] };
  expect(withAttempt({ ...NONE, attempts: [less] }, knowing)).toEqual(call);
  expect(withAttempt(call, less)).toBe(call);
});

test("what is known already changes nothing", () => {
  const call = withAttempt(NONE, attempt("a", { final: 480 }));
  expect(withAttempt(call, attempt("a", { final: 480 }))).toBe(call);
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { HARD, PLAIN } from "./groups.ts";
import { SMALL } from "./model-scenes.ts";

// The catalogue of races (a to s), and where each is held beside the scenes here, whose titles name theirs:
//
// a  location.test, fork-step.test        h  fork-properties.test, cost.test     o  dead-token.test, claim-tokens.test, pushed.test
// b  trouble-at-the-ports.test            i  trouble-at-the-ports.test           p  registrar.test
// c  sleep.test                           j  dynamodb.test (whose write was it?) q  rfc3261-order.test
// d  rfc3261-order.test                   k  fork-step.test, token-owner.test    r  stored-messages.test, mailbox-properties.test
// e  sleep.test, via-branch.test          l  death.test, process.test            s  dynamodb.test, lmdb.test
// f  fork-step.test, fork-properties.test m  rfc3261-registrar.test
// g  fork-step.test, turns.test           n  dialogs.test, dialog-token.test

/** Where the title is that names a race which no scene of `SMALL` does. */
const ELSEWHERE: Readonly<Record<string, readonly [file: string, title: string]>> = {
  l: ["death.test.ts", "the process dies (l)"],
  s: [
    "../records/dynamodb.test.ts",
    "a record that a later sipwake has written is left alone (threats §4.1 s)",
  ],
};

test.each([..."abcdefghijklmnopqrs"])("race %s is named in a title", (race) => {
  const titles = [...SMALL, ...PLAIN, ...HARD].map(({ name }) => name);
  const [file, title] = ELSEWHERE[race] ?? [];
  if (file === undefined || title === undefined)
    expect(
      titles.filter((name) => new RegExp(`\\((?:[a-s], )*${race}(?:, [a-s])*\\)`).test(name)),
    ).not.toEqual([]);
  else expect(readFileSync(join(import.meta.dirname, file), "utf8")).toContain(title);
});

import { describe, expect, onTestFinished, test } from "vitest";
import type { App } from "../../functions/app/app.ts";
import { gateway } from "../../functions/gateway/gateway.ts";
import { jsonLog } from "../../functions/log.ts";
import type { ReadableField } from "../../functions/sip/field.ts";
import * as fields from "../../functions/sip/fields.ts";
import { Headers } from "../../functions/sip/headers.ts";
import { parse } from "../../functions/sip/parse.ts";
import { SipSyntaxError } from "../../functions/sip/syntax-error.ts";
import { OwnEdge } from "../../infra/edge/own-edge.ts";
import { notedApp } from "../support/noted-app.ts";
import { lose, WirePhone } from "../support/wire-phone.ts";
import { answersTo, request } from "./guarded.ts";

// What goes wrong is told without what it went wrong with: no body, no credentials, no token, nobody's name; in no line of the log, however detailed, and in
// no answer. What is written of ordinary days: test/stories/log.test.ts, tokens-are-secret.test.ts, bearer.test.ts.

const SECRETS = ["alice", "bobs-", "s3cret", "eyJhbGciOi", "what was said"];

/** An edge whose log is heard to the last detail, and whose ports are as the test says. */
async function overheard(change: (app: App) => Partial<App> = () => ({})) {
  const lines: string[] = [];
  const edge = new OwnEdge();
  const { app } = await notedApp(edge);
  let changed: Partial<App> = {};
  const log = jsonLog("debug", (line) => lines.push(line), Date.now);
  const ports = new Proxy({ ...app, log } as App, {
    get: (all, name: keyof App) => changed[name] ?? all[name],
  });
  const port = await edge.listen(gateway(ports), "127.0.0.1", 0);
  onTestFinished(() => edge.stop());
  /** From now on. */
  const trouble = () => {
    changed = change(app);
  };
  return { edge, port, lines, trouble };
}

function tellsNothing(texts: readonly string[]): void {
  for (const secret of SECRETS)
    expect(
      texts.filter((text) => text.includes(secret)),
      secret,
    ).toEqual([]);
}

const TOKEN = "pn-provider=fcm;pn-param=app;pn-prid=hers-s3cret";

/** Requests with all there is to be told. */
const TELLING = [
  request("REGISTER", {
    from: "<sip:alice@localhost>;tag=1",
    lines: [`Contact: <sip:alice@a.invalid;${TOKEN}>`],
  }),
  request("INVITE", { lines: ["Authorization: Bearer eyJhbGciOi.s3cret.x"], body: "what was said" }),
  request("INVITE", { uri: "sip:nobody@localhost" }),
  request("MESSAGE", { body: "what was said" }),
  request("SUBSCRIBE", { lines: ["Event: reg", `Contact: <sip:alice@a.invalid;${TOKEN}>`] }),
];

const KINDS = [
  "locations",
  "forks",
  "connections",
  "subscribers",
  "calls",
  "mailboxes",
  "messages",
  "tokens",
  "budgets",
] as const;

const broken = async () => {
  throw new Error("the disk is full");
};

describe("a port that fails", () => {
  test.each([...KINDS, "alarms", "push"] as const)(
    "%s: the log says so, and neither it nor any answer says of whom",
    async (kind) => {
      const { edge, port, lines, trouble } = await overheard(() => ({
        [kind]: { read: broken, swap: broken, due: broken, set: broken, send: broken },
      }));
      const bob = await WirePhone.registered(port, "bob", { token: "bobs-token-s3cret" });
      await lose(bob, { edge });
      const alice = await WirePhone.registered(port, "alice");
      trouble();
      const stranger = await WirePhone.connect(port, "alice");
      const answers: string[] = [];
      for (const phone of [alice, stranger])
        for (const text of TELLING) {
          const lone = text.trimEnd().split("\r\n");
          // A body is not for `ask`.
          if (text.includes("\r\n\r\nwhat"))
            for (const { text: answer } of await answersTo(phone, text)) answers.push(answer);
          else answers.push((await phone.ask(lone)).text);
        }
      const faults = lines.filter((line) => line.includes('"fault"'));
      expect(faults.length).toBeGreaterThan(0);
      tellsNothing(lines);
      expect(answers.filter((text) => text.includes("disk"))).toEqual([]);
    },
  );
});

test("a request that cannot be read is told by its header and the place in it, to the log and to its sender, never by what stands there", async () => {
  const { port, lines } = await overheard();
  const phone = await WirePhone.connect(port, "alice");
  const before = lines.length;
  const values = [
    'Authorization: Digest username="alice", response="s3cret',
    "Authorization: Digest response=s3cret s3cret",
    "Proxy-Authorization: Bearer eyJhbGciOi s3cret,,",
    `Contact: <sip:alice@a.invalid;${TOKEN}`,
    `Contact: "s3cret <sip:alice@a.invalid;${TOKEN}>`,
    `Path: <sip:s3cret`,
    "eyJhbGciOi.s3cret",
    "s3cret alice: 1",
    "CSeq: s3cret",
    "Content-Length: s3cret",
  ];
  const reasons: string[] = [];
  for (const line of values) {
    for (const method of ["REGISTER", "INVITE"])
      for (const { startLine } of await answersTo(phone, request(method, { lines: [line] })))
        reasons.push(startLine);
  }
  expect(reasons.filter((reason) => reason.includes(" 400 ")).length).toBeGreaterThan(10);
  expect(lines.slice(before).filter((line) => line.includes('"malformed"')).length).toBeGreaterThan(10);
  tellsNothing([...lines.slice(before), ...reasons]);
});

/** Values that go wrong at every sort of place. */
const MALFORMED = [
  "s3cret",
  "s3cret s3cret",
  '"s3cret',
  '"s3cret\\',
  "<s3cret",
  "<sip:s3cret",
  "s3cret>",
  "sip:s3cret@@",
  "s3cret;=",
  "s3cret;s3cret==",
  "s3cret,,s3cret",
  "1 s3cret s3cret",
  "s3cret/s3cret",
  "SIP/2.0/s3cret",
  "SIP/2.0/WS s3cret:s3cret",
  'SIP/2.0/WS s3cret;s3cret="',
  "Digest s3cret",
  "Digest s3cret=s3cret s3cret",
  '<sip:a@b>;s3cret="',
  "<sip:a@b>s3cret",
  '*;s3cret="s3cret',
  "s3cret=(s3cret",
  "99999999999s3cret",
  ";s3cret",
  "<sip:%s3cret@b>",
  "<sip:a@[s3cret]>",
];
const FIELDS: readonly ReadableField<unknown>[] = Object.values(fields);

test("what a syntax error says is ours, for every field that is read: nothing of the value is in it", () => {
  let errors = 0;
  for (const { name } of FIELDS) {
    for (const value of MALFORMED) {
      const { headers } = parse(
        `OPTIONS sip:h SIP/2.0\r\n${name === "Content-Length" ? "X" : name}: ${value}\r\n\r\n`,
      );
      for (const field of FIELDS) {
        try {
          new Headers(headers.lines).all(field);
        } catch (error) {
          if (!(error instanceof SipSyntaxError)) throw error;
          errors++;
          expect(error.message).not.toContain("s3cret");
        }
      }
    }
  }
  expect(errors).toBeGreaterThan(200);
});

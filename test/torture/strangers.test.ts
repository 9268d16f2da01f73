import { join } from "node:path";
import { open } from "lmdb";
import { expect, test } from "vitest";
import { localStack, passingFolder } from "../support/stack.ts";
import { lose, WirePhone } from "../support/wire-phone.ts";
import { RFC4475, RFC5118 } from "./outcomes.ts";
import { heardOf } from "./over-the-edge.ts";
import { archived, mended5118, namesOf } from "./the-messages.ts";

// Every message of RFC 4475 and RFC 5118 over a real WebSocket, each as one frame from somebody who has proved nothing.

/** A stack for example.com and [2001:db8::10], where user@example.com has a phone that sleeps; and what it leaves behind. */
async function tortured() {
  const folder = passingFolder();
  const log: string[] = [];
  const environment = { SIP_DOMAINS: "example.com,[2001:db8::10]", SIP_USERS: "user:sipwake" };
  const stack = await localStack({ ...environment, DATA_DIR: folder }, Date.now, (line) => log.push(line));
  const phone = await WirePhone.connect(stack.port, "user");
  const registered = await phone.ask([
    "REGISTER sip:example.com SIP/2.0",
    "Via: SIP/2.0/WS user.invalid;branch=z9hG4bKsleeper",
    "From: <sip:user@example.com>;tag=1",
    "To: <sip:user@example.com>",
    "Call-ID: sleeper",
    "CSeq: 1 REGISTER",
    "Contact: <sip:user@user.invalid;transport=ws;pn-provider=fcm;pn-param=app;pn-prid=token>",
  ]);
  expect(registered.status).toBe(200);
  await lose(phone, stack);
  /** Faults in the log, pushes, and the records that there are. */
  const traces = () => ({
    faults: log.filter((line) => (JSON.parse(line) as { level: string }).level === "error"),
    pushes: stack.sns.actions.filter((action) => action === "Publish"),
    records: recordsIn(join(folder, "records")),
  });
  return { ...stack, traces };
}

/** The keys of all records of every kind, of a stack that runs. */
function recordsIn(folder: string): readonly string[] {
  const root = open({ path: join(folder, "live"), maxDbs: 16, readOnly: true });
  // What begins with # is no kind of records.
  const kinds = [...root.getKeys()].map(String).filter((name) => !name.startsWith("#"));
  return kinds.flatMap((kind) => {
    const keys = root.openDB({ name: kind, useVersions: kind !== "due", dupSort: kind === "due" }).getKeys();
    return [...keys].filter((key) => typeof key === "string").map((key) => `${kind} ${key}`);
  });
}

test.each([
  ["rfc4475", RFC4475],
  ["rfc5118", RFC5118],
] as const)("%s: no message is left out", (rfc, outcomes) => {
  expect(outcomes.map(({ name }) => name).toSorted()).toEqual(namesOf(rfc).toSorted());
});

const SENT = [
  ...RFC4475.map((outcome) => ["RFC 4475", outcome, archived("rfc4475", outcome.name)] as const),
  ...RFC5118.map((outcome) => ["RFC 5118", outcome, mended5118(outcome.name)] as const),
].map(
  ([rfc, { name, section, asks, comes }, message]) =>
    [`${rfc} §${section}`, name, comes.join(", ") || "nothing", asks, message, comes] as const,
);

test.each(SENT)(
  "%s, %s: %s (%s); no trace is left of it",
  async (_section, _name, _answers, _asks, message, comes) => {
    const { port, traces } = await tortured();
    const before = traces();
    const heard = await heardOf(port, message);
    expect(heard.map(({ status }) => status)).toEqual(comes);
    expect(before).toMatchObject({ faults: [], pushes: [] });
    expect(traces()).toEqual(before);
  },
);

test.each([
  ["RFC 4475 §3.1.1.2, intmeth without its NUL", archived("rfc4475", "intmeth").replace("\0", "0"), 407],
  ["RFC 4475 §3.1.2.15, baddn with its last empty line", `${archived("rfc4475", "baddn")}\r\n`, 400],
])("%s", async (_, message, status) => {
  const { port } = await tortured();
  expect((await heardOf(port, message)).map((answer) => answer.status)).toEqual([status]);
});

test.each(RFC5118.map(({ section, name }) => [section, name] as const))(
  "RFC 5118 §%s, %s as archived: a LF without CR ends no line (RFC 3261 §7): 400",
  async (_, name) => {
    const { port } = await tortured();
    const heard = await heardOf(port, archived("rfc5118", name));
    expect(heard.map(({ startLine }) => startLine)).toEqual([
      expect.stringMatching(/^SIP\/2\.0 400 Bad Request \(message: a LF without CR at \d+\)$/),
    ]);
  },
);

test("what is not understood is named, of what a proxy must understand (RFC 4475 §3.3.5)", async () => {
  const { port } = await tortured();
  const [answer] = await heardOf(port, archived("rfc4475", "bext01"));
  expect(answer?.all("Unsupported")).toEqual(["noProxiesSupportThis, norDoAnyProxiesSupportThis"]);
});

test("who comes with a scheme that nobody knows is told of ours (RFC 4475 §3.3.7)", async () => {
  const { port } = await tortured();
  const [answer] = await heardOf(port, archived("rfc4475", "regaut01"));
  const schemes = answer?.all("WWW-Authenticate").map((challenge) => challenge.split(" ")[0]) ?? [];
  expect(schemes).toContain("Digest");
});

test("octets that are no UTF-8 in a text frame end the connection with 1007 (RFC 6455 §8.1)", async () => {
  const { port } = await tortured();
  const phone = await WirePhone.connect(port, "stranger");
  const closed = new Promise((resolve) => phone.socket.once("close", resolve));
  phone.say(archived("rfc4475", "mpart01"), { binary: false });
  expect(await closed).toBe(1007);
  expect(phone.unasked).toEqual([]);
});

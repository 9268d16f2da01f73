import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { SnsDouble } from "../../infra/local/sns/sns-double.ts";
import { localStack } from "../support/stack.ts";
import { startChromium } from "./chromium.ts";
import { PhoneOnPage } from "./phone-on-page.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await startChromium();
});
afterAll(() => browser.close());

/** The page of a fresh stack. Whatever it complains of fails the test. */
async function openPage(): Promise<{
  page: Page;
  alice: PhoneOnPage;
  bob: PhoneOnPage;
  inbox: string;
  sns: SnsDouble;
}> {
  const { port, sns } = await localStack();
  const context = await browser.newContext({ permissions: ["microphone"] });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", ({ message }) => complaints.push(message));
  onTestFinished(() => expect(complaints).toEqual([]));
  const address = `http://127.0.0.1:${port}/`;
  await page.goto(address);
  return {
    page,
    alice: new PhoneOnPage(page, '[data-phone="alice"]'),
    bob: new PhoneOnPage(page, '[data-phone="bob"]'),
    inbox: `${address}push-inbox`,
    sns,
  };
}

async function bothRegister(...phones: readonly PhoneOnPage[]): Promise<void> {
  for (const phone of phones) await phone.press("Register");
  for (const phone of phones) await phone.is("ready");
}

async function talk(caller: PhoneOnPage, callee: PhoneOnPage): Promise<void> {
  await caller.press("Call");
  await callee.is("ringing");
  await callee.press("Answer");
  await Promise.all([caller.hears(), callee.hears()]);
}

test("JsSIP calls SIP.js: both hear each other, and a hang-up reaches the other side", async () => {
  const { alice, bob } = await openPage();
  await bothRegister(alice, bob);
  await talk(alice, bob);
  await alice.press("Hang up");
  await bob.is("ready");
  await alice.is("ready");
});

test("SIP.js calls JsSIP: both hear each other, and the called side hangs up", async () => {
  const { alice, bob } = await openPage();
  await bothRegister(alice, bob);
  await talk(bob, alice);
  await alice.press("Hang up");
  await bob.is("ready");
  await alice.is("ready");
});

test.each([
  ["SIP.js", "JsSIP", "alice", "bob"],
  ["JsSIP", "SIP.js", "bob", "alice"],
] as const)(
  "a sleeping %s phone that %s calls is pushed, wakes, rings and talks (RFC 8599)",
  async (_callee, _caller, from, to) => {
    const { page, inbox, ...phones } = await openPage();
    const [caller, callee] = [phones[from], phones[to]];
    await bothRegister(caller, callee);
    await callee.press("Put to sleep");
    await callee.is("asleep");
    await talk(caller, callee);
    const pushes = await (await fetch(inbox)).json();
    expect(pushes).toEqual([
      expect.objectContaining({
        provider: "fcm",
        app: "sipwake-page",
        token: expect.stringMatching(new RegExp(`^${to}-`)),
      }),
    ]);
    await callee.press("Hang up");
    await caller.is("ready");
    await page.close();
  },
);

test.each([
  ["a message", "message"],
  ["a request in a dialog", "dialog"],
  ["a registration that ends", "refresh"],
])(
  "a sleeping phone is woken by a push for %s, and does not ring; for a call that is over it sleeps on",
  async (_, kind) => {
    const { page, bob, sns } = await openPage();
    await bothRegister(bob);
    await bob.press("Put to sleep");
    await bob.is("asleep");
    const instance = await page.evaluate<string>('sessionStorage.getItem("device-bob")');
    const deliver = async (pushed: string) => {
      const payload = { fcmV1Message: { message: { data: { v: "1", kind: pushed } } } };
      const device = { provider: "fcm", app: "sipwake-page", token: `bob-${instance}` };
      sns.inbox.deliver({ at: new Date().toISOString(), ...device, payload, attributes: {} });
      // What is shown has been dealt with.
      await page.locator("#pushes > li", { hasText: ` ${pushed} by fcm` }).waitFor();
    };
    await deliver("cancel");
    await deliver("something new");
    await bob.is("asleep");
    await deliver(kind);
    await bob.is("ready");
  },
);

test("a caller who gives up stops the ringing, and can call again", async () => {
  const { alice, bob } = await openPage();
  await bothRegister(alice, bob);
  await alice.press("Call");
  await bob.is("ringing");
  await alice.press("Hang up");
  await bob.is("ready");
  await talk(alice, bob);
});

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { startChromium } from "../browser/chromium.ts";
import { PhoneOnPage } from "../browser/phone-on-page.ts";
import { localStack } from "../support/stack.ts";
import { contactsOf } from "./contacts-of.ts";
import { Linphone } from "./linphone.ts";

// The phones of our page, in Chromium on WebSockets, and Carol's Linphone 5 on TCP. Signalling is all that goes through us: they
// hear each other by ICE and DTLS-SRTP.

let chromium: Browser;
beforeAll(async () => {
  chromium = await startChromium();
});
afterAll(() => chromium.close());

/** Whose phone on the page is made with what. */
const USERS = { JsSIP: "alice", "SIP.js": "bob" } as const;

/** A page's phone and Linphone, both registered. */
async function browserAndLinphone(library: keyof typeof USERS) {
  const { port, ports } = await localStack({ TCP_PORT: "0" });
  const watch = await contactsOf(port, "carol");
  const linphone = Linphone.start("carol", ports.TCP ?? 0, "as browsers");
  const context = await chromium.newContext({ permissions: ["microphone"] });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", ({ message }) => complaints.push(message));
  onTestFinished(() => expect(complaints).toEqual([]));
  await page.goto(`http://127.0.0.1:${port}/`);
  const user = USERS[library];
  const phone = new PhoneOnPage(page, `[data-phone="${user}"]`);
  await phone.root.getByLabel("Calls").fill("sip:carol@localhost");
  await phone.press("Register");
  await phone.is("ready");
  await watch.next();
  return { phone, linphone, user };
}

/**
 * Linphone rings. Its 180 has no Contact (which RFC 3261 §12.1.1 wants), so that SIP.js drops it, while JsSIP says that it rings.
 */
async function called(phone: PhoneOnPage, linphone: Linphone, user: string): Promise<void> {
  await phone.press("Call");
  await linphone.says(`Receiving new incoming call from sip:${user}@localhost`);
  if (user === USERS.JsSIP) await says(phone, "Ringing");
}

/** The page's phone rings. */
async function calls(linphone: Linphone, phone: PhoneOnPage, user: string): Promise<void> {
  linphone.type(`call sip:${user}@localhost`);
  await phone.is("ringing");
  await linphone.says("ringing");
}

/** The phone's newest line. */
function says({ root }: PhoneOnPage, what: string): Promise<void> {
  return root.locator("li:first-child", { hasText: what }).waitFor();
}

async function talk(phone: PhoneOnPage, linphone: Linphone): Promise<void> {
  await phone.is("talking");
  await linphone.says("fully encrypted");
  await Promise.all([phone.hears(), linphone.hears()]);
}

async function over(phone: PhoneOnPage, linphone: Linphone): Promise<void> {
  await linphone.says("ended");
  await phone.is("ready");
}

async function hangUp(
  who: "the browser" | "Linphone",
  phone: PhoneOnPage,
  linphone: Linphone,
): Promise<void> {
  if (who === "the browser") await phone.press("Hang up");
  else linphone.type("terminate");
  await over(phone, linphone);
}

test.each([
  ["JsSIP", "the browser"],
  ["SIP.js", "Linphone"],
] as const)(
  "%s calls Linphone, which rings and answers; both hear each other, and %s hangs up",
  async (library, whoHangsUp) => {
    const { phone, linphone, user } = await browserAndLinphone(library);
    await called(phone, linphone, user);
    linphone.type("answer");
    await talk(phone, linphone);
    await hangUp(whoHangsUp, phone, linphone);
  },
);

test.each([
  ["JsSIP", "Linphone"],
  ["SIP.js", "the browser"],
] as const)(
  "Linphone calls %s, which rings and answers; both hear each other, and %s hangs up",
  async (library, whoHangsUp) => {
    const { phone, linphone, user } = await browserAndLinphone(library);
    await calls(linphone, phone, user);
    await phone.press("Answer");
    await talk(phone, linphone);
    await hangUp(whoHangsUp, phone, linphone);
  },
);

test("Linphone declines a browser's call, and stops to ring when the next caller gives up", async () => {
  const { phone, linphone, user } = await browserAndLinphone("JsSIP");
  await called(phone, linphone, user);
  linphone.type("terminate");
  await linphone.says("ended (Call declined)");
  await says(phone, "Rejected");
  await called(phone, linphone, user);
  await phone.press("Hang up");
  await over(phone, linphone);
});

test("a browser declines Linphone's call, and stops to ring when the next caller gives up", async () => {
  const { phone, linphone, user } = await browserAndLinphone("JsSIP");
  await calls(linphone, phone, user);
  await phone.press("Hang up");
  await linphone.says("localhost error");
  await phone.is("ready");
  await calls(linphone, phone, user);
  linphone.type("terminate");
  await over(phone, linphone);
  await says(phone, "Canceled");
});

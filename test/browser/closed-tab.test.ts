import type { Browser, BrowserContext, Page, Worker } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type PushService, type Browser as Subscriber, startPushService } from "../support/push-service.ts";
import { localStack, type TestStack } from "../support/stack.ts";
import { WirePhone } from "../support/wire-phone.ts";
import { startChromium } from "./chromium.ts";
import { PhoneOnPage, WITHIN } from "./phone-on-page.ts";
import { CLICK, NOTIFICATIONS_STUB, subscriptionStub } from "./push-stubs.ts";

// The phone page and its service worker. What a push service does between server and browser is done here: the page is given
// a subscription of the test's, and what is posted to that is decrypted and handed to the worker as a push.

const WHEN_CLOSED = "Ring me when this tab is closed";
const ONLY_OPEN = "Ring me only while this tab is open";

let chromium: Browser;
beforeAll(async () => {
  chromium = await startChromium();
});
afterAll(() => chromium.close());

/** Bob's browser, and the last mile of its push service. */
class BobsBrowser {
  readonly stack: TestStack;
  readonly service: PushService;
  readonly subscriber: Subscriber;
  readonly context: BrowserContext;
  readonly #deliver: (data: string) => Promise<void>;

  private constructor(
    stack: TestStack,
    service: PushService,
    subscriber: Subscriber,
    context: BrowserContext,
    deliver: (data: string) => Promise<void>,
  ) {
    this.stack = stack;
    this.service = service;
    this.subscriber = subscriber;
    this.context = context;
    this.#deliver = deliver;
  }

  /** With a stack of its own; a subscription is at a push service that the stack pushes to, or at a real browser's. */
  static async start(environment: Readonly<Record<string, string>> = {}): Promise<BobsBrowser> {
    const service = await startPushService();
    const pushing = { WEB_PUSH_HOSTS: service.host, ...environment };
    const stack = await localStack(pushing, Date.now, undefined, service.dispatcher);
    const context = await freshContext();
    const subscriber = service.subscribe();
    await context.addInitScript(subscriptionStub(subscriber.endpoint, subscriber.keys));
    const session = await context.newCDPSession(await context.newPage());
    const registrations: string[] = [];
    session.on("ServiceWorker.workerRegistrationUpdated", (event) => {
      registrations.push(...event.registrations.map(({ registrationId }) => registrationId));
    });
    await session.send("ServiceWorker.enable");
    const origin = `http://127.0.0.1:${stack.port}`;
    const deliver = async (data: string) => {
      const registrationId = registrations.at(-1) ?? "";
      await session.send("ServiceWorker.deliverPushMessage", { origin, registrationId, data });
    };
    return new BobsBrowser(stack, service, subscriber, context, deliver);
  }

  async open(path = "/phone?user=bob"): Promise<{ page: Page; bob: PhoneOnPage }> {
    const page = await openPage(this.context, this.stack, path);
    return { page, bob: new PhoneOnPage(page, "#phone") };
  }

  /** Opens the page, registers, and has it ring when it is closed. */
  async asked(): Promise<{ page: Page; bob: PhoneOnPage; worker: Worker }> {
    const { page, bob } = await this.open();
    await bob.press("Register");
    await bob.is("ready");
    await bob.press(WHEN_CLOSED);
    await bob.root.getByText("rings also when this tab is closed").waitFor();
    await bob.is("ready");
    const [worker] = this.context.serviceWorkers();
    if (worker === undefined) throw new Error("the page has no service worker");
    await worker.evaluate(NOTIFICATIONS_STUB);
    return { page, bob, worker };
  }

  /** Closes a page, and answers when the server has noticed. */
  async close(page: Page): Promise<void> {
    const left = this.stack.edge.connections - 1;
    await page.close();
    await expect.poll(() => this.stack.edge.connections, WITHIN).toBe(left);
  }

  /** The push that was posted as the so-manieth reaches the browser. */
  async pushed(count: number): Promise<void> {
    await expect.poll(() => this.service.posted.length, WITHIN).toBe(count);
    const post = this.service.posted[count - 1];
    if (post !== undefined) await this.deliver(this.subscriber.read(post));
  }

  deliver(data: unknown): Promise<void> {
    return this.#deliver(JSON.stringify(data));
  }
}

async function freshContext(): Promise<BrowserContext> {
  const context = await chromium.newContext({ permissions: ["microphone", "notifications"] });
  onTestFinished(() => context.close());
  return context;
}

/** A page of the stack's. Whatever it complains of fails the test. */
async function openPage(context: BrowserContext, { port }: TestStack, path: string): Promise<Page> {
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", ({ message }) => complaints.push(message));
  onTestFinished(() => expect(complaints).toEqual([]));
  await page.goto(`http://127.0.0.1:${port}${path}`);
  return page;
}

/** Alice, registered, in another browser. */
async function aliceElsewhere(stack: TestStack): Promise<PhoneOnPage> {
  const page = await openPage(await freshContext(), stack, "/");
  const alice = new PhoneOnPage(page, '[data-phone="alice"]');
  await alice.press("Register");
  await alice.is("ready");
  return alice;
}

/** The worker's notifications, once there are any, or none, as is wanted. */
async function expectNotifications(worker: Worker, wanted: readonly object[]): Promise<void> {
  const script =
    "self.notifications.map(({ title, tag, requireInteraction }) => ({ title, tag, requireInteraction }))";
  await expect
    .poll(() => worker.evaluate(script), WITHIN)
    .toEqual(wanted.map((one) => expect.objectContaining(one)));
}

test("a tab that is closed rings: a call pushes its browser, the notification opens the page, and both hear each other", async () => {
  const browser = await BobsBrowser.start();
  const { page, worker } = await browser.asked();
  await browser.close(page);
  const alice = await aliceElsewhere(browser.stack);
  await alice.press("Call");
  await browser.pushed(1);
  await expectNotifications(worker, [
    {
      title: "Incoming call from alice@localhost",
      requireInteraction: true,
      tag: expect.stringMatching(/^[0-9a-f-]{36}$/),
    },
  ]);
  await worker.evaluate(CLICK);
  await expectNotifications(worker, []);
  const opened = await worker.evaluate<string[]>("self.opened");
  expect(opened).toEqual(["/phone?user=sip%3Abob%40localhost"]);
  // It registers without being asked: who clicked wants to answer, and not to log in.
  const { bob } = await browser.open(opened[0]);
  await bob.is("ringing");
  await bob.press("Answer");
  await Promise.all([alice.hears(), bob.hears()]);
  await bob.press("Hang up");
  await alice.is("ready");
  expect(browser.service.posted).toHaveLength(1);
});

test("a caller who gives up leaves a notification of a missed call, in the place of the other one", async () => {
  const browser = await BobsBrowser.start();
  const { page, worker } = await browser.asked();
  await browser.close(page);
  const alice = await WirePhone.registered(browser.stack.port, "alice");
  const invite = alice.invite("bob");
  await browser.pushed(1);
  await expectNotifications(worker, [{ title: "Incoming call from alice", requireInteraction: true }]);
  alice.cancel(invite);
  await browser.pushed(2);
  await expectNotifications(worker, [{ title: "Missed call from alice", requireInteraction: undefined }]);
});

test("a click brings the page of the phone that is called to the front, if it is open behind others", async () => {
  const browser = await BobsBrowser.start();
  const { worker } = await browser.asked();
  await browser.open("/phone?user=carol");
  await worker.evaluate("self.registration.showNotification('x', { data: { to: 'sip:bob@localhost' } })");
  await worker.evaluate(CLICK);
  expect(await worker.evaluate("[self.opened, self.focused]")).toEqual([[], ["?user=bob"]]);
});

test("a page that another address is written into is the page of that phone", async () => {
  const browser = await BobsBrowser.start();
  const { page } = await browser.open("/phone");
  await page.getByLabel("Address").fill("sip:carol@localhost");
  await page.getByLabel("Address").blur();
  await page.waitForURL("**/phone?user=sip%3Acarol%40localhost");
  await expect.poll(() => page.getByLabel("Address").inputValue(), WITHIN).toBe("sip:carol@localhost");
});

test("a page of another phone is no reason not to show a call", async () => {
  const browser = await BobsBrowser.start();
  const { page, worker } = await browser.asked();
  const carols = await browser.open("/phone?user=carol");
  await browser.open("/");
  await browser.close(page);
  await browser.deliver({
    kind: "call",
    uuid: "u1",
    fromUri: "sip:alice@localhost",
    to: "sip:bob@localhost",
  });
  await expectNotifications(worker, [{ title: "Incoming call from alice@localhost" }]);
  await carols.bob.is("off");
});

test("a page that somebody looks at is told of a push itself, and registers; nothing is shown", async () => {
  const browser = await BobsBrowser.start();
  const { bob, worker } = await browser.asked();
  await browser.deliver({
    kind: "call",
    uuid: "u1",
    fromUri: "sip:alice@localhost",
    to: "sip:bob@localhost",
  });
  await bob.root.getByText("woken by a push: call").waitFor();
  await bob.is("ready");
  await expectNotifications(worker, []);
});

test.each([
  [{ kind: "message", fromUri: "sip:alice@localhost", name: "Alice" }, "New message from Alice"],
  [{ kind: "refresh" }, "Open this phone to be reachable"],
  [{ kind: "cancel", uuid: "u1", reason: "answered elsewhere" }, "Call answered elsewhere"],
  [{ kind: "something new" }, "Something waits for this phone"],
  ["no object", "Something waits for this phone"],
])("a push that says %j is shown as %j: a browser wants to see something for each", async (data, title) => {
  const browser = await BobsBrowser.start();
  const { page, worker } = await browser.asked();
  await browser.close(page);
  await browser.deliver(data);
  await expectNotifications(worker, [{ title }]);
});

test("who does not want to be rung any more is not: the subscription ends, and a call finds nobody", async () => {
  const browser = await BobsBrowser.start();
  const { page, bob } = await browser.asked();
  await bob.press(ONLY_OPEN);
  await bob.root.getByText("rings only while this tab is open").waitFor();
  await bob.is("ready");
  expect(await page.evaluate("localStorage.getItem('subscribed')")).toBeNull();
  await browser.close(page);
  const alice = await WirePhone.registered(browser.stack.port, "alice");
  alice.invite("bob");
  expect((await alice.final("INVITE")).status).toBe(480);
  expect(browser.service.posted).toEqual([]);
});

test("a server that has got another key is subscribed to anew", async () => {
  const browser = await BobsBrowser.start();
  const { page } = await browser.asked();
  const subscribed = () => page.evaluate<string>("localStorage.getItem('subscribed')");
  const right = await subscribed();
  await page.evaluate("localStorage.setItem('subscribed', JSON.stringify(Array(65).fill(4)))");
  await page.reload();
  await expect.poll(subscribed, WITHIN).toBe(right);
});

test("a subscription that the server does not take, since its push service has called it dead, is made anew (RFC 8599 §5.6.1.1)", async () => {
  const browser = await BobsBrowser.start();
  const { page } = await browser.asked();
  let isDead = true;
  await page.routeWebSocket("**", (socket) => {
    const server = socket.connectToServer();
    server.onMessage((message) => {
      const isTaken = !(isDead && message.includes("pn-prid"));
      socket.send(isTaken ? message : message.toString().replace(/Feature-Caps: .*\r\n/, ""));
      isDead &&= isTaken;
    });
  });
  await page.reload();
  const subscriptions = () => page.evaluate("localStorage.getItem('subscriptions')");
  await expect.poll(subscriptions, WITHIN).toBe("2");
  await page.getByText("rings also when this tab is closed").waitFor();
  expect(isDead).toBe(false);
});

test("a subscription that has run out is made anew when the page is opened", async () => {
  const browser = await BobsBrowser.start();
  const { page } = await browser.asked();
  await page.evaluate("localStorage.removeItem('subscribed')");
  await page.reload();
  await page.getByText("rings also when this tab is closed").waitFor();
  expect(await page.evaluate("localStorage.getItem('subscriptions')")).toBe("2");
});

test("a browser whose push service the server does not know is told why, and is a phone all the same", async () => {
  const browser = await BobsBrowser.start({ WEB_PUSH_HOSTS: "push.example" });
  const { bob } = await browser.open();
  await bob.press("Register");
  await bob.is("ready");
  await bob.press(WHEN_CLOSED);
  await bob.root.getByText("The server does not push to this browser: Push Service Not Allowed.").waitFor();
  await bob.is("ready");
});

test("a browser without a push service is told so, and is a phone all the same: as this Chromium is", async () => {
  const stack = await localStack();
  const page = await openPage(await freshContext(), stack, "/phone?user=bob");
  const bob = new PhoneOnPage(page, "#phone");
  await bob.press("Register");
  await bob.is("ready");
  await bob.press(WHEN_CLOSED);
  await bob.root.getByText("This browser cannot be pushed:").waitFor();
  await bob.is("ready");
  const alice = await aliceElsewhere(stack);
  await alice.press("Call");
  await bob.is("ringing");
  await bob.press("Answer");
  await Promise.all([alice.hears(), bob.hears()]);
});

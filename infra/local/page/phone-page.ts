import { closedPhone, setClosedPhone } from "./closed-phone.ts";
import { startJsSipPhone } from "./jssip-phone.ts";
import { part } from "./part.ts";
import { type Device, PhonePanel } from "./phone-panel.ts";
import { addressIn, type Pushed, phonePage } from "./pushed.ts";
import { server } from "./server.ts";
import { ASKS, currentSubscription, isFor, paramsOf, subscribe, vapidKeyIn } from "./subscription.ts";

/** A week: a phone whose tab was closed over the weekend rings on Monday. In seconds. */
const EXPIRES = 604_800;

/** What a push target is refused with: it is wrong, at a push service that is not allowed, or of none that there is. */
const REFUSED: readonly number[] = [400, 403, 555];

const NO_BROWSERS = "The server pushes to no browsers.";

const toggle = part<HTMLButtonElement>("#ring");
let subscription: PushSubscription | undefined;
/** What the server's pushes are signed with, once it has said. */
let key: string | undefined;
/** Why nothing rings when the tab is closed, in a sentence; "" as long as nobody has asked for it. */
let trouble = "";

const panel = new PhonePanel(part("#phone"), {
  name: "This browser",
  library: "JsSIP",
  start: startJsSipPhone,
  server,
  device: deviceOf,
  address: addressIn(location.search),
  callee: "sip:alice@localhost",
  on: {
    shown: (state) => {
      toggle.disabled = state !== "ready";
      document.title = state === "ringing" ? "Somebody calls!" : "sipwake: a phone";
    },
    registered: (featureCaps) => void registered(vapidKeyIn(featureCaps)),
    failed: (why, status) => void failed(why, status),
  },
});

/** The same for this address as long as this browser lives. */
function deviceOf(address: string): Device {
  const name = `instance ${address}`;
  const instance = localStorage.getItem(name) ?? crypto.randomUUID();
  localStorage.setItem(name, instance);
  const push = pushedBy(address);
  return push === undefined ? { instance, push: ASKS } : { instance, push: paramsOf(push), expires: EXPIRES };
}

/** The subscription by which the phone with this address is woken; undefined if it is not. */
function pushedBy(address: string): PushSubscription | undefined {
  return closedPhone(address) === undefined ? undefined : subscription;
}

function show(): void {
  const isRung = pushedBy(panel.address) !== undefined;
  toggle.textContent = isRung ? "Ring me only while this tab is open" : "Ring me when this tab is closed";
  part("#ring-state").textContent = isRung
    ? "It rings also when this tab is closed: close it, and call it."
    : `${trouble} It rings only while this tab is open.`;
}

async function registered(vapidKey: string | undefined): Promise<void> {
  key = vapidKey;
  if (closedPhone(panel.address) === undefined) return show();
  if (vapidKey === undefined) return unpushed();
  // It has run out, or is for another key than the server has by now.
  if (subscription === undefined || !isFor(subscription, vapidKey)) await ringWhenClosed(vapidKey);
  else show();
}

/** The server says nothing of pushes: it knows that this subscription is dead, or pushes to no browsers. */
async function unpushed(): Promise<void> {
  trouble = NO_BROWSERS;
  if (subscription === undefined) return show();
  await subscription.unsubscribe();
  subscription = undefined;
  // Asks for the key, and subscribes anew.
  panel.register();
}

/** A server that refuses the push target may take the phone without it. */
async function failed(why: string, status: number | undefined): Promise<void> {
  const isRefused = status !== undefined && REFUSED.includes(status);
  if (!isRefused || pushedBy(panel.address) === undefined) return;
  trouble = `The server does not push to this browser: ${why}.`;
  await ringOnlyOpen();
}

async function ringWhenClosed(vapidKey: string): Promise<void> {
  const isRegistered = pushedBy(panel.address) !== undefined;
  try {
    const isAllowed = (await Notification.requestPermission()) === "granted";
    if (!isAllowed) throw new Error("notifications are not allowed on this page");
    subscription = await subscribe(vapidKey);
    trouble = "";
    setClosedPhone({ address: panel.address, password: panel.password });
  } catch (error) {
    trouble = `This browser cannot be pushed: ${messageOf(error)}.`;
    setClosedPhone(undefined);
    if (!isRegistered) return show();
  }
  panel.register();
}

async function ringOnlyOpen(): Promise<void> {
  setClosedPhone(undefined);
  await subscription?.unsubscribe();
  subscription = undefined;
  panel.register();
}

async function toggled(): Promise<void> {
  if (pushedBy(panel.address) !== undefined) return ringOnlyOpen();
  if (key !== undefined) return ringWhenClosed(key);
  trouble = NO_BROWSERS;
  show();
}

/** What waits comes to who registers. Whoever is in a call is connected, and goes on. */
function pushed({ kind = "", to }: Pushed): void {
  const isIdle = panel.state === "off" || panel.state === "ready";
  if (to === panel.address && kind !== "cancel" && isIdle) panel.wake(kind);
}

async function start(): Promise<void> {
  toggle.addEventListener("click", () => void toggled());
  // The worker knows a page by the URL that it was opened with.
  part('[data-part="address"]').addEventListener("change", () => location.assign(phonePage(panel.address)));
  try {
    subscription = await currentSubscription();
    navigator.serviceWorker.addEventListener("message", ({ data }) => pushed(data as Pushed));
  } catch (error) {
    trouble = `This browser cannot be pushed: ${messageOf(error)}.`;
  }
  show();
  const phone = closedPhone(panel.address);
  if (phone === undefined) return;
  part<HTMLInputElement>('[data-part="password"]').value = phone.password;
  panel.register();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

void start();

import { addressIn, type Pushed, phonePage } from "../pushed.ts";

// The service worker of the phone page: it runs when a push comes, also when the page is closed.

declare const self: ServiceWorkerGlobalScope;

/** What a notification remembers of its push. */
interface Remembered {
  readonly to: string;
  readonly caller: string;
}

self.addEventListener("install", () => void self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("push", (event) => event.waitUntil(pushed(read(event.data))));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open((event.notification.data as Remembered).to));
});

/** Pages are told, so that they register; people, unless they look at one. */
async function pushed(push: Pushed): Promise<void> {
  const pages = await pagesOf(push.to);
  for (const page of pages) page.postMessage(push);
  const isSeen = pages.some(({ visibilityState }) => visibilityState === "visible");
  const caller = await takenAway(push.uuid);
  if (!isSeen) await notify(push, caller);
}

async function notify(push: Pushed, formerCaller: string): Promise<void> {
  const { kind, uuid = "", to = "", reason } = push;
  const caller = callerIn(push) || formerCaller;
  const data: Remembered = { to, caller };
  const from = caller === "" ? "" : ` from ${caller}`;
  const show = (title: string, options: NotificationOptions) =>
    self.registration.showNotification(title, { data, body: nameOf(to), ...options });
  // Every push must show something: the browser would say that the page did something in the background.
  switch (kind) {
    case "call":
      return show(`Incoming call${from}`, { tag: uuid, requireInteraction: true });
    case "cancel":
      return show(reason?.endsWith("elsewhere") ? `Call${from} ${reason}` : `Missed call${from}`, {
        tag: uuid,
      });
    case "message":
      return show(`New message${from}`, { tag: "message" });
    case "refresh":
      return show("Open this phone to be reachable", { tag: "refresh", silent: true });
    default:
      return show("Something waits for this phone", { tag: "waiting" });
  }
}

/** Closes the notification of the call that this push is about; answers who called, "" if there was none. */
async function takenAway(uuid: string | undefined): Promise<string> {
  if (uuid === undefined) return "";
  const shown = await self.registration.getNotifications({ tag: uuid });
  for (const notification of shown) notification.close();
  return (shown[0]?.data as Remembered | undefined)?.caller ?? "";
}

async function open(address: string): Promise<void> {
  const [page] = await pagesOf(address);
  if (page === undefined) await self.clients.openWindow(phonePage(address));
  else await page.focus();
}

async function pagesOf(address: string | undefined): Promise<readonly WindowClient[]> {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  return pages.filter(({ url }) => {
    const { pathname, search } = new URL(url);
    return pathname === "/phone" && addressIn(search) === address;
  });
}

/** A push without content, or with one that this worker does not know, is a push all the same. */
function read(data: PushMessageData | null): Pushed {
  try {
    return (data?.json() ?? {}) as Pushed;
  } catch {
    return {};
  }
}

function callerIn({ name = "", fromUri = "" }: Pushed): string {
  return name || nameOf(fromUri);
}

function nameOf(address: string): string {
  return address.replace(/^sips?:/, "");
}

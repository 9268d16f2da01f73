// What Chromium without a screen lacks, as scripts: a push service, and a place to show notifications.

/** Gives the page this push subscription when it subscribes, for as long as its browser's storage lives. */
export function subscriptionStub(endpoint: string, keys: object): string {
  return `
    const subscription = (key) => ({
      endpoint: ${JSON.stringify(endpoint)},
      options: { applicationServerKey: Uint8Array.from(JSON.parse(key)).buffer },
      toJSON: () => ({ endpoint: ${JSON.stringify(endpoint)}, keys: ${JSON.stringify(keys)} }),
      unsubscribe: async () => localStorage.removeItem("subscribed"),
    });
    PushManager.prototype.getSubscription = async () => {
      const key = localStorage.getItem("subscribed");
      return key === null ? null : subscription(key);
    };
    PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
      if (!userVisibleOnly) throw new Error("no browser allows pushes that show nothing");
      const octets = atob(applicationServerKey.replaceAll("-", "+").replaceAll("_", "/"));
      const key = JSON.stringify(Array.from(octets, (octet) => octet.charCodeAt(0)));
      localStorage.setItem("subscribed", key);
      localStorage.setItem("subscriptions", Number(localStorage.getItem("subscriptions")) + 1);
      return subscription(key);
    };`;
}

/** Keeps a worker's notifications, as those on a screen are kept, and the pages that it opens and brings to the front. */
export const NOTIFICATIONS_STUB = `
  self.notifications = [];
  self.opened = [];
  self.focused = [];
  const without = (tag) => self.notifications.filter((shown) => shown.tag !== tag);
  ServiceWorkerRegistration.prototype.showNotification = async function (title, options = {}) {
    const shown = { title, ...options, close: () => { self.notifications = self.notifications.filter((other) => other !== shown); } };
    self.notifications = [...without(options.tag), shown];
  };
  ServiceWorkerRegistration.prototype.getNotifications = async ({ tag } = {}) =>
    self.notifications.filter((shown) => tag === undefined || shown.tag === tag);
  Clients.prototype.openWindow = async (url) => void self.opened.push(url);
  WindowClient.prototype.focus = async function () {
    self.focused.push(new URL(this.url).search);
  };
`;

/** A click on the only notification: what it did is over when this is. */
export const CLICK = `(async () => {
  const [notification] = await self.registration.getNotifications();
  const event = new ExtendableEvent("notificationclick");
  const done = [];
  Object.assign(event, { waitUntil: (promise) => done.push(promise) });
  Object.defineProperty(event, "notification", { value: notification });
  self.dispatchEvent(event);
  await Promise.all(done);
})()`;

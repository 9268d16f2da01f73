import type { PushParams } from "./phone.ts";

const WORKER = "/worker.js";

/** What a phone says that has no push target and asks for the key to subscribe with (RFC 8599 §4.1.5). */
export const ASKS: PushParams = { "pn-provider": "webpush" };

/** The server's public key among the values of Feature-Caps (RFC 8599 §8.3); undefined if it pushes to no browsers. */
export function vapidKeyIn(featureCaps: readonly string[]): string | undefined {
  const caps = featureCaps.find((value) => value.includes('+sip.pns="webpush"'));
  return caps === undefined ? undefined : /\+sip\.vapid="([^"]*)"/.exec(caps)?.[1];
}

/** The pn-* parameters of a phone that is woken through this subscription. */
export function paramsOf(subscription: PushSubscription): PushParams {
  const { p256dh = "", auth = "" } = subscription.toJSON().keys ?? {};
  const prid = encodeURIComponent(subscription.endpoint);
  return { ...ASKS, "pn-prid": prid, "pn-p256dh": p256dh, "pn-auth": auth };
}

/** Whether the server that has this key may push to it: no other one can. */
export function isFor({ options }: PushSubscription, key: string): boolean {
  return options.applicationServerKey === null || base64url(options.applicationServerKey) === key;
}

/** The subscription that this browser has; undefined if it has none. Rejects where there are no service workers. */
export async function currentSubscription(): Promise<PushSubscription | undefined> {
  const { pushManager } = await worker();
  return (await pushManager.getSubscription()) ?? undefined;
}

/** Subscribes for the server with this key, in the place of any other; rejects if the browser's push service does not let it. */
export async function subscribe(key: string): Promise<PushSubscription> {
  const { pushManager } = await worker();
  await (await pushManager.getSubscription())?.unsubscribe();
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

async function worker(): Promise<ServiceWorkerRegistration> {
  // Not on a page that is neither from https nor from this machine.
  if (!("serviceWorker" in navigator && "PushManager" in window))
    throw new Error("this browser has no push here");
  await navigator.serviceWorker.register(WORKER);
  return navigator.serviceWorker.ready;
}

function base64url(octets: ArrayBuffer): string {
  const text = btoa(String.fromCharCode(...new Uint8Array(octets)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

import { expect, test } from "vitest";
import { isAtHost, subscriptionUrl, WEB_PUSH_HOSTS } from "../../functions/location/push-host.ts";

function isAllowed(text: string, hosts = WEB_PUSH_HOSTS): boolean {
  const url = subscriptionUrl(text);
  return url !== undefined && isAtHost(url, hosts);
}

test.each([
  ["Chrome's", "https://fcm.googleapis.com/fcm/send/dpH5lCsTSSM:APA91bHqjZxM0VImWWqDRN7U0a3AycjUf4O"],
  ["Firefox's", "https://updates.push.services.mozilla.com/wpush/v2/gAAAAABYNX0F_-z03mY2cPTx"],
  ["Safari's", "https://web.push.apple.com/QGuQyavXutnMH9Pv7UhZmxTX"],
  ["Edge's", "https://wns2-par02p.notify.windows.com/w/?token=BQYAAAB%2bMbnD1eCEaoISe%3d"],
  ["one with https's own port", "https://fcm.googleapis.com:443/fcm/send/1"],
  ["one in capitals", "HTTPS://FCM.GoogleAPIs.com/fcm/send/1"],
])("%s subscriptions are at a push service that we know", (_, text) => {
  expect(isAllowed(text)).toBe(true);
});

test.each([
  "http://fcm.googleapis.com/",
  "wss://fcm.googleapis.com/",
  "https://fcm.googleapis.com:8443/",
  "https://fcm.googleapis.com./",
  "https://fcm.googleapis.com.evil.example/",
  "https://evil-fcm.googleapis.com/",
  "https://www.googleapis.com/",
  "https://push.services.mozilla.com/",
  "https://evilpush.services.mozilla.com/",
  "https://notify.windows.com/",
  "https://notify.windows.com.evil.example/",
  "https://user@fcm.googleapis.com/",
  "https://:secret@fcm.googleapis.com/",
  "https://fcm.googleapis.com@evil.example/",
  "https://evil.example/https://fcm.googleapis.com/",
  "https://evil.example?fcm.googleapis.com",
  "https://evil.example#.notify.windows.com",
  "https://evil.example\\.notify.windows.com/",
  "https://169.254.169.254/",
  "https://127.0.0.1/",
  "https://[::1]/",
  "//fcm.googleapis.com/",
  "fcm.googleapis.com",
  "",
])("%j is at none", (text) => {
  expect(isAllowed(text)).toBe(false);
});

test("a host with a port stands for that port alone, a wildcard for all that is below it", () => {
  const hosts = ["127.0.0.1:8443", "*.example:9"];
  expect(isAllowed("https://127.0.0.1:8443/push/1", hosts)).toBe(true);
  expect(isAllowed("https://127.0.0.1/push/1", hosts)).toBe(false);
  expect(isAllowed("https://a.b.example:9/", hosts)).toBe(true);
  expect(isAllowed("https://a.example/", hosts)).toBe(false);
});

import { Agent } from "undici";
import type { Push } from "../ports.ts";
import { type WebPushOptions, webPush } from "./web-push.ts";

/** Pushes to browsers over connections of their own. */
export function webPushes(options: Omit<WebPushOptions, "dispatcher">): Push {
  return webPush({ ...options, dispatcher: new Agent() });
}

import type { Watcher } from "../../functions/location/watcher.ts";
import { NOW, ws } from "../location/a-binding.ts";

/** A subscription to Bob's registrations, an hour long, that has been told once. */
export function aWatcher(more: Partial<Watcher> = {}): Watcher {
  return {
    id: "ours",
    callId: "watch-1",
    local: "<sip:bob@example.com>;tag=ours",
    remote: "<sip:bob@example.com>;tag=theirs",
    target: "sip:w@watcher.invalid;transport=ws",
    routes: "",
    eventId: "",
    cseq: 1,
    version: 1,
    until: NOW + 3_600_000,
    key: undefined,
    connection: ws("watcher"),
    ...more,
  };
}

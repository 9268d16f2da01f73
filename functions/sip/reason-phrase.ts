/** Reason phrases for the statuses that we answer ourselves (RFC 3261 §21, and the RFCs that added theirs). */
const PHRASES: ReadonlyMap<number, string> = new Map([
  [100, "Trying"],
  [182, "Queued"],
  [200, "OK"],
  [202, "Accepted"],
  [400, "Bad Request"],
  [401, "Unauthorized"],
  [403, "Forbidden"],
  [404, "Not Found"],
  [405, "Method Not Allowed"],
  [406, "Not Acceptable"],
  [407, "Proxy Authentication Required"],
  [408, "Request Timeout"],
  [416, "Unsupported URI Scheme"],
  [420, "Bad Extension"],
  [423, "Interval Too Brief"],
  [430, "Flow Failed"],
  [439, "First Hop Lacks Outbound Support"],
  [440, "Max-Breadth Exceeded"],
  [480, "Temporarily Unavailable"],
  [481, "Call/Transaction Does Not Exist"],
  [482, "Loop Detected"],
  [483, "Too Many Hops"],
  [487, "Request Terminated"],
  [489, "Bad Event"],
  [500, "Server Internal Error"],
  [503, "Service Unavailable"],
  [505, "Version Not Supported"],
  [555, "Push Notification Service Not Supported"],
]);

export function reasonPhrase(status: number): string {
  return PHRASES.get(status) ?? "Unknown";
}

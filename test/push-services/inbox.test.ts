import { expect, test } from "vitest";
import { Inbox, type InboxEntry } from "../../infra/local/sns/inbox.ts";

function pushTo(token: string): InboxEntry {
  return { at: "2027-01-15T12:00:00.000Z", provider: "fcm", app: "app", token, payload: {}, attributes: {} };
}

test("the inbox keeps the latest 500 pushes, oldest first", () => {
  const inbox = new Inbox();
  for (let i = 0; i < 503; i++) inbox.deliver(pushTo(String(i)));
  const tokens = inbox.entries.map(({ token }) => Number(token));
  expect(tokens).toEqual(Array.from({ length: 500 }, (_, index) => index + 3));
});

test("who listens hears of every push from then on, until they stop", () => {
  const inbox = new Inbox();
  const heard: string[] = [];
  inbox.deliver(pushTo("before"));
  const stop = inbox.listen(({ token }) => heard.push(token));
  const stopOther = inbox.listen(() => {});
  inbox.deliver(pushTo("first"));
  stopOther();
  inbox.deliver(pushTo("second"));
  stop();
  inbox.deliver(pushTo("after"));
  expect(heard).toEqual(["first", "second"]);
});

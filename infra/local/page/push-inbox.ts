/** A push as `GET /push-inbox` tells it. */
interface Push {
  readonly at: string;
  readonly provider: string;
  readonly app: string;
  readonly token: string;
  readonly payload: unknown;
}

/** Shows the pushes that were published, and hands on each new one: this page is the push service's last mile. */
export function showPushInbox(list: HTMLElement, deliver: (token: string, kind: string) => void): void {
  const show = ({ at, provider, app, token, payload }: Push) => {
    const item = document.createElement("li");
    const title = document.createElement("div");
    title.textContent = `${new Date(at).toLocaleTimeString()} ${kindOf(payload)} by ${provider}, ${app}: ${token}`;
    const body = document.createElement("pre");
    body.textContent = JSON.stringify(payload, undefined, 1);
    item.append(title, body);
    list.prepend(item);
  };
  const events = new EventSource("/push-inbox/events");
  events.onmessage = ({ data }) => {
    const push = JSON.parse(data) as Push;
    show(push);
    deliver(push.token, kindOf(push.payload));
  };
  // What came before this page did is shown, and wakes nobody.
  events.onopen = async () => {
    const past = (await (await fetch("/push-inbox")).json()) as readonly Push[];
    list.replaceChildren();
    past.forEach(show);
  };
}

/** What a push is for, as it says itself: `call`, `refresh`, …. FCM has its data in a wrapper. */
function kindOf(payload: unknown): string {
  const { kind, fcmV1Message } = payload as {
    readonly kind?: string;
    readonly fcmV1Message?: { readonly message: { readonly data: { readonly kind: string } } };
  };
  return kind ?? fcmV1Message?.message.data.kind ?? "push";
}

import { startJsSipPhone } from "./jssip-phone.ts";
import { part } from "./part.ts";
import { type Device, type PanelOptions, PhonePanel } from "./phone-panel.ts";
import { showPushInbox } from "./push-inbox.ts";
import { server } from "./server.ts";
import { startSipJsPhone } from "./sipjs-phone.ts";

const template = part("#phone") as HTMLTemplateElement;
const inbox = part(".inbox");

/** The device that a panel plays, the same as long as this tab lives. */
function deviceOf(name: string): Device {
  const key = `device-${name}`;
  const instance = sessionStorage.getItem(key) ?? crypto.randomUUID();
  sessionStorage.setItem(key, instance);
  const push = { "pn-provider": "fcm", "pn-param": "sipwake-page", "pn-prid": `${name}-${instance}` };
  return { instance, push };
}

function phonePanel(options: Omit<PanelOptions, "server" | "device">): PhonePanel {
  const copy = template.content.cloneNode(true) as DocumentFragment;
  const root = copy.firstElementChild as HTMLElement;
  inbox.before(copy);
  const device = deviceOf(options.name.toLowerCase());
  return new PhonePanel(root, { ...options, server, device: () => device });
}

const alice = "sip:alice@localhost";
const bob = "sip:bob@localhost";
const phones = [
  phonePanel({
    name: "Alice",
    library: "JsSIP",
    start: startJsSipPhone,
    address: alice,
    callee: bob,
  }),
  phonePanel({ name: "Bob", library: "SIP.js", start: startSipJsPhone, address: bob, callee: alice }),
];

showPushInbox(part("#pushes"), (token, kind) => {
  for (const phone of phones) phone.receivePush(token, kind);
});

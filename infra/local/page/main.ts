import { startJsSipPhone } from "./jssip-phone.ts";
import { type PanelOptions, PhonePanel } from "./phone-panel.ts";
import { showPushInbox } from "./push-inbox.ts";
import { startSipJsPhone } from "./sipjs-phone.ts";

const server = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/`;

function part(selector: string): HTMLElement {
  const element = document.querySelector<HTMLElement>(selector);
  if (element === null) throw new Error(`the page has no ${selector}`);
  return element;
}

const template = part("#phone") as HTMLTemplateElement;
const inbox = part(".inbox");

function phonePanel(options: PanelOptions): PhonePanel {
  const copy = template.content.cloneNode(true) as DocumentFragment;
  const root = copy.firstElementChild as HTMLElement;
  inbox.before(copy);
  return new PhonePanel(root, options);
}

const alice = "sip:alice@localhost";
const bob = "sip:bob@localhost";
const phones = [
  phonePanel({
    name: "Alice",
    library: "JsSIP",
    start: startJsSipPhone,
    server,
    address: alice,
    callee: bob,
  }),
  phonePanel({ name: "Bob", library: "SIP.js", start: startSipJsPhone, server, address: bob, callee: alice }),
];

showPushInbox(part("#pushes"), (token, kind) => {
  for (const phone of phones) phone.receivePush(token, kind);
});

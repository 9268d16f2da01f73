import { describe, expect, test } from "vitest";
import { publicContact, publicUri } from "../../functions/location/private-params.ts";
import { Contact } from "../../functions/sip/fields.ts";
import type { HeaderLine } from "../../functions/sip/headers.ts";
import { request } from "../support/a-request.ts";

function contactLine(text: string): HeaderLine {
  const [line] = request(["OPTIONS sip:x SIP/2.0", text]).headers.pick(Contact).lines;
  if (line === undefined) throw new Error("no Contact");
  return line;
}

describe("a URI that others see has no push parameters (RFC 8599 §4.1, §13)", () => {
  test.each([
    ["sip:a@x;pn-provider=fcm;pn-param=p;pn-prid=SECRET;transport=ws", "sip:a@x;transport=ws"],
    ["sip:a@x;ob;PN-PRID=SECRET;Pn-Purr=1", "sip:a@x;ob;Pn-Purr=1"],
    ["sip:a@x;app-id=org.acme.prod;pn-type=apple;pn-tok=SECRET;pn-msg-str=IM_MSG", "sip:a@x"],
    [
      "sip:a@x;pn-provider=webpush;pn-prid=https:%2f%2fSECRET;pn-p256dh=SECRET;pn-auth=SECRET;ob",
      "sip:a@x;ob",
    ],
    ["sips:a@x:5061;pn-prid=SECRET?subject=hi", "sips:a@x:5061?subject=hi"],
    ["sip:pn-user@app-id.example;transport=ws", "sip:pn-user@app-id.example;transport=ws"],
    ["sip:a@x;xpn-prid=1", "sip:a@x;xpn-prid=1"],
    ["tel:+49-30;pn-prid=1", "tel:+49-30;pn-prid=1"],
    ["sip:a@x;transport=ws", "sip:a@x;transport=ws"],
  ])("%s becomes %s", (uri, shown) => {
    expect(publicUri(uri)).toBe(shown);
  });
});

describe("a Contact that others see has none either", () => {
  test.each([
    ["Contact: <sip:a@x;pn-prid=SECRET;ob>;expires=60", "Contact: <sip:a@x;ob>;expires=60"],
    // As SIP.js and JsSIP put them, who cannot reach into the URI.
    ['Contact: "A" <sip:a@x>;pn-provider=fcm;pn-prid="SECRET";+sip.ice', 'Contact: "A" <sip:a@x>;+sip.ice'],
    ["m: sip:a@x;pn-prid=SECRET;q=1", "Contact: <sip:a@x>;q=1"],
    ["Contact: <sip:a@x;pn-prid=1>, <sip:b@x;pn-prid=2>;q=1", "Contact: <sip:a@x>, <sip:b@x>;q=1"],
    ["Contact: *;pn-prid=SECRET", "Contact: *"],
  ])("%s becomes %s", (line, shown) => {
    expect(publicContact(contactLine(line)).text).toBe(shown);
  });

  test.each(["m: <sip:a@x>;q=0.50", "Contact: *", "Contact:  <sip:a@x> ;expires=60"])(
    "%j had none and leaves as it came",
    (text) => {
      const line = contactLine(text);
      expect(publicContact(line)).toBe(line);
    },
  );
});

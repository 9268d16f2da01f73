import { expect, test } from "vitest";
import { requestUri } from "../../functions/sip/request-uri.ts";

// What a contact may hold and a Request-URI may not (RFC 3261 §19.1.1, Table 1; §16.6 step 2).

test.each([
  ["headers", "sip:b@h?Route=%3Csip:x%3E&Subject=s", "sip:b@h"],
  [
    "headers behind parameters and a port",
    "sips:b@h:5061;transport=ws;x?a=b",
    "sips:b@h:5061;transport=ws;x",
  ],
  ["a method", "sip:b@h;Method=BYE;x=y", "sip:b@h;x=y"],
  ["both", "sip:[2001:db8::1];method=INVITE?a=b", "sip:[2001:db8::1]"],
])("%s must not be in it: %s", (_, contact, uri) => {
  expect(requestUri(contact)).toBe(uri);
});

test.each([
  "sip:b@h;transport=ws;ob",
  "sip:who?;method=me@h;lr",
  "sip:b@h;xmethod=y;methods=z",
  "tel:+1;phone-context=x?y",
])("all else stays as it is spelled: %s", (contact) => {
  expect(requestUri(contact)).toBe(contact);
});

import { expect, test } from "vitest";
import type { BindingKey, ConnectionId } from "../../functions/location/ids.ts";
import { type Binding, GRACE, NOWHERE } from "../../functions/location/location.ts";
import { registeredReply } from "../../functions/registrar/registered-reply.ts";
import type { HeaderName } from "../../functions/sip/field.ts";
import { textField } from "../../functions/sip/field.ts";
import { Contact, DateOf } from "../../functions/sip/fields.ts";
import { aRegister, NOW, WS } from "./a-register.ts";

const FeatureCaps = textField("Feature-Caps");
const FCM = { provider: "fcm", param: "acme", prid: "TOKEN" };

function binding(name: string, more: Partial<Binding> = {}): Binding {
  return {
    key: name as BindingKey,
    uri: `sip:${name}@x`,
    params: "",
    callId: "call-1",
    cseq: 1,
    expiresAt: NOW + 600_000,
    connection: WS,
    push: undefined,
    ...more,
  };
}

function answer(...bindings: Binding[]) {
  return registeredReply(aRegister({}), { ...NOWHERE, bindings }, WS, NOW, "our-tag");
}

function values(field: HeaderName, ...bindings: Binding[]): readonly string[] {
  return answer(...bindings)
    .headers.pick(field)
    .lines.map(({ value }) => value.trim());
}

test("the answer is 200 with the REGISTER's own Via, From, Call-ID, CSeq, a tag of ours and the time (RFC 3261 §8.2.6.2, §10.3 step 8)", () => {
  const { status, reason, headers } = answer();
  expect([status, reason]).toEqual([200, "OK"]);
  expect(headers.lines.map(({ text }) => text)).toEqual([
    "Via: SIP/2.0/WSS bob.invalid;branch=z9hG4bK1",
    "To: <sip:bob@example.com>;tag=our-tag",
    "From: <sip:bob@example.com>;tag=b1",
    "Call-ID: call-1",
    "CSeq: 1 REGISTER",
    "Date: Mon, 23 Nov 2026 09:00:00 GMT",
    "Content-Length: 0",
  ]);
});

test("every binding of the address is listed, whoever made it, each with the seconds that it has left (§10.3 step 8)", () => {
  const other = { connection: "ws-2" as ConnectionId, callId: "call-2", expiresAt: NOW + 59_001 };
  const asleep = { connection: undefined, push: FCM, expiresAt: NOW + 60_000 };
  expect(
    values(Contact, binding("a", { params: ";reg-id=1;q=0.5" }), binding("b", other), binding("c", asleep)),
  ).toEqual(["<sip:a@x>;reg-id=1;q=0.5;expires=600", "<sip:b@x>;expires=60", "<sip:c@x>;expires=60"]);
});

test("a binding in its grace has a second left: 0 would say that it is gone", () => {
  expect(values(Contact, binding("a", { expiresAt: NOW - GRACE + 1 }))).toEqual(["<sip:a@x>;expires=1"]);
});

test("the user sees a push contact exactly as its device registered it (RFC 8599 §5.3)", () => {
  const uri = "sip:p@x;PN-Provider=fcm;pn-prid=TOKEN%3a1;pn-param=acme";
  expect(values(Contact, binding("p", { uri, push: FCM }))).toEqual([`<${uri}>;expires=600`]);
});

test("the push service that will be used is told to the device that asked, once, and to no other (RFC 8599 §5.6.1.1, RFC 6809)", () => {
  const apns = { ...FCM, provider: "apns" };
  const elsewhere = { connection: "ws-2" as ConnectionId, push: apns };
  expect(
    values(FeatureCaps, binding("a", { push: FCM }), binding("b", { push: FCM }), binding("c", elsewhere)),
  ).toEqual(['*;+sip.pns="fcm"']);
  expect(values(FeatureCaps, binding("a", { push: FCM }), binding("b", { push: apns }))).toEqual([
    '*;+sip.pns="fcm"',
    '*;+sip.pns="apns"',
  ]);
  expect(values(FeatureCaps, binding("a"), binding("c", elsewhere))).toEqual([]);
});

test("the time is of the moment, in GMT (RFC 3261 §20.17)", () => {
  expect(values(DateOf)).toEqual(["Mon, 23 Nov 2026 09:00:00 GMT"]);
});

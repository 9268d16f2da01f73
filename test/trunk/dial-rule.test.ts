import { expect, test } from "vitest";
import { aor } from "../../functions/sip/aor.ts";
import { parseUri } from "../../functions/sip/uri.ts";
import { byLength, dialPattern, ruleFor } from "../../functions/trunk/dial-rule.ts";
import { dialledIn, numberIn } from "../../functions/trunk/dialled.ts";
import type { Trunk } from "../../functions/trunk/trunk.ts";

test.each([
  ["+49-30-(123).45", "+493012345"],
  ["0301234;phone-context=+49", "0301234"],
  ["*72#", "*72#"],
  ["110", "110"],
])("a number is %s: %s (RFC 3966 §5)", (text, number) => {
  expect(numberIn(text)).toBe(number);
});

test.each(["alice", "", "+", "--", "+49a", "4 9", ";ext=1", "49+"])("no number is %j", (text) => {
  expect(numberIn(text)).toBeUndefined();
});

test.each([
  ["tel:+49-30-123", { user: "+4930123", domain: undefined }],
  ["sip:+49.30.123@Example.COM;user=phone", { user: "+4930123", domain: "example.com" }],
  ["sip:%2B4930123@example.com", { user: "+4930123", domain: "example.com" }],
  ["sip:+4930123@example.com:5061;transport=tcp", { user: "+4930123", domain: "example.com" }],
  ["sip:front%20desk@example.com", { user: "front desk", domain: "example.com" }],
])("%s dials %j", (uri, dialled) => {
  expect(dialledIn(parseUri(uri))).toEqual(dialled);
});

test.each([
  "sip:example.com",
  "tel:example",
  "urn:service:sos",
  "sip:+4930123;rn=+1900@example.com",
  "sip:+4930123%3Brn=+1900@example.com",
  "sip:+4930123@example.com;maddr=192.0.2.1",
  "sip:+4930123@example.com;gr=x",
  "sip:+4930123@example.com;pn-purr=x",
])("%s dials nothing", (uri) => {
  expect(dialledIn(parseUri(uri))).toBeUndefined();
});

test.each([
  ["+49*", { user: "+49", isPrefix: true, domain: undefined }],
  ["+49-30", { user: "+4930", isPrefix: false, domain: undefined }],
  ["*", { user: "", isPrefix: true, domain: undefined }],
  ["*72", { user: "*72", isPrefix: false, domain: undefined }],
  ["*@PSTN.example.com", { user: "", isPrefix: true, domain: "pstn.example.com" }],
  ["conference-*@pbx", { user: "conference-", isPrefix: true, domain: "pbx" }],
])("the rule %s is read", (text, pattern) => {
  expect(dialPattern(text)).toEqual(pattern);
});

test.each(["", "@example.com", "a b", "+49*@", "+49*@example.com.", "a@b@c", "+49*@192.0.2.1:5060"])(
  "%j is no rule",
  (text) => {
    expect(dialPattern(text)).toBeUndefined();
  },
);

const RULES = ["*", "+49*", "+4930*", "+4930123", "+49*@example.com", "*@pstn.example.net"]
  .map((name) => {
    const pattern = dialPattern(name);
    if (pattern === undefined) throw new Error(name);
    return { ...pattern, trunk: trunk(name) };
  })
  .toSorted(byLength);

function trunk(name: string): Trunk {
  const rights = { calls: true, messages: false, domains: undefined };
  const isAt = () => true;
  const aorOf = aor("pbx", "example.com");
  return { name, aor: aorOf, certificate: undefined, isAt, rights, isOpenTo: isAt, isTrusted: false };
}

test.each([
  ["sip:+4930123@sip.example.com", true, "+4930123"],
  ["sip:+49301234@sip.example.com", true, "+4930*"],
  ["tel:+49-89-1", true, "+49*"],
  ["sip:+49891@example.com", true, "+49*@example.com"],
  ["sip:nobody@example.com", true, "*"],
  ["sip:anybody@pstn.example.net", false, "*@pstn.example.net"],
  ["sip:+4930123@pstn.example.net", false, "*@pstn.example.net"],
  ["sip:+4930123@example.org", false, undefined],
])("of the rules, the longest that is for a call takes it: %s (ours: %s) goes by %s", (uri, isOurs, name) => {
  const dialled = dialledIn(parseUri(uri));
  expect(dialled && ruleFor(RULES, dialled, isOurs)?.trunk.name).toBe(name);
});

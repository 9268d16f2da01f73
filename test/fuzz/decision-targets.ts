import { equal, ok } from "node:assert/strict";
import { isFreshNonce, issueNonce } from "../../functions/auth/nonce.ts";
import { keyring } from "../../functions/keyring/keyring.ts";
import type { BindingKey, ConnectionId } from "../../functions/location/ids.ts";
import type { Binding } from "../../functions/location/location.ts";
import { callerPreferences, matching } from "../../functions/proxy/caller-preferences.ts";
import { partyIn, recordRoute } from "../../functions/proxy/dialog-token.ts";
import { meet, readFeatureValues, registeredValues } from "../../functions/proxy/feature-values.ts";
import { qOf } from "../../functions/proxy/q-value.ts";
import { mailBranch, readBranch, relayBranch } from "../../functions/proxy/via-branch.ts";
import { readContact } from "../../functions/registrar/contact.ts";
import { readInstance, readQ, readRegId } from "../../functions/registrar/contact-params.ts";
import { gruuIn, publicGruu } from "../../functions/registrar/gruu.ts";
import { purrOf, purrOwner } from "../../functions/registrar/purr.ts";
import { askedService, pushTargetOf } from "../../functions/registrar/push-target.ts";
import { reginfo } from "../../functions/registrar/reginfo.ts";
import { readAddress } from "../../functions/sip/address.ts";
import type { Aor } from "../../functions/sip/aor.ts";
import { AcceptContact, CallId, CSeq, Via } from "../../functions/sip/fields.ts";
import { HeaderLine, Headers } from "../../functions/sip/headers.ts";
import { readParams } from "../../functions/sip/params.ts";
import { Scanner } from "../../functions/sip/scanner.ts";
import { parseSipUri } from "../../functions/sip/uri.ts";
import { readXml } from "../registrar/an-xml.ts";
import { half, placesInValues } from "./places.ts";
import { unlessMalformed, unlessRefused } from "./refused.ts";
import type { Target } from "./target.ts";

// What decides by the parts of a message.

const [OURS, THEIRS] = [7, 8].map((octet) => keyring([{ id: "1", key: new Uint8Array(32).fill(octet) }])) as [
  ReturnType<typeof keyring>,
  ReturnType<typeof keyring>,
];
const ALICE = "sip:alice@localhost" as Aor;
const INSTANCE = "<urn:uuid:1>;1" as BindingKey;
const CONNECTION = "c1" as ConnectionId;
const NOW = Date.UTC(2026, 10, 23, 9);
const PARTY = { aor: ALICE, key: INSTANCE, connection: CONNECTION };
const CONTACTS = ["", ';video;language="en"', ';+g.a="#3";methods="INVITE,BYE"'] as const;

/** The headers of a response with this branch of ours. */
function answered(branch: string): Headers {
  const line = (key: string, value: string) => new HeaderLine(key, `${key}:${value}`, key.length + 1);
  const via = `SIP/2.0/WS localhost;branch=${branch}, SIP/2.0/WS a;branch=z9hG4bKa`;
  return new Headers([line(Via.key, via), line(CallId.key, "a"), line(CSeq.key, "1 INFO")]);
}

const MADE = ((keys) => [
  parseSipUri(recordRoute(keys, { host: "localhost", transport: "ws" }, "a", PARTY).uri).user ?? "",
  relayBranch(keys, answered("z9hG4bKa"), PARTY),
  mailBranch(keys, ALICE, "m" as never, "d", "a"),
  issueNonce(keys, { realm: "localhost", connection: "c1" }, NOW),
  purrOf(keys, PARTY, NOW),
  `tgruu.${keys.seal("gruu", "x", "localhost")}`,
]) satisfies (keys: typeof OURS) => readonly string[];

/** Whether anything is opened by this text. */
function opens(text: string): boolean {
  const branch = unlessMalformed(() => readBranch(OURS, answered(text)));
  const user = unlessMalformed(() => parseSipUri(`sip:${text}@localhost;gr`));
  const gruu = user && gruuIn(OURS, user);
  return (
    (branch !== undefined && branch.to !== "fork") ||
    (user !== undefined && partyIn(OURS, user, "a") !== undefined) ||
    (gruu !== undefined && gruu !== "invalid") ||
    isFreshNonce(OURS, { realm: "localhost", connection: "c1" }, text, NOW) ||
    purrOwner(OURS, text) !== undefined
  );
}

const [forged, ...alsoForged] = MADE(THEIRS) as [string, ...string[]];
const genuine = MADE(OURS);

export const DECISION_TARGETS: readonly Target[] = [
  {
    name: "tokens that are not ours",
    seeds: [forged, ...alsoForged, ...genuine],
    places: placesInValues(forged),
    run: (text) => {
      // A token is itself with blanks around it, a loop mark behind it, or its octets spelled as escapes are not.
      if (opens(text))
        ok(
          genuine.some((token) => text.includes(token)),
          "a forged token opens",
        );
    },
  },
  {
    name: "parameters of a Contact",
    seeds: [
      ';q=0.5;reg-id=1;+sip.instance="<urn:uuid:1>";expires=60',
      ";pn-provider=apns;pn-param=T.com.a.voip;pn-prid=0a:voip&0b:remote",
      ";pn-type=firebase;app-id=a;pn-tok=b",
      ";pn-provider=webpush;pn-param=a;pn-prid=https%3A%2F%2Fa.invalid",
    ],
    places: [
      ...placesInValues(";q=1"),
      (run) => `;q=${run}`,
      (run) => `;q=0.${run}`,
      (run) => `;+sip.instance="<${run}>"`,
      (run) => `;pn-provider=apns;pn-param=a;pn-prid=${run}`,
    ],
    run: (text) => {
      const params = unlessMalformed(() => readParams(new Scanner(text, "Contact")));
      if (params === undefined) return;
      const q = qOf(params);
      ok(q >= 0 && q <= 1, "a q beyond 0 to 1");
      const read = unlessMalformed(() => readQ(params));
      ok(read === undefined || (read >= 0 && read <= 1), "a q beyond 0 to 1");
      unlessMalformed(() => readInstance(params));
      const regId = unlessMalformed(() => readRegId(params));
      ok(regId === undefined || (regId > 0 && regId < 2 ** 31), "a reg-id beyond its bounds");
      unlessMalformed(() => askedService(params, []));
      const target = unlessMalformed(() => pushTargetOf([], params));
      if (target !== undefined) ok(!/[^!-~]/.test(target.prid + target.param), "a token that no service has");
    },
  },
  {
    name: "feature values",
    seeds: ["en,de,!fr", "#>=3,!#5,#1:2", "<a b>", "TRUE", "#=-1.5"],
    places: [...placesInValues("a"), (run) => `!${run}`, (run) => `#${run}`, (run) => `#=1${run}`],
    run: (text) => {
      const [first = "", second] = text.split(" ", 2);
      const one = unlessMalformed(() => readFeatureValues(first, "Accept-Contact"));
      if (one === undefined) return;
      const other = registeredValues(second);
      equal(meet(one, other), meet(other, one));
      ok(
        one.ranges.every(({ low, high }, at) => low <= high && low >= (one.ranges[at - 1]?.high ?? low)),
        "ranges out of order",
      );
    },
  },
  {
    name: "caller preferences",
    seeds: [
      "*;video;require\n;video;q=0.5",
      '*;+g.a="#>=2";explicit, *;language="en,!de"\n;+g.a="#1:5"',
      "*\n",
    ],
    places: [
      ...placesInValues("*"),
      (run) => `*${half(run)}\n${half(run)}`,
      (run) => `*;video\n${run}`,
      (run) => `*;+a="${half(run)}"\n;+a="${half(run)}"`,
    ],
    run: (text) => {
      const [wish = "", params = ""] = text.split("\n", 2);
      const line = new HeaderLine(AcceptContact.key, `a:${wish}`, 2);
      const request = {
        kind: "request",
        method: "INVITE",
        uri: "sip:a",
        headers: new Headers([line]),
        body: "",
      } as const;
      const wanted = unlessRefused(() => callerPreferences(request));
      // What cannot be read is no Contact that was registered.
      const isRead = unlessMalformed(() => readParams(new Scanner(params, "Contact"))) !== undefined;
      if (wanted === undefined || !isRead) return;
      const contacts = [...CONTACTS, params];
      const chosen = matching(wanted, contacts, (contact) => contact);
      ok(
        chosen.every((contact) => contacts.includes(contact)) && chosen.length <= contacts.length,
        "a contact that is none",
      );
    },
  },
  {
    name: "what a watcher is told",
    seeds: [
      '<sip:a@h;x=y?a=b>;q=0.5;+sip.instance="<urn:uuid:1>";video',
      '"\xc3\xa9" <sip:a@h>;x="<&>\\""',
      "<sip:%3c&@h>;\xa0",
    ],
    places: placesInValues("<sip:a@b>"),
    run: (text) => {
      const contact = unlessRefused(() =>
        readContact(readAddress(new Scanner(text, "Contact")), { isOutbound: true, push: undefined }),
      );
      if (contact === undefined) return;
      const { key, uriText: uri, params, push } = contact;
      const times = { since: NOW, refreshedAt: NOW, expiresAt: NOW + 60_000 };
      const gruus = { since: NOW, firstCseq: 1 };
      const binding: Binding = {
        key,
        uri,
        params,
        path: "",
        callId: text,
        cseq: 1,
        gruus,
        ...times,
        connection: undefined,
        push,
        pushed: undefined,
        reminded: undefined,
      };
      readXml(reginfo(OURS, ALICE, [binding], 1, NOW));
      const instance = key.startsWith("<") ? key.slice(1, key.indexOf(">")) : undefined;
      if (instance === undefined) return;
      const named = gruuIn(OURS, parseSipUri(publicGruu(ALICE, instance)));
      equal(named !== "invalid" && named?.instance, instance);
    },
  },
];

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { withoutConnection } from "../../functions/location/ended-flow.ts";
import { type Location, NOWHERE } from "../../functions/location/location.ts";
import { flowsOf, gruuIn, publicGruu } from "../../functions/registrar/gruu.ts";
import { aor } from "../../functions/sip/aor.ts";
import { Contact } from "../../functions/sip/fields.ts";
import { paramOf } from "../../functions/sip/params.ts";
import { unquoted } from "../../functions/sip/scanner.ts";
import { parseSipUri, sameUri } from "../../functions/sip/uri.ts";
import { NOW } from "../location/a-binding.ts";
import {
  answered,
  answerTo,
  aRegister,
  BOB,
  KEYRING,
  locationAfter,
  PUSH,
  type Register,
  refused,
  registered,
  WS,
} from "./a-register.ts";

// RFC 5627 §5 and §6.1: the URIs that name one device.

const GRUU = ["Supported: gruu"];
const PHONE = '<sip:p@phone.invalid>;+sip.instance="<urn:uuid:1>"';
const TABLET = '<sip:t@tablet.invalid>;+sip.instance="<urn:uuid:2>"';

interface Gruus {
  readonly pub: string;
  readonly temp: string;
}

/** The GRUUs of the first contact in the answer, and the location behind it. */
function learned(asked: Register, found: Location = NOWHERE, now = NOW): [gruus: Gruus, location: Location] {
  const register = aRegister({ contacts: [PHONE], more: GRUU, ...asked });
  const location = registered(register, found, { now });
  const contact = answerTo(register, location, { now }).headers.first(Contact);
  if (contact === undefined || contact === "*") throw new Error("no contact");
  const gruuOf = (name: string) => unquoted(paramOf(contact.params, name) ?? "none");
  return [{ pub: gruuOf("pub-gruu"), temp: gruuOf("temp-gruu") }, location];
}

/** The Contact URIs that a GRUU leads to; "invalid" and "dead" as they are. */
function target(gruu: string, { bindings }: Location): readonly string[] | string | undefined {
  const named = gruuIn(KEYRING, parseSipUri(gruu));
  if (named === undefined || named === "invalid") return named;
  const flows = flowsOf(named, bindings);
  return flows === "dead" ? flows : flows.map(({ uri }) => uri);
}

describe("contacts that would lead back to us (RFC 5627 §5.1)", () => {
  test.each([
    ["the address itself", "<sip:bob@example.com>"],
    ["the address in another spelling", "<sip:%62ob@EXAMPLE.com>"],
    ["the address with a parameter", "<sip:bob@example.com;ob>"],
    ["a public GRUU of it", "<sip:bob@example.com;gr=urn:uuid:1>"],
    ["a temporary GRUU of its domain", "<sip:tgruu.1.abc@example.com;gr>"],
  ])("%s is refused with 403", (_, uri) => {
    expect(refused({ contacts: [`${uri};+sip.instance="<urn:uuid:1>"`] })).toBe(
      "403 Contact Is the Address Itself",
    );
  });

  test.each(["<sip:bob@phone.example.com>", "<sip:bob@example.net;gr=urn:uuid:1>"])(
    "%s may be registered",
    (uri) => {
      expect(refused({ contacts: [uri] })).toBeUndefined();
    },
  );

  test("one that would lead back may be removed all the same", () => {
    expect(refused({ contacts: ["<sip:bob@example.com>"], expires: 0 })).toBeUndefined();
  });

  test.each(["<tel:+4930>", "<mailto:bob@example.com>", "<urn:service:sos>"])(
    "%s is no SIP URI and refused with 403",
    (uri) => {
      expect(refused({ contacts: [`${uri};+sip.instance="<urn:uuid:1>"`] })).toBe(
        "403 Contact Must Be a SIP URI",
      );
    },
  );
});

describe("the answer tells the GRUUs (RFC 5627 §5.2)", () => {
  test("a public and a temporary one, quoted, of every contact with an instance, whoever asks", () => {
    const before = locationAfter({ contacts: [PHONE] }, { contacts: ["<sip:d@desk>"], callId: "call-2" });
    const contacts = answered("contact", { contacts: [TABLET], callId: "call-3", more: GRUU }, before);
    const gruus = (instance: string) =>
      expect.stringMatching(
        `;pub-gruu="sip:bob@example.com;gr=urn:uuid:${instance}";temp-gruu="sip:tgruu\\.[\\w.-]+@example.com;gr";expires=`,
      );
    expect(contacts).toEqual([gruus("1"), "<sip:d@desk>;expires=3600", gruus("2")]);
  });

  test("to those only that know GRUUs", () => {
    expect(answered("contact", { contacts: [PHONE] })).toEqual([`${PHONE};expires=3600`]);
    expect(answered("contact", { contacts: [PHONE], more: ["Supported: path, GRUU"] })[0]).toMatch(
      "pub-gruu",
    );
  });

  test("and names gruu neither in Require nor in Supported", () => {
    const asked = { contacts: [PHONE], more: GRUU };
    expect([answered("require", asked), answered("supported", asked)]).toEqual([[], []]);
  });

  test("a client cannot say what its GRUUs are (§5.1)", () => {
    const contact = `${PHONE};pub-gruu="sip:mine@example.com;gr=1";Temp-GRUU="sip:mine2@example.com;gr"`;
    expect(locationAfter({ contacts: [contact] })).toEqual(locationAfter({ contacts: [PHONE] }));
    expect(answered("contact", { contacts: [contact] })).toEqual([`${PHONE};expires=3600`]);
  });
});

describe("a public GRUU (RFC 5627 §5.1, §5.4)", () => {
  test("is the address with the instance: the same with every REGISTER", () => {
    const [{ pub }, before] = learned({});
    expect(pub).toBe("sip:bob@example.com;gr=urn:uuid:1");
    expect(learned({ callId: "call-2", cseq: 9 }, before)[0].pub).toBe(pub);
    expect(sameUri(parseSipUri(pub), parseSipUri(BOB))).toBe(true);
  });

  test("holds when nobody is registered: that is 480, not 404 (§5.3)", () => {
    expect(target(learned({})[0].pub, NOWHERE)).toEqual([]);
  });

  const user = fc.string({ minLength: 1, maxLength: 10, unit: fc.constantFrom(...'aZ0 %;=@<"\xe9') });
  const instance = fc.string({ minLength: 1, maxLength: 40, unit: fc.constantFrom(..."aA:;%=@&?/[]09-") });

  test("of any address and any instance names these again, case and escapes included (§5.4)", () => {
    fc.assert(
      fc.property(user, instance, (name, id) => {
        const address = aor(name, "example.com");
        const uri = parseSipUri(publicGruu(address, id));
        expect(gruuIn(KEYRING, uri)).toEqual({ aor: address, instance: id, since: undefined });
      }),
    );
  });
});

describe("a temporary GRUU (RFC 5627 §5.1)", () => {
  test("is another one with every REGISTER, and all of them lead to the device", () => {
    const [first, one] = learned({});
    const [second, two] = learned({ cseq: 2 }, one, NOW + 60_000);
    expect(second.temp).not.toBe(first.temp);
    for (const { temp } of [first, second]) expect(target(temp, two)).toEqual(["sip:p@phone.invalid"]);
  });

  test("says nothing of the address or the instance", () => {
    expect(learned({})[0].temp).not.toMatch(/bob|uuid/);
  });

  test("dies with the Call-ID under which it was made (404)", () => {
    const [former, one] = learned({});
    const [latter, two] = learned({ callId: "call-2" }, one, NOW + 60_000);
    expect(target(former.temp, two)).toBe("dead");
    expect(target(latter.temp, two)).toEqual(["sip:p@phone.invalid"]);
  });

  test("dies with its registration, and does not come back with the next one (§5.3)", () => {
    const [{ temp }, before] = learned({});
    const gone = registered(aRegister({ contacts: [PHONE], expires: 0, cseq: 2 }), before);
    expect(target(temp, gone)).toBe("dead");
    const [, back] = learned({ cseq: 3 }, gone, NOW + 60_000);
    expect(target(temp, back)).toBe("dead");
  });

  test("lives on while its device sleeps and may be woken", () => {
    const contacts = [PHONE.replace("phone.invalid", `phone.invalid${PUSH}`)];
    const [{ temp }, before] = learned({ contacts });
    expect(target(temp, withoutConnection(before, WS))).toHaveLength(1);
  });

  test("survives a REGISTER that is refused (§4.2)", () => {
    const [{ temp }, before] = learned({ cseq: 5 });
    expect(refused({ contacts: [PHONE], cseq: 4 }, before)).toMatch(/^400/);
    expect(target(temp, before)).toEqual(["sip:p@phone.invalid"]);
  });

  test("of another domain, another keyring or of nobody's making is invalid (404)", () => {
    const [{ temp }, location] = learned({});
    for (const forged of [
      temp.replace("example.com", "example.net"),
      temp.replace("tgruu.", "tgruv."),
      temp.replace("tgruu.1.", "tgruu.2."),
      "sip:tgruu.@example.com;gr",
      "sip:bob@example.com;gr",
      "sip:example.com;gr",
      "sip:example.com;gr=urn:uuid:1",
    ]) {
      expect(target(forged, location)).toBe("invalid");
    }
  });

  test("cannot be changed in any place", () => {
    const [{ temp }, location] = learned({});
    const end = temp.indexOf("@");
    for (let index = "sip:".length; index < end; index++) {
      const other = temp.charAt(index) === "A" ? "B" : "A";
      expect(target(temp.slice(0, index) + other + temp.slice(index + 1), location)).toBe("invalid");
    }
  });
});

test("a GRUU leads to the contacts of its own instance and of no other (§5.4)", () => {
  const [{ temp }, one] = learned({});
  const [{ pub }, both] = learned({ contacts: [TABLET], callId: "call-2" }, one);
  expect(pub).toBe("sip:bob@example.com;gr=urn:uuid:1");
  expect(target(pub, both)).toEqual(["sip:p@phone.invalid"]);
  expect(target(temp, both)).toEqual(["sip:p@phone.invalid"]);
  expect(target("sip:bob@example.com;gr=urn:uuid:2", both)).toEqual(["sip:t@tablet.invalid"]);
});

test("a URI without gr is no GRUU (§6.1)", () => {
  expect(gruuIn(KEYRING, parseSipUri(BOB))).toBeUndefined();
});

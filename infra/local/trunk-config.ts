import { type Rights, rightsOf } from "../../functions/auth/rights.ts";
import { type Aor, aor, domainOf } from "../../functions/sip/aor.ts";
import { octetsOf } from "../../functions/sip/octets.ts";
import { byLength, type DialRule, dialPattern } from "../../functions/trunk/dial-rule.ts";
import { numberIn } from "../../functions/trunk/dialled.ts";
import type { Trunk, Trunks } from "../../functions/trunk/trunk.ts";
import { trustsIn } from "../edge/trusted.ts";
import { type Fields, fieldsOf } from "./json-fields.ts";

/** What a file says of trunks. */
export interface TrunkConfig {
  readonly trunks: Trunks;
  /** The PEM file with the authorities of their certificates, as the file names it; undefined if none has one. */
  readonly ca: string | undefined;
  /** What their certificates are for. */
  readonly certificates: readonly string[];
}

const DOMAIN_NAME = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/;
const RIGHT = /^(?:calls|messages|domain:[^\s]+)$/;

/** Reads what was parsed of the file. What is wrong is added to the problems, by its place, and the configuration is then of no use. */
export function trunkConfig(json: unknown, domains: readonly string[], problems: string[]): TrunkConfig {
  const file = fieldsOf(json, "the file", ["ca", "numbers", "trunks"], problems);
  const userIn = (text: string, where: string): Aor => {
    const at = text.lastIndexOf("@");
    const domain = text.slice(at + 1).toLowerCase();
    if (at < 1 || !domains.includes(domain))
      problems.push(`${where} must be user@domain, of a domain of ours`);
    return aor(octetsOf(text.slice(0, Math.max(at, 0))), domain);
  };
  const all = file.list("trunks").map((entry, index) => trunkIn(entry, `trunks[${index}]`, userIn, problems));
  if (all.length === 0) problems.push("trunks must be a list of trunks");
  for (const [what, names] of [
    ["name", all.map(({ trunk }) => trunk.name)],
    ["user", all.map(({ trunk }) => trunk.aor)],
    ["certificate", all.flatMap(({ trunk }) => trunk.certificate ?? [])],
  ] as const) {
    if (new Set(names).size < names.length) problems.push(`two trunks have the same ${what}`);
  }
  const rules = all.flatMap(({ rules: own }) => own).toSorted(byLength);
  const twice = rules.find((rule, index) => rules.findIndex((other) => sameRule(rule, other)) < index);
  if (twice !== undefined) problems.push(`two dial rules are for ${twice.user}${twice.isPrefix ? "*" : ""}`);
  const ca = file.text("ca");
  const certificates = all.flatMap(({ trunk }) => trunk.certificate ?? []);
  if (certificates.length > 0 && ca === undefined) problems.push("certificate needs ca, a PEM file");
  const trunks = {
    byAor: new Map(all.map(({ trunk }) => [trunk.aor, trunk])),
    rules,
    numbers: numbersIn(file, userIn, problems),
  };
  return { trunks, ca, certificates };
}

type UserIn = (text: string, where: string) => Aor;

const FIELDS = ["name", "user", "from", "certificate", "dial", "users", "rights", "trusted"];

function trunkIn(
  entry: unknown,
  where: string,
  userIn: UserIn,
  problems: string[],
): { readonly trunk: Trunk; readonly rules: readonly DialRule[] } {
  const fields = fieldsOf(entry, where, FIELDS, problems);
  const name = fields.text("name") ?? "";
  if (name === "") problems.push(`${where}.name is missing`);
  const certificate = fields.text("certificate")?.toLowerCase();
  if (certificate !== undefined && !DOMAIN_NAME.test(certificate))
    problems.push(`${where}.certificate must be a DNS name`);
  const from = fields.texts("from");
  if (certificate === undefined && from.length === 0)
    problems.push(`${where} needs from, the networks that it comes from, or certificate`);
  const isIn = trustsIn(from);
  if (isIn === undefined) problems.push(`${where}.from must be addresses or networks`);
  const trunk: Trunk = {
    name: octetsOf(name),
    aor: userIn(fields.text("user") ?? "", `${where}.user`),
    certificate,
    isAt: from.length === 0 ? () => true : (isIn ?? (() => false)),
    rights: rightsIn(fields, where, problems),
    isOpenTo: openTo(fields.texts("users"), where, userIn, problems),
    isTrusted: fields.flag("trusted"),
  };
  const rules = fields.texts("dial").flatMap((text, index) => {
    const pattern = dialPattern(octetsOf(text));
    if (pattern === undefined) problems.push(`${where}.dial[${index}] must be a number, +49*, or *@domain`);
    return pattern === undefined ? [] : [{ ...pattern, trunk }];
  });
  return { trunk, rules };
}

/** Calls and nothing else, if it is not said. */
function rightsIn(fields: Fields, where: string, problems: string[]): Rights {
  const words = fields.has("rights") ? fields.texts("rights") : ["calls"];
  if (!words.every((word) => RIGHT.test(word)))
    problems.push(`${where}.rights must be of calls, messages, domain:NAME`);
  return rightsOf(words);
}

/** Users, and `*@domain` for all of one; everybody, if it is not said. */
function openTo(
  texts: readonly string[],
  where: string,
  userIn: UserIn,
  problems: string[],
): Trunk["isOpenTo"] {
  if (texts.length === 0) return () => true;
  const users = texts.map((text, index) => userIn(text, `${where}.users[${index}]`));
  const whole = new Set(users.filter((_, index) => texts[index]?.startsWith("*@")).map(domainOf));
  if (texts.some((text) => /^[^@]+\*@|^\*[^@]/.test(text)))
    problems.push(`${where}.users must be users, or *@domain for all of one`);
  return (user) => users.includes(user) || whole.has(domainOf(user));
}

function numbersIn(file: Fields, userIn: UserIn, problems: string[]): Trunks["numbers"] {
  const numbers = new Map<string, Aor>();
  for (const [text, user] of file.entries("numbers")) {
    const number = numberIn(octetsOf(text));
    if (number === undefined) problems.push(`numbers: ${JSON.stringify(text)} is no number`);
    else if (numbers.has(number)) problems.push(`numbers: ${number} is there twice`);
    else numbers.set(number, userIn(user, `numbers[${JSON.stringify(text)}]`));
  }
  return numbers;
}

function sameRule(one: DialRule, other: DialRule): boolean {
  return one.user === other.user && one.isPrefix === other.isPrefix && one.domain === other.domain;
}

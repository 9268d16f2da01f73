import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ConfigError } from "../../functions/config/config-error.ts";
import { aor } from "../../functions/sip/aor.ts";
import { loadConfig } from "../../infra/local/config.ts";
import { readTrunks } from "../../infra/local/trunks-file.ts";
import { selfSigned } from "../support/certificate.ts";
import { passingFolder } from "../support/stack.ts";

const PBX = { name: "pbx", user: "pbx@example.com", from: ["192.0.2.0/24", "2001:db8::/32"] };
const CERTIFIED = { name: "other", user: "other@example.com", certificate: "PBX.example.net" };
const TLS = { TLS_PORT: "0", TLS_CERT_FILE: "cert.pem", TLS_KEY_FILE: "key.pem" };

function read(file: string | object, env: Readonly<Record<string, string>> = {}) {
  const folder = passingFolder();
  const path = join(folder, "trunks.json");
  writeFileSync(path, typeof file === "string" ? file : JSON.stringify(file));
  writeFileSync(join(folder, "ca.pem"), selfSigned().cert);
  writeFileSync(join(folder, "no-ca.pem"), "secret");
  return readTrunks(loadConfig({ SIP_DOMAINS: "example.com,example.org", TRUNKS_FILE: path, ...env }));
}

function problemsOf(file: string | object, env: Readonly<Record<string, string>> = {}): readonly string[] {
  try {
    read(file, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test("without a file there are no trunks, and nothing asks for certificates", () => {
  expect(readTrunks(loadConfig({}))).toEqual({ trunks: undefined, certified: undefined });
});

test("a trunk is a user of ours who comes from its networks, and may call and nothing else unless it is said", () => {
  const trunk = read({ trunks: [PBX] }).trunks?.byAor.get(aor("pbx", "example.com"));
  expect(trunk).toMatchObject({
    name: "pbx",
    certificate: undefined,
    rights: { calls: true, messages: false, domains: undefined },
    isTrusted: false,
  });
  const addresses = ["192.0.2.7", "192.0.3.1", "2001:db8::1", "2001:db9::1"];
  expect(addresses.map((address) => trunk?.isAt(address))).toEqual([true, false, true, false]);
  expect(trunk?.isOpenTo(aor("anybody", "example.org"))).toBe(true);
});

test("what it may, who may call out through it, and whether it is trusted are said by the file", () => {
  const said = { rights: ["messages", "domain:example.org"], trusted: true };
  const users = ["alice@example.com", "*@example.org"];
  const trunk = read({ trunks: [{ ...PBX, ...said, users }] }).trunks?.byAor.get(aor("pbx", "example.com"));
  expect(trunk).toMatchObject({
    rights: { calls: false, messages: true, domains: ["example.org"] },
    isTrusted: true,
  });
  const callers = [aor("alice", "example.com"), aor("bob", "example.com"), aor("bob", "example.org")];
  expect(callers.map((caller) => trunk?.isOpenTo(caller))).toEqual([true, false, true]);
});

test("certificates are for names, of the authorities in a file beside it; where its holder comes from does not matter", () => {
  const { trunks, certified } = read({ ca: "ca.pem", trunks: [PBX, CERTIFIED] }, TLS);
  expect(certified?.names).toEqual(["pbx.example.net"]);
  expect(certified?.authorities).toContain("-----BEGIN CERTIFICATE-----");
  expect(trunks?.byAor.get(aor("other", "example.com"))?.isAt("203.0.113.9")).toBe(true);
});

test("the longest rule comes first, whose trunk it may be; numbers are read without separators", () => {
  const { trunks } = read({
    numbers: { "+49-30": "alice@example.com" },
    trunks: [
      { ...PBX, dial: ["*", "+4930*"] },
      { ...CERTIFIED, certificate: undefined, from: ["192.0.2.1"], dial: ["+49*"] },
    ],
  });
  expect(trunks?.rules.map(({ user, trunk: { name } }) => `${name} ${user}`)).toEqual([
    "pbx +4930",
    "other +49",
    "pbx ",
  ]);
  expect(trunks?.numbers).toEqual(new Map([["+4930", aor("alice", "example.com")]]));
});

describe("what is wrong is told by its place", () => {
  test.each<[string, string | object, RegExp]>([
    ["no JSON", '{"password":"secret"', /trunks\.json is not JSON$/],
    ["no object", "[]", /the file must be an object/],
    ["no trunks", {}, /trunks must be a list of trunks/],
    ["a field that is none", { trunks: [{ ...PBX, form: [] }] }, /trunks\[0\] has no field "form"/],
    [
      "a text for a list",
      { trunks: [{ ...PBX, dial: "+49*" }] },
      /trunks\[0\]: dial must be a list of texts/,
    ],
    ["no name", { trunks: [{ ...PBX, name: undefined }] }, /trunks\[0\]\.name is missing/],
    ["a user of others", { trunks: [{ ...PBX, user: "pbx@other.example" }] }, /trunks\[0\]\.user must be/],
    ["no user", { trunks: [{ ...PBX, user: undefined }] }, /trunks\[0\]\.user must be/],
    ["nothing that proves it", { trunks: [{ ...PBX, from: [] }] }, /trunks\[0\] needs from/],
    ["no network", { trunks: [{ ...PBX, from: ["10.0.0.0/40"] }] }, /trunks\[0\]\.from must be/],
    ["no rule", { trunks: [{ ...PBX, dial: ["+49*", "4 9"] }] }, /trunks\[0\]\.dial\[1\] must be/],
    ["no right", { trunks: [{ ...PBX, rights: ["all"] }] }, /trunks\[0\]\.rights must be/],
    ["a part of users", { trunks: [{ ...PBX, users: ["a*@example.com"] }] }, /trunks\[0\]\.users must be/],
    [
      "no number",
      { trunks: [PBX], numbers: { alice: "alice@example.com" } },
      /numbers: "alice" is no number/,
    ],
    ["a number of nobody", { trunks: [PBX], numbers: { "+49": "alice" } }, /numbers\["\+49"\] must be/],
    ["one user for two", { trunks: [PBX, { ...PBX, name: "2" }] }, /two trunks have the same user/],
    ["a rule for two", { trunks: [{ ...PBX, dial: ["+49*", "+4-9*"] }] }, /two dial rules are for \+49\*/],
    ["no authority", { trunks: [CERTIFIED] }, /certificate needs ca/],
    ["an authority that is none", { ca: "no-ca.pem", trunks: [PBX] }, /ca: .*no-ca\.pem: no certificate/],
    ["no file of authorities", { ca: "none.pem", trunks: [PBX] }, /ca: .*none\.pem: ENOENT/],
    ["no name of a certificate", { trunks: [{ ...CERTIFIED, certificate: "*.net" }] }, /must be a DNS name/],
  ])("%s", (_, file, problem) => {
    const problems = problemsOf(file, TLS);
    expect(problems.filter((text) => text.startsWith("TRUNKS_FILE: ") && problem.test(text))).toHaveLength(1);
    expect(problems.join()).not.toContain("secret");
  });

  test("a file that is not there", () => {
    expect(() => readTrunks(loadConfig({ TRUNKS_FILE: "/nowhere.json" }))).toThrow(/TRUNKS_FILE: ENOENT/);
  });

  test("certificates where there is no TLS", () => {
    const problems = problemsOf({ ca: "ca.pem", trunks: [CERTIFIED] });
    expect(problems).toEqual(["TRUNKS_FILE: certificate needs TLS_PORT"]);
  });

  test("all of it at once", () => {
    expect(problemsOf({ trunks: [{}, {}], more: 1 }, TLS).length).toBeGreaterThan(5);
  });
});

import { readdirSync, readFileSync } from "node:fs";
import { basename, join, posix, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "..");

interface Import {
  /** A file from the root of the repository, or a package. */
  readonly target: string;
  readonly isType: boolean;
}

interface Source {
  /** From the root of the repository. */
  readonly file: string;
  /** Without comments. */
  readonly code: string;
  readonly imports: readonly Import[];
}

const sources: readonly Source[] = ["functions", "infra"].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(ts|mjs)$/.test(file))
    .map((file) => sourceOf(relative(ROOT, join(ROOT, folder, file)))),
);

function sourceOf(file: string): Source {
  const code = readFileSync(join(ROOT, file), "utf8")
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/(^|\s)\/\/.*$/gm, "");
  // `import … from "…"`, `import "…"`, `export … from "…"`, `import("…")`.
  const statements = code.matchAll(
    /\b(import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"|\bimport\("([^"]+)"\)/g,
  );
  const imports = [...statements].map(([, , type, named, dynamic]) => {
    const target = named ?? dynamic ?? "";
    const path = posix.join(posix.dirname(file), target);
    return { target: target.startsWith(".") ? path : target, isType: type !== undefined };
  });
  return { file, code, imports };
}

/** Every import of the files under one of these folders that is not allowed, as "file → target". */
function offences(folders: readonly string[], isAllowed: (found: Import) => boolean): string[] {
  return sources
    .filter(({ file }) => isUnder(file, folders))
    .flatMap(({ file, imports }) =>
      imports.filter((found) => !isAllowed(found)).map(({ target }) => `${file} → ${target}`),
    );
}

/** Whether it is one of these files or packages, or lies under one of these folders. */
function isUnder(target: string, folders: readonly string[]): boolean {
  return folders.some((folder) => target === folder || target.startsWith(`${folder}/`));
}

/**
 * What the files of each folder may import beside each other. `sip ← registrar | mailbox | proxy | push ← ports ← app ← gateway`:
 * nobody imports to the right, and registrar, mailbox, proxy and push do not import each other.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "functions/sip": [],
  "functions/keyring": ["functions/sip", "node:crypto"],
  "functions/location": ["functions/sip"],
  "functions/auth": ["functions/sip", "functions/keyring", "functions/location", "node:crypto"],
  "functions/registrar": ["functions/sip", "functions/keyring", "functions/location", "node:crypto"],
  "functions/proxy": ["functions/sip", "functions/keyring", "functions/location"],
  // Who is a trunk, and which calls go there.
  "functions/trunk": ["functions/sip", "functions/auth"],
  "functions/mailbox": ["functions/sip", "functions/keyring", "functions/location", "node:crypto"],
  "functions/pace.ts": [],
  "functions/in-turn.ts": [],
  "functions/push": [
    "functions/pace.ts",
    "functions/sip",
    "functions/keyring",
    "functions/location",
    "node:crypto",
  ],
  "functions/fault.ts": ["functions/ports.ts"],
  "functions/app": [
    "functions/fault.ts",
    "functions/sip",
    "functions/keyring",
    "functions/location",
    "functions/auth",
    "functions/registrar",
    "functions/mailbox",
    "functions/proxy",
    "functions/push",
    "functions/ports.ts",
    "functions/trunk",
  ],
  "functions/gateway": [
    "functions/app",
    "functions/auth",
    "functions/ports.ts",
    "functions/sip",
    "functions/location",
    "functions/trunk",
  ],
  // What the environment says, for whoever puts the app together.
  "functions/config": [
    "functions/app/app.ts",
    "functions/auth",
    "functions/aws/sns-push.ts",
    "functions/keyring",
    "functions/location",
    "functions/log.ts",
    "functions/mailbox",
    "functions/proxy",
    "functions/push",
    "functions/registrar",
    "node:crypto",
    "node:fs",
  ],
  // It implements the ports; which platform a token belongs to and what a push says is decided in push.
  "functions/aws": [
    "functions/in-turn.ts",
    "functions/ports.ts",
    "functions/schema.ts",
    "functions/push",
    "functions/location/ids.ts",
    "functions/sip/octets.ts",
    "@aws-sdk",
    "node:crypto",
  ],
  // Push services that are spoken to directly, behind the same port.
  "functions/providers": [
    "functions/ports.ts",
    "functions/push",
    "functions/location",
    "functions/sip",
    "jose",
    "undici",
    "web-push",
    "node:crypto",
    "node:http2",
  ],
  // The app on AWS: what the entry files of its functions share.
  "functions/cloud": [
    "functions/app",
    "functions/aws",
    "functions/config",
    "functions/gateway",
    "functions/keyring",
    "functions/log.ts",
    "functions/ports.ts",
    "functions/providers",
    "functions/registrar",
    "functions/tokens",
    "undici",
  ],
  // Who issues tokens, behind the port of bearers.
  "functions/tokens": [
    "functions/ports.ts",
    "functions/auth/bearer.ts",
    "functions/auth/rights.ts",
    "functions/config",
    "functions/sip",
    "jose",
    "node:crypto",
  ],
  "functions/log.ts": ["functions/ports.ts"],
  "infra/edge": [
    "functions/gateway",
    "functions/pace.ts",
    "functions/ports.ts",
    "functions/location/ids.ts",
    "functions/location/transport.ts",
    "functions/sip/octets.ts",
    "ws",
    "node:buffer",
    "node:crypto",
    "node:http",
    "node:https",
    "node:net",
    "node:stream",
    "node:tls",
  ],
  "infra/watch": ["functions/ports.ts", "prom-client", "node:events", "node:http", "node:net"],
  // What stands for AWS: of what it runs it knows the zips only, and how users are written.
  "infra/local/twin": [
    "functions/aws/dynamodb-client.ts",
    "functions/aws/dynamodb-records.ts",
    "functions/config/variables.ts",
    "functions/ports.ts",
    "infra/edge/connections-api.ts",
    "infra/edge/event.ts",
    "infra/local/config.ts",
    "infra/local/sns",
    "infra/local/users.ts",
    "dynalite",
    "fflate",
    "local-aws-sqs",
    "ws",
    "node:child_process",
    "node:crypto",
    "node:events",
    "node:fs",
    "node:http",
    "node:module",
    "node:net",
    "node:path",
    "node:stream",
    "node:url",
  ],
  // Several edges over one table.
  "infra/fleet": [
    "functions/fault.ts",
    "functions/in-turn.ts",
    "functions/keyring",
    "functions/location/ids.ts",
    "functions/ports.ts",
    "functions/proxy/fork.ts",
    "functions/sip/octets.ts",
    "infra/edge",
    "infra/local/every.ts",
    "node:http",
    "node:net",
    "undici",
  ],
  // The administrator's stories for people: over a door, or over records that nobody runs on. It knows no WebSockets.
  "infra/local/admin": [
    "functions/fault.ts",
    "functions/app/administration.ts",
    "functions/app/administer-calls.ts",
    "functions/app/administer-contacts.ts",
    "functions/app/administer-users.ts",
    "functions/app/evict.ts",
    "functions/auth/rights.ts",
    "functions/config",
    "functions/keyring",
    "functions/ports.ts",
    "functions/proxy/call.ts",
    "functions/proxy/happening.ts",
    "functions/sip",
    "infra/local/config.ts",
    "infra/local/records",
    "infra/local/secret.ts",
    "infra/local/users.ts",
    "node:fs",
    "node:http",
    "node:net",
    "node:path",
  ],
  // What an administrator of a cloud deployment needs before and beside it.
  "infra/aws": [
    "functions/aws",
    "functions/config",
    "infra/stages/variables.json",
    "functions/proxy/fork.ts",
    "node:crypto",
    "node:util",
  ],
  "infra/cli": [
    "functions/config",
    "functions/log.ts",
    "infra/aws",
    "infra/local/admin",
    "infra/local/config.ts",
    "infra/local/edge.ts",
    "infra/local/user-rows.ts",
    "infra/local/variables-help.ts",
    "infra/local/variables.ts",
    "node:buffer",
    "node:fs/promises",
    "node:tty",
    "node:util",
  ],
};

/** The functions of the cloud deployment. Nobody imports them; they hand events over, and are a dozen lines. */
const ENTRIES = ["alarm", "authorizer", "connect", "disconnect", "look", "message", "push-feedback"].map(
  (name) => `functions/${name}.ts`,
);

/** The folders that decide and tell, and neither wait, look at a clock, throw dice nor touch the world. */
const CORE = [
  "sip",
  "keyring",
  "auth",
  "location",
  "registrar",
  "mailbox",
  "trunk",
  "proxy",
  "push",
  "app",
].map((folder) => `functions/${folder}`);

describe("imports", () => {
  test("are read as they are written", () => {
    const { imports } = sourceOf("functions/ports.ts");
    expect(imports).toContainEqual({ target: "functions/sip/aor.ts", isType: true });
    const { imports: ofGateway } = sourceOf("functions/gateway/gateway.ts");
    expect(ofGateway).toContainEqual({ target: "functions/app/receive.ts", isType: false });
    const { imports: ofKeyring } = sourceOf("functions/keyring/keyring.ts");
    expect(ofKeyring.map(({ target }) => target)).toEqual([
      "node:crypto",
      "functions/keyring/ctr.ts",
      "functions/keyring/hmac.ts",
    ]);
  });

  test("of every folder of functions are ruled here", () => {
    const folders = readdirSync(join(ROOT, "functions"), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `functions/${name}`);
    expect(folders.filter((folder) => MAY_IMPORT[folder] === undefined)).toEqual([]);
  });

  test.each(Object.entries(MAY_IMPORT))("of %s go to itself and to %j only", (folder, others) => {
    expect(offences([folder], ({ target }) => isUnder(target, [folder, ...others]))).toEqual([]);
  });

  test("of the ports are types of the core, so that they are nothing at run time", () => {
    const core = CORE.filter((folder) => folder !== "functions/app");
    const isAllowed = ({ target, isType }: Import) => isType && isUnder(target, core);
    expect(offences(["functions/ports.ts"], isAllowed)).toEqual([]);
  });

  test("of the cloud's functions are few, and of nobody", () => {
    const parts = [
      "functions/fault.ts",
      "functions/cloud",
      "functions/gateway",
      "functions/aws",
      "functions/location/ids.ts",
      "functions/sip/octets.ts",
    ];
    expect(offences(ENTRIES, ({ target }) => isUnder(target, parts))).toEqual([]);
    expect(offences(["functions", "infra"], ({ target }) => !ENTRIES.includes(target))).toEqual([]);
  });

  test("of functions never go to infra", () => {
    expect(offences(["functions"], ({ target }) => !isUnder(target, ["infra"]))).toEqual([]);
  });

  test("of functions and infra never go to test", () => {
    expect(offences(["functions", "infra"], ({ target }) => !isUnder(target, ["test"]))).toEqual([]);
  });

  test.each([
    ["@aws-sdk", ["functions/aws"]],
    // The twin of API Gateway, too.
    ["ws", ["infra/edge", "infra/local/twin/gateway"]],
    ["lmdb", ["infra/local/records"]],
  ])("of %s are made in one place", (name, places) => {
    const importers = sources.filter(({ imports }) => imports.some(({ target }) => isUnder(target, [name])));
    expect(importers.length).toBeGreaterThan(0);
    expect(importers.map(({ file }) => file).filter((file) => !isUnder(file, places))).toEqual([]);
  });

  test("do not run in circles (types do not run)", () => {
    expect(cycles()).toEqual([]);
  });
});

/** Each circle of imports that are made at run time, as the files along it. */
function cycles(): string[] {
  const importsOf = new Map(
    sources.map(({ file, imports }) => [file, imports.filter(({ isType }) => !isType)]),
  );
  const finished = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, path: readonly string[]) => {
    if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file].join(" → "));
    else if (!finished.has(file)) {
      for (const { target } of importsOf.get(file) ?? []) visit(target, [...path, file]);
      finished.add(file);
    }
  };
  for (const { file } of sources) visit(file, []);
  return found;
}

describe("the core", () => {
  /** Where the code of the core has any of these, as "file: what". */
  function places(pattern: RegExp): string[] {
    return sources
      .filter(({ file }) => isUnder(file, CORE))
      .flatMap(({ file, code }) => [...code.matchAll(pattern)].map(([what]) => `${file}: ${what}`));
  }

  test("looks at no clock: now is told to it", () => {
    expect(places(/\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)|\bperformance\.|\bhrtime\b/g)).toEqual([]);
  });

  test("waits for nothing: a wait is a record and an alarm", () => {
    expect(places(/\bset(?:Timeout|Interval|Immediate)\b|\bqueueMicrotask\b|\bnextTick\b/g)).toEqual([]);
  });

  test("throws no dice: a step that is run twice says the same thing twice", () => {
    expect(
      places(/\bMath\.random\b|\brandom(?:UUID|Bytes|Int|FillSync|Fill)\b|\bgetRandomValues\b/g),
    ).toEqual([]);
  });

  test("touches nothing of the world but through the ports", () => {
    expect(places(/\bprocess\.|\bconsole\.|\bfetch\(|\bglobalThis\b|\brequire\(|\bimport\(/g)).toEqual([]);
    const isPure = ({ target }: Import) => !target.startsWith("node:") || target === "node:crypto";
    expect(offences(CORE, isPure)).toEqual([]);
  });

  test("uses no packages: what it knows is in the RFCs", () => {
    const isOurs = ({ target }: Import) => target.startsWith("functions/") || target.startsWith("node:");
    expect(offences(CORE, isOurs)).toEqual([]);
  });
});

test("every file is named after what is in it", () => {
  const nameless = /^(?:utils?|helpers?|common|misc|shared|lib|index)\./;
  expect(sources.map(({ file }) => file).filter((file) => nameless.test(basename(file)))).toEqual([]);
});

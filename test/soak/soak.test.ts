import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { beforeAll, describe, expect, test } from "vitest";
import type { Report } from "./report.ts";
import { type SoakOptions, soak } from "./soak.ts";

// The short run of what `npm run soak` does for as long as one likes. What is thrown is the same each time; what it meets is not, in real time.

const SOAK: Omit<SoakOptions, "seconds" | "seed" | "faults"> = {
  server: fileURLToPath(new URL("../../.tmp/soak-test/server.mjs", import.meta.url)),
  phones: 60,
  rate: 6,
  killEvery: 0,
};
/** With all that must end before it is over: a slow machine takes a while. */
const TIMEOUT = 180_000;

beforeAll(() =>
  build({
    entryPoints: [join(import.meta.dirname, "server.ts")],
    outfile: SOAK.server,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    sourcemap: true,
    logLevel: "warning",
  }),
);

/** That there was anything to go wrong. */
function expectTraffic({ counts }: Report): void {
  expect(Object.keys(counts)).toEqual(
    expect.arrayContaining(["REGISTER 200", "INVITE 200", "MESSAGE 200", "push call"]),
  );
}

describe.concurrent("mixed traffic for some seconds", () => {
  test("over ports of which every fifth call fails: nothing hangs, no phone is lost, nobody hears what is not his", {
    timeout: TIMEOUT,
  }, async () => {
    const report = await soak({ ...SOAK, seconds: 12, seed: 20_261_123, faults: 20 });
    expect(report.violations).toEqual([]);
    expectTraffic(report);
    const failed = Object.values(report.faults).reduce((sum, times) => sum + times, 0);
    expect(failed / report.ports).toBeGreaterThan(0.15);
    expect(Object.keys(report.faults)).toEqual(
      expect.arrayContaining(["refused", "unanswered", "stale", "slow", "gone"]),
    );
  });

  test("over a server that is killed again and again: what it has begun is finished by the next one", {
    timeout: TIMEOUT,
  }, async () => {
    const report = await soak({ ...SOAK, seconds: 12, seed: 20_261_124, faults: 5, killEvery: 4 });
    expect(report.violations).toEqual([]);
    expectTraffic(report);
    expect(report.kills).toBeGreaterThan(0);
  });

  test("with nothing but what phones and networks do: every call gets what its callee did", {
    timeout: TIMEOUT,
  }, async () => {
    const report = await soak({ ...SOAK, seconds: 12, seed: 20_261_125, faults: 0 });
    expect(report.violations).toEqual([]);
    expect(report.excused).toEqual({});
    expectTraffic(report);
  });
});

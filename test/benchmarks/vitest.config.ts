import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** `npm run bench`: what is measured, printed, and asserted nowhere. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL("../..", import.meta.url)),
    include: ["test/benchmarks/**/*.bench.ts"],
    globalSetup: ["test/support/build.ts"],
    testTimeout: 600_000,
    reporters: ["verbose"],
    fileParallelism: false,
  },
});

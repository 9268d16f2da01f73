import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Stories of `test/stories`, unchanged, over what is deployed, and what only it can show. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL("../..", import.meta.url)),
    include: [
      ...["call", "sleep", "proxy", "cancel-timing", "dialogs"].map((name) => `test/stories/${name}.test.ts`),
      "test/twin/stories/*.story.ts",
    ],
    globalSetup: ["test/twin/package.ts"],
    env: { STACK: "twin", AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    testTimeout: 60_000,
    // A function that starts cold takes its time.
    expect: { poll: { timeout: 20_000 } },
    hookTimeout: 60_000,
    reporters: ["default", ["json", { outputFile: ".tmp/twin-results.json" }]],
  },
});

import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** `npm run test:interop`: other people's phones against us. On Debian, what is missing of them is installed. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL("../..", import.meta.url)),
    include: ["test/interop/*.interop.ts"],
    globalSetup: ["test/support/build.ts", "test/interop/installed.ts"],
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ["default", ["json", { outputFile: ".tmp/interop-results.json" }]],
  },
});

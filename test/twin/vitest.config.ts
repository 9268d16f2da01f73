import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** What AWS does seldom, but does: a seed, and each share of what goes wrong. `gone.story.ts` has the 410s. */
const FAULTS = {
  reordered: 0.2,
  droppedDisconnects: 0.3,
  lateDisconnects: 0.3,
  redelivered: 0.3,
  throttledPosts: 0.03,
};

const EVERY_DAY = {
  root: fileURLToPath(new URL("../..", import.meta.url)),
  setupFiles: ["test/twin/close-kept.ts"],
  env: { STACK: "twin", AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
  testTimeout: 60_000,
  // A function that starts cold takes its time.
  expect: { poll: { timeout: 20_000 } },
  hookTimeout: 60_000,
};

const stories = (...names: readonly string[]) => names.map((name) => `test/stories/${name}.test.ts`);

/**
 * Stories of `test/stories`, unchanged, over what is deployed, and what only it can show: once with nothing going wrong, and then with
 * faults, by several seeds.
 */
export default defineConfig({
  test: {
    root: EVERY_DAY.root,
    globalSetup: ["test/twin/package.ts"],
    projects: [
      {
        test: {
          ...EVERY_DAY,
          name: "well",
          include: [
            ...stories("call", "sleep", "proxy", "cancel-timing", "dialogs"),
            "test/twin/stories/*.story.ts",
          ],
        },
      },
      ...[1, 2, 3].map((seed) => ({
        test: {
          ...EVERY_DAY,
          name: `seed ${seed}`,
          include: stories("call", "sleep", "cancel-timing", "dialogs"),
          env: { ...EVERY_DAY.env, TWIN_FAULTS: JSON.stringify({ seed, ...FAULTS }) },
        },
      })),
    ],
    // Work is done by the functions' processes, and by these little.
    maxWorkers: 2,
    reporters: ["default", ["json", { outputFile: ".tmp/twin-results.json" }]],
  },
});

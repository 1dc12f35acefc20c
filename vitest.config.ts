import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const conditions = ["@concord/source", "module", "node", "development|production"];
const folders = "{sdk,services,tools,bench,docs,conformance}";

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    // Tests with servers wait more than they compute; one worker, the default on two cores, would leave one idle.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: [`${folders}/**/*.test.ts`],
          exclude: ["**/node_modules/**", "**/dist/**", "**/*.server.test.ts", "**/*.full.test.ts"],
          pool: "threads",
          // Faster, and it catches module state: all files of a thread share their modules.
          isolate: false,
          // A slow machine is no fault; a test that hangs still ends.
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: "server",
          include: [`${folders}/**/*.server.test.ts`],
          exclude: ["**/node_modules/**", "**/dist/**"],
          pool: "forks",
          // What is made once in a run is known by it.
          env: { CONCORD_TEST_RUN: `${process.pid}-${Date.now()}` },
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          // Only `npm run test:full`: what takes longer than `npm test` may.
          name: "full",
          include: [`${folders}/**/*.full.test.ts`],
          exclude: ["**/node_modules/**", "**/dist/**"],
          pool: "forks",
          testTimeout: 600_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});

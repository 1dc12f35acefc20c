import { defineConfig } from "vitest/config";

const conditions = ["@concord/source", "module", "node", "development|production"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["{sdk,services,tools,docs}/**/*.test.ts"],
          exclude: ["**/node_modules/**", "**/*.server.test.ts"],
          pool: "threads",
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: "server",
          include: ["{sdk,services,tools}/**/*.server.test.ts"],
          exclude: ["**/node_modules/**"],
          pool: "forks",
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});

import { expect, it } from "vitest";
import { type DatabaseSettings, lintDatabase } from "./lint-database.ts";

function lint(settings: Partial<DatabaseSettings>) {
  const judged = { maxConnections: 22, server: {}, ...settings };
  const findings = lintDatabase({ settings: judged, concurrency: 16, longestHandlerMs: 30_000 });
  return findings.map(({ verdict, variable }) => `${verdict} ${variable}`);
}

it("finds nothing where the pool fits the handlers and the server ends nothing", () => {
  expect(lint({ server: { fsync: "on", synchronous_commit: "on", statement_timeout: "0" } })).toEqual([]);
  expect(lint({ maxConnections: undefined })).toEqual([]);
});

it.each([
  [{ maxConnections: 1 }, "refuse database client"],
  [{ maxConnections: 10 }, "warn CONCORD_CONCURRENCY"],
  [{ server: { statement_timeout: "5000" } }, "warn statement_timeout"],
  [{ server: { transaction_timeout: "30000" } }, "warn transaction_timeout"],
  [{ server: { synchronous_commit: "off" } }, "warn synchronous_commit"],
  [{ server: { fsync: "off" } }, "warn fsync"],
])("finds in %j: %s", (settings, finding) => {
  expect(lint(settings)).toEqual([finding]);
});

import { OrderCreatedSchema } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { expect, it } from "vitest";
import { eventContract } from "../core/contract/event-contract.ts";
import { type ServiceConfig, withDefaults } from "./config.ts";
import { lintConfig } from "./lint-config.ts";

function lint(given: Partial<ServiceConfig>, stateless = false) {
  const config = withDefaults("inventory", given);
  const findings = lintConfig({ config, contracts: { handled: [eventContract(OrderCreatedSchema)] }, stateless });
  return findings.map(({ verdict, variable }) => `${verdict} ${variable}`);
}

it("finds nothing in settings that fit together", () => {
  expect(lint({})).toEqual([]);
});

it.each([
  [{ leaseMs: 200 }, "refuse CONCORD_LEASE_MS"],
  [{ leaseMs: 1_000 }, "warn CONCORD_LEASE_MS"],
  [{ leaseMs: 120_000 }, "warn CONCORD_LEASE_MS"],
  [{ parkAfterMs: 600_000 }, "refuse CONCORD_PARK_AFTER_MS"],
  [{ inboxDays: 7 }, "warn CONCORD_INBOX_DAYS"],
  [{ drainTimeoutMs: 5_000 }, "warn CONCORD_DRAIN_TIMEOUT_MS"],
  [{ databaseUrl: "postgres://x", concurrency: 200 }, "warn CONCORD_CONCURRENCY"],
])("finds in %j: %s", (given, finding) => {
  expect(lint(given)).toEqual([finding]);
});

it("holds a service without a database to what concerns it", () => {
  expect(lint({ leaseMs: 200, inboxDays: 1, parkAfterMs: 600_000, drainTimeoutMs: 5 }, true)).toEqual([
    "warn CONCORD_DRAIN_TIMEOUT_MS",
  ]);
});

it("says why, and what to give instead", () => {
  const config = withDefaults("inventory", { inboxDays: 7 });
  const [finding] = lintConfig({
    config,
    contracts: { handled: [eventContract(OrderCreatedSchema)] },
    stateless: false,
  });
  expect(finding?.message).toBe(
    "stream orders keeps 30 days and the inbox 7: events that come later than that become dead letters (too_old); give 30 to take them",
  );
});

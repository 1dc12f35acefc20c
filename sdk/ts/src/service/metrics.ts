import { type Meter, metrics } from "@opentelemetry/api";
import type { Consumer } from "../consume/consumer.ts";
import type { Relay } from "../outbox/relay.ts";
import type { Storage } from "./storage.ts";

/** What a service's metrics are read from, each time somebody collects them. */
export interface MetricSources {
  readonly service: string;
  readonly storage: Storage | undefined;
  readonly relay: () => Relay | undefined;
  readonly consumer: () => Consumer | undefined;
  /** Default: the globally registered one, which does nothing unless the service exports metrics. */
  readonly meter?: Meter | undefined;
}

/**
 * Lets OpenTelemetry ask for a service's queues and counts (https://opentelemetry.io/docs/specs/otel/metrics/api/). Nothing
 * is measured between two collections.
 * @returns a function that ends it
 */
export function observeService({ service, storage, relay, consumer, meter }: MetricSources): () => void {
  const own = meter ?? metrics.getMeter("@concord/sdk");
  const gauge = (name: string, unit: string, description: string) =>
    own.createObservableGauge(`concord.${name}`, { unit, description });
  const counter = (name: string, description: string, unit = "{message}") =>
    own.createObservableCounter(`concord.${name}`, { unit, description });
  const outbox = {
    waiting: gauge("outbox.waiting", "{message}", "Outbox rows that wait to be sent"),
    quarantined: gauge("outbox.quarantined", "{message}", "Outbox rows put aside"),
    oldestAge: gauge("outbox.oldest_age", "ms", "Age of the oldest outbox row that waits"),
    deadRows: gauge("outbox.dead_rows", "{row}", "Outbox rows that are gone and whose space vacuum has not freed"),
    oldestTransaction: gauge("database.oldest_transaction_age", "ms", "Age of the oldest transaction open"),
  };
  const relayed = {
    published: counter("relay.published", "Rows that the broker acknowledged"),
    duplicates: counter("relay.duplicates", "Of these, repetitions that the broker dropped"),
    failed: counter("relay.failed", "Sends that failed"),
    quarantined: counter("relay.quarantined", "Rows put aside by this replica"),
    partitions: gauge("relay.partitions", "{partition}", "Partitions of the outbox held by this replica"),
  };
  const consumed = {
    lag: gauge("consumer.lag", "{message}", "Messages not settled, at most"),
    parked: gauge("consumer.parked", "{message}", "Events that wait in the database"),
    running: gauge("consumer.running", "{handler}", "Handlers that run now"),
    partitions: gauge("consumer.partitions", "{partition}", "Partitions held by this replica"),
  };
  const leases = {
    changes: counter("lease.changes", "Leases acquired, released or lost by this replica", "{change}"),
  };
  const attributes = { "service.name": service };
  const observables = [outbox, relayed, consumed, leases].flatMap((group) => Object.values(group));

  const collect: Parameters<Meter["addBatchObservableCallback"]>[0] = async (result) => {
    const [rows, status] = await Promise.all([storage?.stores.outbox.status(), consumer()?.status()]);
    if (rows) {
      result.observe(outbox.waiting, rows.waiting, attributes);
      result.observe(outbox.quarantined, rows.quarantined, attributes);
      result.observe(outbox.oldestAge, rows.oldestAgeMs, attributes);
      result.observe(outbox.deadRows, rows.deadRows, attributes);
      result.observe(outbox.oldestTransaction, rows.oldestTransactionAgeMs, attributes);
    }
    for (const { scope, change, count } of storage?.leases.counts() ?? []) {
      result.observe(leases.changes, count, { ...attributes, "lease.scope": scope, "lease.change": change });
    }
    const counts = relay()?.status();
    if (counts) {
      result.observe(relayed.published, counts.published, attributes);
      result.observe(relayed.duplicates, counts.duplicates, attributes);
      result.observe(relayed.failed, counts.failed, attributes);
      result.observe(relayed.quarantined, counts.quarantined, attributes);
      result.observe(relayed.partitions, counts.partitions, attributes);
    }
    if (!status) return;
    result.observe(consumed.lag, status.lag, attributes);
    result.observe(consumed.parked, status.parked, attributes);
    result.observe(consumed.running, status.running, attributes);
    const held = status.streams.reduce((sum, { partitions }) => sum + partitions.length, 0);
    result.observe(consumed.partitions, held, attributes);
  };
  own.addBatchObservableCallback(collect, observables);
  return () => own.removeBatchObservableCallback(collect, observables);
}

import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig } from "@nats-io/jetstream";
import { nanos } from "@nats-io/nats-core";
import type { StreamSpec } from "../core/transport.ts";

/** What the server keeps of a stream, as far as Concord sets it. */
export type WantedConfig = Pick<
  StreamConfig,
  | "name"
  | "description"
  | "subjects"
  | "retention"
  | "storage"
  | "discard"
  | "max_age"
  | "max_bytes"
  | "max_msgs"
  | "num_replicas"
  | "duplicate_window"
> & { readonly allow_atomic?: boolean };

/** What a number of a stream's settings is when there is no limit. */
const noLimit = -1;

/** The description that tells a stream of Concord from others, and its partitions (conformance F4). */
export function describePartitions(partitions: number): string {
  return `concord partitions=${partitions}`;
}

/** Reads the partitions of a stream; undefined when Concord did not make it. */
export function readPartitions(description: string | undefined): number | undefined {
  const found = /^concord partitions=([1-9][0-9]*)$/.exec(description ?? "")?.[1];
  return found ? Number(found) : undefined;
}

/** Writes a stream as nats-server wants it. A full stream refuses new messages, it never drops unread ones (T16). */
export function toStreamConfig(spec: StreamSpec, replicas: number, atomicBatch: boolean): WantedConfig {
  return {
    name: spec.name,
    description: describePartitions(spec.partitions),
    subjects: [...spec.subjects],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_age: nanos(spec.retentionMs),
    max_bytes: spec.maxBytes ?? noLimit,
    max_msgs: spec.maxMessages ?? noLimit,
    num_replicas: replicas,
    duplicate_window: nanos(dedupeWindowMs(spec)),
    ...(atomicBatch ? { allow_atomic: true } : {}),
  };
}

/** nats-server takes no dedupe window longer than the retention. */
function dedupeWindowMs({ dedupeWindowMs, retentionMs }: StreamSpec): number {
  return retentionMs > 0 ? Math.min(dedupeWindowMs, retentionMs) : dedupeWindowMs;
}

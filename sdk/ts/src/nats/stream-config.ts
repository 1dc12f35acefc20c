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

/** What stands in the description of a stream of Concord (conformance F4). */
export interface StreamMark {
  readonly partitions: number;
  readonly owner?: string | undefined;
}

/** The description that tells a stream of Concord from others, its partitions and the database behind it. */
export function writeMark({ partitions, owner }: StreamMark): string {
  return `concord partitions=${partitions}${owner ? ` owner=${owner}` : ""}`;
}

/** Reads what {@link writeMark} wrote; undefined when Concord did not make the stream. */
export function readMark(description: string | undefined): StreamMark | undefined {
  const [, partitions, owner] = /^concord partitions=([1-9][0-9]*)(?: owner=(\S+))?$/.exec(description ?? "") ?? [];
  return partitions ? { partitions: Number(partitions), owner } : undefined;
}

/** Writes a stream as nats-server wants it. A full stream refuses new messages, it never drops unread ones (T16). */
export function toStreamConfig(spec: StreamSpec, replicas: number, atomicBatch: boolean): WantedConfig {
  return {
    name: spec.name,
    description: writeMark(spec),
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

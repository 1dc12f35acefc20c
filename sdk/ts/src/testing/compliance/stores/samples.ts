import type { PartitionRef } from "../../../core/store/cursor-store.ts";
import type { InboxRef } from "../../../core/store/inbox-store.ts";
import type { OutboxEntry } from "../../../core/store/outbox-store.ts";
import type { EventToPark } from "../../../core/store/parking-store.ts";

/** An entry of the outbox, with a key in partition 3. */
export function sampleEntry(key?: string, choice: Partial<OutboxEntry> = {}): OutboxEntry {
  return {
    partition: 3,
    key,
    stream: "evt-orders",
    subject: "evt.orders.3.k.shop.orders.v1.OrderCreated",
    messageId: "/shop/orders/1",
    headers: { "content-type": "text/plain" },
    type: "shop.orders.v1.OrderCreated",
    eventId: "1",
    head: Uint8Array.of(1, 2),
    tail: Uint8Array.of(3),
    ...choice,
  };
}

/** A partition of the stream that a consumer named `inventory` reads. */
export function samplePartition(partition = 0, choice: Partial<PartitionRef> = {}): PartitionRef {
  return { consumer: "inventory", stream: "evt-orders", partition, ...choice };
}

/** An event that waits, `sequence` in partition 0. */
export function sampleParked(sequence: number, key?: string, choice: Partial<EventToPark> = {}): EventToPark {
  return {
    ...samplePartition(),
    sequence: BigInt(sequence),
    key,
    source: "/shop/orders",
    eventId: `event-${sequence}`,
    subject: "evt.orders.0.k.shop.orders.v1.OrderCreated",
    headers: { traceparent: "00-1-2-01" },
    body: Uint8Array.of(sequence),
    storedAtMs: 1_000 + sequence,
    attempts: 1,
    redrives: 0,
    ...choice,
  };
}

/** An event of a time, for the consumer `inventory`. */
export function sampleRef(timeMs: number, choice: Partial<InboxRef> = {}): InboxRef {
  return { consumer: "inventory", source: "/shop/orders", eventId: uuidV7(timeMs), ...choice };
}

/** A UUIDv7 of a time; `counter` tells those of one time apart. */
export function uuidV7(timeMs: number, counter = 0): string {
  const time = timeMs.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${counter.toString(16).padStart(12, "0")}`;
}
